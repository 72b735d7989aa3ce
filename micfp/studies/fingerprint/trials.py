"""Pairs of recordings whose scores become likelihood ratios: of virtual phones, and of real ones."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from micfp.evidence.trials import Trials
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import SETTINGS, FingerprintModel, Sitting
from micfp.fingerprint.embedding.model import whatever_the_sitting as whatever
from micfp.fingerprint.pairs import MEASURES, comparable, pair_quality
from micfp.studies.fingerprint.takes import WHOLE_S, Takes

TESTS_PER_BLOCK = 600
"""Of two sessions; of one and the same three times as many where there are four."""
OTHERS_PER_TEST = 20
"""Devices that did not make it: all are alike, and a device is what counts."""
CLEAN_SHARE = 0.5
"""Of references: whoever enrols a phone has it at hand."""
Ints = NDArray[np.int64]


def trials_of_population(
    model: FingerprintModel, takes: Takes, rng: np.random.Generator
) -> dict[Sitting, Trials]:
    """Trials of a population whose devices share their sessions.

    References are recordings as they are and degraded ones, half and half; tests are pieces of all
    lengths, as they are and degraded. In *any* pairs of one sitting and of two are as many.
    """
    sessions = np.unique(takes.session)
    found: dict[Sitting, list[Trials]] = {"same": [], "other": [], "any": []}
    for of_references, of_tests in product(sessions, sessions):
        setting: Sitting = "same" if of_references == of_tests else "other"
        n_tests = TESTS_PER_BLOCK * (len(sessions) - 1 if setting == "same" else 1)
        references = _references(takes, int(of_references), rng)
        tests = _tests(takes, int(of_tests), n_tests, rng)
        for sitting, block in _block(model, takes, references, tests, setting, rng):
            found[sitting].append(block)
    return {sitting: joined_trials(blocks) for sitting, blocks in found.items()}


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


def _block(
    model: FingerprintModel,
    takes: Takes,
    references: Ints,
    tests: Ints,
    setting: Sitting,
    rng: np.random.Generator,
) -> Iterator[tuple[Sitting, Trials]]:
    """Trials of one sitting or of two, scored as such and as if nobody knew."""
    known, asked = ([takes.fingerprints[k] for k in some] for some in (references, tests))
    of, by = takes.device[references], takes.device[tests]
    chosen = rng.random((len(of), len(by))) < OTHERS_PER_TEST / len(of)
    chosen |= of[:, None] == by
    chosen &= comparable(known, asked)
    each = {one: model.scores(known, asked, one) for one in SETTINGS}
    for sitting, scores in ((setting, each[setting]), ("any", whatever(*each.values()))):
        yield sitting, trials_of(scores, known, asked, of, by, chosen)


def trials_of(
    scores: NDArray[np.float64],
    references: Sequence[Fingerprint],
    tests: Sequence[Fingerprint],
    of: Ints,
    by: Ints,
    chosen: NDArray[np.bool_],
) -> Trials:
    """Trials of chosen pairs, of devices `of` (n_references,) and `by` (n_tests,)."""
    rows, columns = np.nonzero(chosen)
    return Trials(
        score=scores[rows, columns],
        same=of[rows] == by[columns],
        first=of[rows],
        second=by[columns],
        quality=pair_quality(references, tests)[rows, columns],
        measures=MEASURES,
    )
