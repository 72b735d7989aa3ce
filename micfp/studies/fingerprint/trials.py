"""Scores of a population whose devices share their sessions: what calibrates."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.embedding.model import FingerprintModel, Sitting
from micfp.fingerprint.pairs import Block, blocks
from micfp.studies.fingerprint.takes import WHOLE_S, Takes

TESTS_PER_BLOCK = 300
"""Of two sessions; of one and the same as many more as there are others."""
CLEAN_SHARE = 0.5
"""Of references: whoever enrols a phone has it at hand."""
Ints = NDArray[np.int64]


def blocks_of_population(
    model: FingerprintModel, takes: Takes, rng: np.random.Generator
) -> Iterator[tuple[Sitting, Block]]:
    """Blocks of pairs of one sitting, of two, and of either as if nobody knew.

    References are recordings as they are and degraded ones, half and half; tests are pieces of all
    lengths, as they are and degraded. In *any* pairs of one sitting and of two are as many.
    """
    sessions = np.unique(takes.session)
    for of_references, of_tests in product(sessions, sessions):
        setting: Sitting = "same" if of_references == of_tests else "other"
        n_tests = TESTS_PER_BLOCK * (len(sessions) - 1 if setting == "same" else 1)
        references = _references(takes, int(of_references), rng)
        tests = _tests(takes, int(of_tests), n_tests, rng)
        known, asked = ([takes.fingerprints[k] for k in some] for some in (references, tests))
        every = blocks(model, known, asked, takes.device[references], takes.device[tests])
        yield setting, every[setting]
        yield "any", every["any"]


def _references(takes: Takes, session: int, rng: np.random.Generator) -> Ints:
    """A reference of each device in a session, by any of its speakers."""
    chosen = []
    for device in np.unique(takes.device):
        own = (takes.device == device) & (takes.session == session) & (takes.length_s == 0)
        own &= (takes.copy == 0) == (rng.random() < CLEAN_SHARE)
        if own.any():
            chosen.append(rng.choice(np.flatnonzero(own)))
    return np.array(chosen, np.int64)


def _tests(takes: Takes, session: int, most: int, rng: np.random.Generator) -> Ints:
    is_test = (takes.session == session) & (takes.length_s > 0) & (takes.length_s != WHOLE_S)
    every = np.flatnonzero(is_test)
    return np.asarray(rng.choice(every, min(most, len(every)), replace=False))
