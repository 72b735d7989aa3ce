"""Scores of a population whose devices share their sessions: what calibrates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from micfp.evidence.trials import Bools, Trials
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import SETTINGS, FingerprintModel, Sitting
from micfp.fingerprint.embedding.model import whatever_the_sitting as whatever
from micfp.fingerprint.pairs import MEASURES, comparable, pair_quality
from micfp.studies.fingerprint.takes import WHOLE_S, Takes

TESTS_PER_BLOCK = 300
"""Of two sessions; of one and the same as many more as there are others."""
OTHERS_PER_TEST = 20
"""Devices that did not make it: all are alike, and a device is what counts."""
CLEAN_SHARE = 0.5
"""Of references: whoever enrols a phone has it at hand."""
Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Every reference against every test.

    Attributes
    ----------
    scores
        (n_references, n_tests), by what was known of the sitting.
    quality
        (n_references, n_tests, n_measures), see `pair_quality`.
    compares
        (n_references, n_tests), whether there are bands enough.
    of, by
        (n_references,) and (n_tests,) numbers of the devices.
    """

    scores: Array
    quality: Array
    compares: Bools
    of: Ints
    by: Ints

    def trials(self, chosen: Bools) -> Trials:
        """Pairs (n_references, n_tests) that are chosen."""
        rows, columns = np.nonzero(chosen & self.compares)
        return Trials(
            score=self.scores[rows, columns],
            same=self.of[rows] == self.by[columns],
            first=self.of[rows],
            second=self.by[columns],
            quality=self.quality[rows, columns],
            measures=MEASURES,
        )

    def drawn_trials(self, rng: np.random.Generator) -> Trials:
        """All pairs of one device, and some of two."""
        drawn = rng.random(self.scores.shape) < OTHERS_PER_TEST / len(self.of)
        return self.trials(drawn | (self.of[:, None] == self.by))


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


def blocks(
    model: FingerprintModel,
    references: Sequence[Fingerprint],
    tests: Sequence[Fingerprint],
    of: Ints,
    by: Ints,
) -> dict[Sitting, Block]:
    """References against tests, by what may be known of their sittings."""
    quality, compares = pair_quality(references, tests), comparable(references, tests)
    scores: dict[Sitting, Array] = {
        setting: model.scores(references, tests, setting) for setting in SETTINGS
    }
    scores["any"] = whatever(scores["same"], scores["other"])
    return {sitting: Block(found, quality, compares, of, by) for sitting, found in scores.items()}


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
