"""Scores of a population whose devices share their sessions: what calibrates."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.embedding.model import FingerprintModel, Sitting
from micfp.fingerprint.embedding.spectra import Bools
from micfp.fingerprint.pairs import Block, blocks
from micfp.studies.fingerprint.takes import WHOLE_S, Takes

N_REFERENCES = (1, 2, 3)
TESTS_PER_BLOCK = 300
CLEAN_SHARE = 0.5
"""Of references: whoever enrols a phone has it at hand."""
Ints = NDArray[np.int64]


def blocks_of_population(
    model: FingerprintModel, takes: Takes, rng: np.random.Generator
) -> Iterator[tuple[Sitting, Block]]:
    """Blocks of pairs of one sitting, of two, and of either as if nobody knew.

    A device has one reference to three. Of one sitting: of that of the tests, and the third of
    another one. Of two: of any others, each device of its own, since nobody enrols all devices in
    one room. They are recordings as they are or degraded ones, half and half; tests are pieces of
    all lengths, and wholes, as they are and degraded. In *any* pairs of one sitting and of two are
    as many.
    """
    sessions = np.unique(takes.session)
    settings: tuple[Sitting, ...] = ("same", "other")
    for session, n_references, setting in product(sessions, N_REFERENCES, settings):
        references = _references(takes, int(session), setting, n_references, rng)
        tests = _tests(takes, int(session), TESTS_PER_BLOCK, rng)
        known, asked = ([takes.fingerprints[k] for k in some] for some in (references, tests))
        every = blocks(model, known, asked, takes.device[references], takes.device[tests])
        apart = _apart(takes, references, tests)
        for sitting in (setting, "any"):
            block = every[sitting]
            yield sitting, replace(block, compares=block.compares & apart).by_device()


def _references(
    takes: Takes, session: int, setting: Sitting, n_references: int, rng: np.random.Generator
) -> Ints:
    """References of each device for tests of a session."""
    chosen: list[int] = []
    for device in np.unique(takes.device):
        own = (takes.device == device) & (takes.length_s == 0)
        own &= (takes.copy == 0) == (rng.random() < CLEAN_SHARE)
        here = _of_each(own & (takes.session == session), takes.slot, rng)
        there = _of_each(own & (takes.session != session), takes.session, rng)
        chosen += ([*here[:2], *there] if setting == "same" else there)[:n_references]
    return np.array(chosen, np.int64)


def _of_each(rows: Bools, label: Ints, rng: np.random.Generator) -> list[int]:
    """A row of each label, in an order that is drawn."""
    labels = rng.permutation(np.unique(label[rows]))
    return [int(rng.choice(np.flatnonzero(rows & (label == one)))) for one in labels]


def _apart(takes: Takes, references: Ints, tests: Ints) -> Bools:
    """Which pairs are no recording beside a piece of itself: only wholes hold a reference."""
    of_one = takes.length_s[tests] == WHOLE_S
    for label in (takes.device, takes.session, takes.slot):
        of_one = of_one & (label[references][:, None] == label[tests])
    return np.asarray(~of_one)


def _tests(takes: Takes, session: int, most: int, rng: np.random.Generator) -> Ints:
    every = np.flatnonzero((takes.session == session) & (takes.length_s > 0))
    return np.asarray(rng.choice(every, min(most, len(every)), replace=False))
