"""Scores of pairs of recordings, and their worth once other devices have calibrated them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from micfp.evaluation.verification import cllr
from micfp.evidence import trials as evidence
from micfp.evidence.logistic import fit_logistic

HALVES = 4
"""Times that devices are dealt anew: half of them calibrate and half are tested, both ways."""
MOST_TAUGHT = 200_000
"""Pairs that fit a mapping of two numbers, drawn where there are more; millions take minutes."""
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Trials:
    """Which fingerprints are compared, in one condition.

    Attributes
    ----------
    condition, enrolled
        Numbers of the conditions of tests and of references.
    length
        Number of the length of the tests.
    """

    condition: int
    enrolled: int
    length: int


@dataclass
class Scores:
    """Scores of pairs, gathered over content groups and parts.

    Attributes
    ----------
    score, first, second, counts
        Of pairs: score, numbers of both devices, whether both are heard long enough.
    own, best
        Of tests that are heard long enough: the best score of their own device, and of others.
    """

    score: list[Array] = field(default_factory=list)
    first: list[Ints] = field(default_factory=list)
    second: list[Ints] = field(default_factory=list)
    counts: list[Bools] = field(default_factory=list)
    own: list[Array] = field(default_factory=list)
    best: list[Array] = field(default_factory=list)

    def joined(self) -> tuple[Array, Bools, Bools]:
        """Scores of all pairs, whether each is of one device, whether it counts; (n,) each."""
        same = np.concatenate(self.first) == np.concatenate(self.second)
        return np.concatenate(self.score), same, np.concatenate(self.counts)

    def pairs(self) -> evidence.Trials:
        """The pairs that count."""
        counts = np.concatenate(self.counts)
        first, second = (np.concatenate(some)[counts] for some in (self.first, self.second))
        score = np.concatenate(self.score)[counts]
        return evidence.Trials(score, first == second, first, second, np.zeros((len(score), 0)), ())


def calibrated_cllr(
    found: Mapping[Trials, Scores], rng: np.random.Generator
) -> dict[Trials, float]:
    """Cllr (bits) of each condition before bounding, by one mapping for all of a length.

    A mapping knows no device of a pair that it maps, but the same contents: a corpus that plays
    the same sentences on every device has no others. Mean over halves of the devices; NaN where a
    half has no pairs of one device or of two.
    """
    every = {trials: scores.pairs() for trials, scores in found.items() if scores.score}
    values: dict[Trials, list[float]] = {trials: [] for trials in found}
    for length in sorted({trials.length for trials in every}):
        own = {trials: pairs for trials, pairs in every.items() if trials.length == length}
        pooled = _some(evidence.joined_trials(list(own.values())), rng)
        devices = np.array(pooled.devices)
        for _ in range(HALVES):
            half = rng.permutation(devices)[: len(devices) // 2]
            for trials, log10_lr in _both_ways(pooled, own, half).items():
                pairs, tested = own[trials], np.isfinite(log10_lr)
                same, different = (
                    log10_lr[tested & kind] * np.log(10) for kind in (pairs.same, ~pairs.same)
                )
                if len(same) and len(different):
                    values[trials].append(cllr(same, different))
    return {trials: float(np.mean(some)) if some else np.nan for trials, some in values.items()}


def _some(pairs: evidence.Trials, rng: np.random.Generator) -> evidence.Trials:
    """All pairs of one device, and some of two."""
    share = MOST_TAUGHT / max(len(pairs), 1)
    return pairs if share >= 1 else pairs.only(pairs.same | (rng.random(len(pairs)) < share))


def _both_ways(
    pooled: evidence.Trials, own: Mapping[Trials, evidence.Trials], half: Ints
) -> dict[Trials, Array]:
    """Log10 LRs of the pairs of either half, by a mapping of the other; NaN of pairs across."""
    found = {trials: np.full(len(pairs), np.nan) for trials, pairs in own.items()}
    for taught, tested in ((0, 1), (1, 0)):
        teaching = pooled.only(_within(pooled, half) == taught)
        if not (teaching.same.any() and (~teaching.same).any()):
            continue
        mapping = fit_logistic(teaching)
        for trials, pairs in own.items():
            rows = _within(pairs, half) == tested
            found[trials][rows] = mapping.log10_lr(pairs.score[rows])
    return found


def _within(pairs: evidence.Trials, half: Ints) -> Ints:
    """1: both devices are of the half; 0: neither; -1: one of them."""
    first, second = np.isin(pairs.first, half), np.isin(pairs.second, half)
    return np.where(first == second, first.astype(np.int64), -1)
