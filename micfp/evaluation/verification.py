"""How well scores tell same from different devices: pure functions of two sets of scores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Verification:
    """Figures of trials.

    Attributes
    ----------
    n_same, n_different
        Number of trials.
    eer
        Equal error rate, on the convex hull of the ROC, 0..0.5.
    cllr, cllr_min
        In bits, of scores taken as natural log LR; the least that a monotone mapping can give.
    detection_at_1_percent
        Share of the same devices above the threshold that 1 % of the others pass.
    """

    n_same: int
    n_different: int
    eer: float
    cllr: float
    cllr_min: float
    detection_at_1_percent: float


def verification(same: ArrayLike, different: ArrayLike) -> Verification:
    """Figures of the scores of same and of different devices, one or more of each."""
    target = np.asarray(same, np.float64).ravel()
    other = np.asarray(different, np.float64).ravel()
    return Verification(
        len(target),
        len(other),
        equal_error_rate(target, other),
        cllr(target, other),
        cllr_min(target, other),
        float(np.mean(target > np.quantile(other, 0.99))),
    )


def identification_at_1_percent(own: ArrayLike, others: ArrayLike) -> float:
    """Share of tests that are named correctly in an open set in which 1 % of strangers are named.

    Parameters
    ----------
    own, others
        (n_tests,): the score of the test's own device, and the best score of any other enrolled
        one. A stranger is the same test with its own device not enrolled.
    """
    of_own, best = np.asarray(own, np.float64), np.asarray(others, np.float64)
    return float(np.mean((of_own > np.quantile(best, 0.99)) & (of_own > best)))


def cllr(same: FloatArray, different: FloatArray) -> float:
    """Cost of log LRs in bits (Bruemmer and du Preez 2006); 1 for a system that says nothing."""
    missed = np.logaddexp(0, -same).mean()
    alarmed = np.logaddexp(0, different).mean()
    return float((missed + alarmed) / 2 / np.log(2))


def cllr_min(same: FloatArray, different: FloatArray) -> float:
    """Cllr after the best monotone mapping: pool-adjacent-violators."""
    return cllr(*pooled_log_lr(same, different))


def pooled_log_lr(same: FloatArray, different: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Natural log LRs after pool-adjacent-violators, of each score in its place.

    Infinite where no score of the other kind lies beyond.
    """
    posterior, _, order = _pooled(same, different)
    log_lr = np.empty(len(order))
    with np.errstate(divide="ignore"):
        log_lr[order] = np.log(posterior) - np.log1p(-posterior)
    log_lr -= np.log(len(same) / len(different))
    return log_lr[: len(same)], log_lr[len(same) :]


def equal_error_rate(same: FloatArray, different: FloatArray) -> float:
    """Where misses and false alarms are equal, on the convex hull of the ROC."""
    posterior, is_same, _ = _pooled(same, different)
    last = np.append(np.diff(posterior) > 0, True)  # ends of the blocks of equal posterior
    miss = np.concatenate([[0.0], np.cumsum(is_same)[last] / len(same)])
    alarm = np.concatenate([[1.0], 1 - np.cumsum(~is_same)[last] / len(different)])
    k = int(np.argmax(miss >= alarm))
    before, after = miss[k - 1] - alarm[k - 1], miss[k] - alarm[k]
    share = -before / (after - before)
    return float(miss[k - 1] + share * (miss[k] - miss[k - 1]))


def _pooled(
    same: FloatArray, different: FloatArray
) -> tuple[FloatArray, NDArray[np.bool_], NDArray[np.int64]]:
    """Isotonic posterior of each trial in the order of scores, whether it is a same one, and which.

    Trials are numbered as they come, the same ones first.
    """
    from scipy.optimize import isotonic_regression

    scores = np.concatenate([same, different])
    is_same = np.concatenate([np.ones(len(same), bool), np.zeros(len(different), bool)])
    place = np.unique(scores, return_inverse=True)[1]  # equal scores cannot be told apart
    count = np.bincount(place)
    share = np.bincount(place, is_same) / count
    fitted = isotonic_regression(share, weights=count).x
    order = np.argsort(scores, kind="stable")
    return np.clip(fitted[place[order]], 0, 1), is_same[order], order
