"""Whether probabilities mean what they say: pure functions of true classes and log-probabilities.

Conventions are those of `micfp.evaluation.metrics`. The error is Naeini, Cooper and Hauskrecht's
(2015) as Guo et al. (2017) use it; the cross-entropy is NIST's, of its evaluations of language
recognition, with equal priors of the classes that a model knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from micfp.evaluation.decision import LOG_TINY, normalise_log, predict
from micfp.evaluation.metrics import validate

BINS = 15


@dataclass(frozen=True)
class Calibration:
    """confidence: mean probability of what was named, 0..1; calibration_error: how far accuracy is
    from confidence, 0..1; cross_entropy: of the true class, 0 for a model that knows, 1 for one
    that gives all classes the same, more for one that misleads."""

    confidence: float
    calibration_error: float
    cross_entropy: float


def calibration(y: ArrayLike, log_p: ArrayLike, classes: Sequence[str]) -> Calibration:
    """Calibration of n >= 1 rows; a log-probability counts as log(2.2e-308) at least."""
    rows, scores = validate(y, log_p, classes)
    scores = normalise_log(np.maximum(scores, LOG_TINY))
    named = predict(scores)
    confidence = np.exp(scores.max(axis=1))
    true = scores[np.arange(len(rows)), rows]
    return Calibration(
        confidence=float(confidence.mean()),
        calibration_error=calibration_error(confidence, named == rows),
        cross_entropy=float(-true.mean() / np.log(len(classes))),
    )


def calibration_error(confidence: ArrayLike, right: ArrayLike) -> float:
    """Mean gap of accuracy and confidence over 15 equal bins of confidence, weighted by rows.

    :param confidence: probability of what was named, (n,) in 0..1
    :param right: whether it was right, (n,) bool
    """
    sure, hit = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    # A confidence on an edge is in the lower bin, as with Guo et al.
    number = np.clip(np.ceil(sure * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = np.bincount(number, hit, BINS) - np.bincount(number, sure, BINS)
    return float(np.abs(gaps).sum() / len(sure))
