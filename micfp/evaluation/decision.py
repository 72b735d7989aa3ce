"""The decision: from the scores of a recording's segments to one score per class.

`pool_segments` is the only place where segments become a recording: the figures per recording,
the points of a search, and the answer of `micfp identify` all come from it. Its rules are those of
Kittler et al. (1998), On combining classifiers, for segments in place of classifiers.
Arguments are as in `micfp.evaluation.inputs`.
"""

from collections.abc import Callable, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micfp.config.models import DecisionRule
from micfp.errors import MicfpError
from micfp.evaluation.inputs import FloatArray, IntArray, group_recordings, validate

RULES: tuple[DecisionRule, ...] = get_args(DecisionRule)
RULE_IN_WORDS: dict[DecisionRule, str] = {
    "log_probability": "the log-probabilities of its segments are summed",
    "probability": "the probabilities of its segments are averaged",
    "vote": "each of its segments has one vote",
}

# A float64 probability of 0 may stand for anything below this; its logarithm stands in for -inf.
LOG_TINY = float(np.log(np.finfo(np.float64).tiny))


def pool_segments(log_p: FloatArray, start: NDArray[np.intp], rule: DecisionRule) -> FloatArray:
    """Pool the segments of each recording.

    Parameters
    ----------
    log_p
        natural log-probability of each class, shape (n, n_classes), n >= 1; -inf is allowed, NaN
        is not. The rows of a recording follow one another.
    start
        the first row of each recording, ascending, shape (n_recordings,), beginning with 0
    rule
        `log_probability`: their sum. This is Bayes' rule for segments that are independent given
        the device, with equal priors. They are not quite independent, so the scores are
        overconfident; their order is what counts. A log-probability below log(2.2e-308) counts as
        that: one segment's probability of 0 does not rule a class out.
        `probability`: the mean of the probabilities.
        `vote`: the share of segments whose most probable class it is. Classes with equal votes
        are ordered by the mean of their probabilities.

    Returns
    -------
    Log-scores of each class, shape (n_recordings, n_classes); their exponentials sum to one in
    each row.
    """
    return normalise_log(_RULES[rule](np.maximum(log_p, LOG_TINY), start))


def pool_recordings(
    y: ArrayLike,
    log_p: ArrayLike,
    classes: Sequence[str],
    recording: ArrayLike,
    rule: DecisionRule,
) -> tuple[NDArray[Any], FloatArray, IntArray]:
    """Pool the segments of each recording, in whatever order the rows are.

    Returns
    -------
    The recordings, sorted; their log-scores, shape (n_recordings, n_classes); and their true class
    indices, shape (n_recordings,).

    Raises
    ------
    MicfpError
        if a recording has two true labels, or `validate` refuses the scores
    """
    rows, scores = validate(y, log_p, classes)
    names, start, order = group_recordings(recording, len(rows))
    true = rows[order][start]
    mixed = np.maximum.reduceat(rows[order], start) != np.minimum.reduceat(rows[order], start)
    if mixed.any():
        raise MicfpError(
            f"recording {names[np.argmax(mixed)]!s} has segments of two true labels:"
            " a recording is made by one device; check the recordings table"
        )
    return names, pool_segments(scores[order], start, rule), true


def predict(log_p: FloatArray) -> NDArray[np.int64]:
    """Return the class of each row, shape (n,): the most probable; of equals the first."""
    return np.asarray(np.argmax(log_p, axis=1), dtype=np.int64)


def normalise_log(log_p: FloatArray) -> FloatArray:
    """Shift each row so that its exponentials sum to one."""
    shifted = log_p - log_p.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _sum(log_p: FloatArray, start: NDArray[np.intp]) -> FloatArray:
    return np.asarray(np.add.reduceat(log_p, start, axis=0))


def _counts(log_p: FloatArray, start: NDArray[np.intp]) -> NDArray[np.int64]:
    """Segments of each recording, shape (n_recordings, 1)."""
    return np.diff(np.append(start, len(log_p)))[:, None]


def _mean_probability(log_p: FloatArray, start: NDArray[np.intp]) -> FloatArray:
    shares = np.exp(normalise_log(log_p))
    return np.asarray(np.add.reduceat(shares, start, axis=0) / _counts(log_p, start))


def _log_of_mean(log_p: FloatArray, start: NDArray[np.intp]) -> FloatArray:
    return np.asarray(np.log(np.maximum(_mean_probability(log_p, start), np.exp(LOG_TINY))))


def _log_of_votes(log_p: FloatArray, start: NDArray[np.intp]) -> FloatArray:
    votes = np.zeros_like(log_p)
    votes[np.arange(len(log_p)), predict(log_p)] = 1
    # A mean probability is less than one vote: it orders equal votes and changes nothing else.
    counted = np.add.reduceat(votes, start, axis=0) + _mean_probability(log_p, start)
    return np.asarray(np.log(np.maximum(counted, np.exp(LOG_TINY))))


_RULES: dict[DecisionRule, Callable[[FloatArray, NDArray[np.intp]], FloatArray]] = {
    "log_probability": _sum,
    "probability": _log_of_mean,
    "vote": _log_of_votes,
}
