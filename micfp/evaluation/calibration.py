"""Whether probabilities mean what they say: pure functions of true classes and log-probabilities.

Arguments are as in `micfp.evaluation.inputs`. The error is Naeini, Cooper and Hauskrecht's
(2015) as Guo et al. (2017) use it; the cross-entropy is NIST's, of its evaluations of language
recognition, with equal priors of the classes that a model knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from micfp.evaluation.decision import LOG_TINY, normalise_log, predict
from micfp.evaluation.inputs import validate

BINS = 15


@dataclass(frozen=True)
class Calibration:
    """How well the probabilities of a model are calibrated.

    Attributes
    ----------
    confidence
        mean probability of the predicted class, 0..1
    calibration_error
        how far accuracy is from confidence, 0..1
    cross_entropy
        of the true class: 0 for a model that is certain of it, 1 for one that gives all classes
        the same probability, more for one that misleads
    """

    confidence: float
    calibration_error: float
    cross_entropy: float


def calibration(y: ArrayLike, log_p: ArrayLike, classes: Sequence[str]) -> Calibration:
    """Compute the calibration; a log-probability counts as log(2.2e-308) at least."""
    rows, scores = validate(y, log_p, classes)
    scores = normalise_log(np.maximum(scores, LOG_TINY))
    predicted = predict(scores)
    confidence = np.exp(scores.max(axis=1))
    true = scores[np.arange(len(rows)), rows]
    return Calibration(
        confidence=float(confidence.mean()),
        calibration_error=calibration_error(confidence, predicted == rows),
        cross_entropy=float(-true.mean() / np.log(len(classes))),
    )


def calibration_error(confidence: ArrayLike, correct: ArrayLike) -> float:
    """Average the gap of accuracy and confidence over 15 equal bins of confidence, by rows.

    Parameters
    ----------
    confidence
        probability of the predicted class, shape (n,), 0..1
    correct
        whether that is the true one, shape (n,), bool
    """
    sure, hit = np.asarray(confidence, np.float64), np.asarray(correct, np.float64)
    # A confidence on an edge is in the lower bin, as with Guo et al.
    number = np.clip(np.ceil(sure * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = np.bincount(number, hit, BINS) - np.bincount(number, sure, BINS)
    return float(np.abs(gaps).sum() / len(sure))
