"""How good log10 likelihood ratios are: figures of pairs of one device and of two.

References
----------
Bruemmer and du Preez (2006), Application-independent evaluation of speaker detection (Cllr). Ramos
and Gonzalez-Rodriguez (2013), Reliable support: measuring calibration of likelihood ratios (ECE).
Vergeer, van Schaik and Sjerps (2021), Measuring calibration of likelihood-ratio systems (devPAV).
Yager and Dunstone (2010), The biometric menagerie (zoo plot).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.evaluation.verification import cllr, cllr_min, equal_error_rate, pooled_log_lr

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Measures:
    """Figures of log10 LRs.

    Attributes
    ----------
    n_same, n_different
        Numbers of pairs of one device and of two.
    eer
        Equal error rate, 0..0.5.
    cllr, cllr_min, cllr_cal
        Bits: the cost, the least that another rising mapping could have, and what lies between.
    devpav
        Mean distance in log10 between LRs and what they should be by PAV; NaN where a threshold
        parts both kinds.
    misleading_same, misleading_different
        Shares of pairs of one device with an LR below 1, and of two with one above.
    """

    n_same: int
    n_different: int
    eer: float
    cllr: float
    cllr_min: float
    cllr_cal: float
    devpav: float
    misleading_same: float
    misleading_different: float


def measures(same: Array, different: Array) -> Measures:
    """Figures of log10 LRs, one or more of each kind."""
    own, others = same * np.log(10), different * np.log(10)
    cost, least = cllr(own, others), cllr_min(own, others)
    return Measures(
        n_same=len(same),
        n_different=len(different),
        eer=equal_error_rate(own, others),
        cllr=cost,
        cllr_min=least,
        cllr_cal=cost - least,
        devpav=devpav(same, different),
        misleading_same=misleading(-same, 0.0),
        misleading_different=misleading(different, 0.0),
    )


def misleading(log10_lr: Array, above: float) -> float:
    """Share of log10 LRs for what is not so that are above a value, 0..1."""
    return float((log10_lr > above).mean())


def after_pav(same: Array, different: Array) -> tuple[Array, Array]:
    """Log10 LRs after pool-adjacent-violators; infinite where one kind alone lies beyond."""
    own, others = pooled_log_lr(same, different)
    return own / np.log(10), others / np.log(10)


def devpav(same: Array, different: Array) -> float:
    """Mean distance of the finite part of the PAV curve from its diagonal, in log10.

    The curve is straight between log10 LRs that were given. NaN where all of it is infinite.
    """
    given, place = np.unique(np.concatenate([same, different]), return_index=True)
    distance = np.concatenate(after_pav(same, different))[place] - given
    finite = np.isfinite(distance)
    given, distance = given[finite], distance[finite]
    if len(given) < 2:
        return float(abs(distance[0])) if len(given) else float("nan")
    width, before, after = np.diff(given), distance[:-1], distance[1:]
    # Where the curve crosses the diagonal, two triangles; else a trapezium.
    total = np.abs(before) + np.abs(after)
    crosses = before * after < 0
    area = np.where(crosses, (before**2 + after**2) / np.where(crosses, total, 1.0), total) * (
        width / 2
    )
    return float(area.sum() / width.sum())


def cross_entropy(same: Array, different: Array, log10_prior_odds: Array) -> Array:
    """Empirical cross-entropy in bits (n,), of log10 prior odds (n,) of one device.

    What a reader with these odds still lacks to know after the LRs. At even odds it is Cllr.
    """
    own, others, prior = (values * np.log(10) for values in (same, different, log10_prior_odds))
    lacking = [
        np.exp(-np.logaddexp(0, -odds)) * np.logaddexp(0, -(own + odds)).mean()
        + np.exp(-np.logaddexp(0, odds)) * np.logaddexp(0, others + odds).mean()
        for odds in prior
    ]
    return np.asarray(np.array(lacking) / np.log(2))


def errors(same: Array, different: Array) -> tuple[Array, Array]:
    """False alarms and misses (n,) of each threshold that parts the log10 LRs, rising.

    False alarms fall from 1 to 0, misses rise from 0 to 1.
    """
    thresholds = np.append(np.unique(np.concatenate([same, different])), np.inf)
    alarms = 1 - np.searchsorted(np.sort(different), thresholds) / len(different)
    misses = np.searchsorted(np.sort(same), thresholds) / len(same)
    return alarms, misses


@dataclass(frozen=True)
class Zoo:
    """How each device fares.

    Attributes
    ----------
    devices
        Names (n_devices,), in order; those with pairs of both kinds.
    own, others
        (n_devices,) mean log10 LR of its own pairs, and of those with another device.
    """

    devices: tuple[str, ...]
    own: Array
    others: Array


def zoo(
    same: Array,
    different: Array,
    of_same: Sequence[str],
    of_different: Sequence[tuple[str, str]],
) -> Zoo:
    """How each device fares, by log10 LRs.

    Parameters
    ----------
    same, different
        (n_same,) and (n_different,).
    of_same, of_different
        The device of each pair of one; both of each pair of two.
    """
    pairs = np.array(of_different).reshape(-1, 2)
    names, number = np.unique(
        np.concatenate([np.array(of_same), pairs[:, 0], pairs[:, 1]]), return_inverse=True
    )
    own, count_own = _sums(number[: len(same)], same, len(names))
    others, count_others = _sums(number[len(same) :], np.tile(different, 2), len(names))
    both = (count_own > 0) & (count_others > 0)
    return Zoo(
        tuple(map(str, names[both])), own[both] / count_own[both], others[both] / count_others[both]
    )


def _sums(number: NDArray[np.int64], values: Array, n: int) -> tuple[Array, Array]:
    """Sum (n,) of the values of each number, and how many there are."""
    sums = np.bincount(number, values, n).astype(np.float64)
    return sums, np.bincount(number, minlength=n).astype(np.float64)
