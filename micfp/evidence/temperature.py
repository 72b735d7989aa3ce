"""One temperature that makes a model's scores per recording probabilities (Guo et al. 2017).

Segments of a recording are not independent, so that the sum of their log-probabilities says too
much: of eight segments it may promise 1 - 1e-9 and be wrong once in ten. One number over all
classes divides the log-scores of a recording, as its own rule of decision pools them; the order of
the classes stays. It is fitted on recordings of folds inside the training part, which the models
that scored them had not heard. Arguments are as in `micfp.evaluation.inputs`.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from micfp.config.models import DecisionRule
from micfp.evaluation.decision import normalise_log, pool_recordings
from micfp.evaluation.inputs import FloatArray, IntArray
from micfp.evaluation.scores import Scores

LOWEST, HIGHEST = 1e-3, 1e5  # temperatures that are tried


@dataclass(frozen=True)
class Pooled:
    """Recordings as a rule of decision pools them.

    Attributes
    ----------
    log_p
        natural log-score of each class, shape (n, n_classes)
    true
        true class indices, shape (n,)
    n_segments
        segments of each recording, shape (n,), at least 1
    n_recordings
        how many different ones there are: one that several outer folds trained with is in as many
        rows
    """

    log_p: FloatArray
    true: IntArray
    n_segments: IntArray
    n_recordings: int


@dataclass(frozen=True)
class Temperature:
    """What log-scores of a recording are divided by.

    Attributes
    ----------
    value
        > 0; above 1 for a model that is too sure of itself
    rule
        of decision, by which the recordings were pooled
    n_recordings
        different recordings that it was fitted on
    n_segments
        segments that these had, the median
    """

    value: Annotated[float, Field(gt=0)]
    rule: DecisionRule
    n_recordings: Annotated[int, Field(gt=0)]
    n_segments: Annotated[float, Field(ge=1)]

    def log_probabilities(self, log_p: FloatArray, n_segments: IntArray) -> FloatArray:
        """Calibrated natural log-probabilities of recordings, shape (n, n_classes).

        A sum over more segments than calibration saw counts as one over so many: nobody has tested
        that a recording ten times as long is worth ten times as much. And no class gets more than
        n + 1 to 1, with n recordings.

        Parameters
        ----------
        log_p
            log-scores by `rule`, shape (n, n_classes)
        n_segments
            segments of each recording, shape (n,)
        """
        stretch = np.ones(len(log_p))
        if self.rule == "log_probability":
            stretch = np.maximum(np.asarray(n_segments) / self.n_segments, 1.0)
        return _bounded(
            normalise_log(log_p / (self.value * stretch)[:, None]), _most(self.n_recordings)
        )


def pool_scores(scores: Scores, rule: DecisionRule) -> Pooled:
    """Pool the segments of each recording; one of several outer folds counts once in each."""
    recording = np.char.add(scores.recording, np.char.mod("/%d", scores.fold))
    names, log_p, true = pool_recordings(
        scores.truth, scores.log_p, scores.classes, recording, rule
    )
    _, counts = np.unique(recording, return_counts=True)  # sorted, as the names are
    assert len(counts) == len(names)
    return Pooled(log_p, true, counts.astype(np.int64), len(set(scores.recording.tolist())))


def fit_temperature(pooled: Pooled, rule: DecisionRule) -> Temperature:
    """Minimise the cross-entropy of the true class, by Platt's (1999) targets.

    The true class of n recordings has the target (n + 1) / (n + 2), the others share the rest: n
    recordings that are all correct give no reason to be surer than n + 1 to 1.

    Parameters
    ----------
    pooled
        at least one recording of two classes or more, by models that did not hear it
    rule
        that pooled them
    """
    from scipy.optimize import minimize_scalar

    rows, n_classes = np.arange(len(pooled.true)), pooled.log_p.shape[1]
    target = _most(pooled.n_recordings)
    targets = np.full(pooled.log_p.shape, (1 - target) / (n_classes - 1))
    targets[rows, pooled.true] = target

    def loss(log_temperature: float) -> float:
        log_p = normalise_log(pooled.log_p / np.exp(log_temperature))
        return float(-(targets * log_p).sum(axis=1).mean())

    found = minimize_scalar(
        loss, bounds=(np.log(LOWEST), np.log(HIGHEST)), method="bounded", options={"xatol": 1e-6}
    )
    return Temperature(
        float(np.exp(found.x)),
        rule,
        pooled.n_recordings,
        float(np.median(pooled.n_segments)),
    )


def _most(n_recordings: int) -> float:
    """The highest probability that so many recordings, all correct, can bear out."""
    return (n_recordings + 1) / (n_recordings + 2)


def _bounded(log_p: FloatArray, most: float) -> FloatArray:
    """Rows with as much of equal probabilities mixed in as brings their highest down to `most`."""
    equal = 1 / log_p.shape[1]
    over = np.maximum(np.exp(log_p.max(axis=1, keepdims=True)) - most, 0.0)
    share = over / (over + most - equal)
    with np.errstate(divide="ignore"):  # nothing is mixed in: the logarithm of 0
        return np.asarray(np.logaddexp(np.log1p(-share) + log_p, np.log(share * equal)))
