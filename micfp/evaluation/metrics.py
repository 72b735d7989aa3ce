"""How often a classifier is correct: pure functions of true labels and log-probabilities.

Arguments are as in `micfp.evaluation.inputs`.

When a denominator is zero
--------------------------
A class is *present* when at least one row truly is of it.

- The recall of a class that is not present is NaN: nothing could be recalled.
- The precision of a present class that is never predicted is 0 (nothing was found); of a class that
  is neither present nor predicted it is NaN. A class that is predicted and not present has 0.
- F1 is 2 TP / (2 TP + FP + FN), so 0 as soon as no row of a class is predicted correctly, and NaN
  for a class that is neither present nor predicted.
- Macro averages run over the present classes, weighted ones weigh by the rows of each class. So a
  class that the test part lacks neither helps nor harms; predicting it costs the recall of the
  class that is true.
- The area under a class's ROC curve is NaN unless some rows are of it and some are not; the macro
  mean runs over the classes that have one, and is NaN where none has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from micfp.config.models import DecisionRule
from micfp.errors import MicfpError
from micfp.evaluation.decision import pool_recordings, predict
from micfp.evaluation.inputs import BoolArray, FloatArray, IntArray, validate


@dataclass(frozen=True)
class Metrics:
    """Every metric of one classifier on one set of rows.

    Attributes
    ----------
    n
        number of rows
    top_k
        how many of the most probable classes `top_k_accuracy` looks at
    precision, recall, f1, roc_auc, support
        of each class, shape (n_classes,)
    confusion
        rows of class i that were predicted as class j, shape (n_classes, n_classes)
    """

    classes: tuple[str, ...]
    n: int
    accuracy: float
    balanced_accuracy: float
    precision_macro: float
    recall_macro: float
    f1_macro: float
    precision_weighted: float
    recall_weighted: float
    f1_weighted: float
    roc_auc_macro: float
    top_k: int
    top_k_accuracy: float
    precision: FloatArray
    recall: FloatArray
    f1: FloatArray
    roc_auc: FloatArray
    support: IntArray
    confusion: IntArray

    def scalars(self) -> dict[str, float]:
        """Return the metrics that are one number, by name."""
        return {name: float(getattr(self, name)) for name in SCALAR_METRICS}


SCALAR_METRICS = (
    "accuracy",
    "balanced_accuracy",
    "precision_macro",
    "recall_macro",
    "f1_macro",
    "precision_weighted",
    "recall_weighted",
    "f1_weighted",
    "roc_auc_macro",
    "top_k_accuracy",
)


@dataclass(frozen=True)
class Evaluation:
    """The metrics of the segments, and of the recordings they were cut from."""

    segment: Metrics
    recording: Metrics


def evaluate(
    y: ArrayLike,
    log_p: ArrayLike,
    classes: Sequence[str],
    recording: ArrayLike,
    *,
    rule: DecisionRule,
    top_k: int = 3,
) -> Evaluation:
    """Measure every metric, per segment and per recording.

    Parameters
    ----------
    rule
        how the segments of a recording are pooled (`decision.pool_segments`)
    top_k
        at least 1
    """
    rows, scores = validate(y, log_p, classes)
    _, pooled_scores, pooled_rows = pool_recordings(rows, scores, classes, recording, rule)
    return Evaluation(
        measure(rows, scores, classes, top_k),
        measure(pooled_rows, pooled_scores, classes, top_k),
    )


def measure(y: ArrayLike, log_p: ArrayLike, classes: Sequence[str], top_k: int = 3) -> Metrics:
    """Measure every metric of the rows as they are; parameters as in `evaluate`."""
    rows, scores = validate(y, log_p, classes)
    matrix = confusion(rows, predict(scores), len(classes))
    hits, support, predicted = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    precision, recall, f1 = class_report(hits, support, predicted)
    auc = roc_auc(rows, scores)
    averages = {name: float(value) for name, value in averaged(hits, support, predicted).items()}
    return Metrics(
        classes=tuple(classes),
        n=len(rows),
        **averages,
        roc_auc_macro=mean_defined(auc),
        top_k=top_k,
        top_k_accuracy=float(np.mean(in_top_k(rows, scores, top_k))),
        precision=precision,
        recall=recall,
        f1=f1,
        roc_auc=auc,
        support=support,
        confusion=matrix,
    )


def confusion(y: IntArray, predicted: IntArray, n_classes: int) -> IntArray:
    """Count rows of class i that were predicted as class j, shape (n_classes, n_classes)."""
    cells = np.bincount(y * n_classes + predicted, minlength=n_classes**2)
    return np.asarray(cells.reshape(n_classes, n_classes), dtype=np.int64)


def normalise_rows(matrix: ArrayLike) -> FloatArray:
    """Turn a confusion matrix into shares of each true class; NaN where none is present."""
    counts = np.asarray(matrix, dtype=np.float64)
    return _ratio(counts, counts.sum(axis=1, keepdims=True))


def class_report(
    hits: ArrayLike, support: ArrayLike, predicted: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Compute precision, recall and F1 of each class, of many confusion matrices at once.

    Parameters
    ----------
    hits
        rows of the class that are predicted correctly, shape (..., n_classes)
    support
        rows of the class, same shape
    predicted
        rows that are predicted as the class, same shape

    Returns
    -------
    Precision, recall and F1, each of that shape.
    """
    hits, support, predicted = (np.asarray(a, np.float64) for a in (hits, support, predicted))
    precision = np.where((predicted == 0) & (support > 0), 0.0, _ratio(hits, predicted))
    recall = _ratio(hits, support)
    f1 = _ratio(2 * hits, support + predicted)
    return precision, recall, f1


def averaged(hits: ArrayLike, support: ArrayLike, predicted: ArrayLike) -> dict[str, FloatArray]:
    """Compute accuracy, balanced accuracy, and macro and weighted precision, recall and F1.

    Parameters as in `class_report`; each value has shape (...), and is NaN where there is no row.
    """
    precision, recall, f1 = class_report(hits, support, predicted)
    weight = np.asarray(support, dtype=np.float64)
    present = (weight > 0).astype(np.float64)

    def mean(values: FloatArray, weights: FloatArray) -> FloatArray:
        kept = np.where(weights > 0, values, 0.0)
        return _ratio((kept * weights).sum(axis=-1), weights.sum(axis=-1))

    return {
        "accuracy": _ratio(np.asarray(hits, np.float64).sum(axis=-1), weight.sum(axis=-1)),
        "balanced_accuracy": mean(recall, present),
        "precision_macro": mean(precision, present),
        "recall_macro": mean(recall, present),
        "f1_macro": mean(f1, present),
        "precision_weighted": mean(precision, weight),
        "recall_weighted": mean(recall, weight),
        "f1_weighted": mean(f1, weight),
    }


def in_top_k(y: IntArray, log_p: FloatArray, top_k: int) -> BoolArray:
    """Tell whether the true class is among the `top_k` most probable, shape (n,).

    Equal scores rank by column, as in the decision, so that k = 1 is the accuracy; with k of at
    least n_classes every row is in.

    Raises
    ------
    MicfpError
        if `top_k` is below 1
    """
    if top_k < 1:
        raise MicfpError(f"top_k is {top_k}: at least the first guess must count")
    true_log_p = log_p[np.arange(len(y)), y][:, None]
    before = np.arange(log_p.shape[1]) < y[:, None]
    rank = np.sum((log_p > true_log_p) | ((log_p == true_log_p) & before), axis=1)
    return np.asarray(rank < top_k)


def roc_auc(y: IntArray, log_p: FloatArray) -> FloatArray:
    """Compute the area under each class's one-vs-rest ROC curve, shape (n_classes,).

    The probability that a row of the class scores higher than a row of another, ties counting
    one half (Mann and Whitney's U; Hanley and McNeil 1982).
    """
    from scipy.stats import rankdata

    n_classes = log_p.shape[1]
    truly = y[:, None] == np.arange(n_classes)
    support = truly.sum(axis=0)
    rank_sum = np.where(truly, rankdata(log_p, axis=0), 0.0).sum(axis=0)
    return _ratio(rank_sum - support * (support + 1) / 2, support * (len(y) - support))


def mean_defined(values: FloatArray) -> float:
    """Average the values that are not NaN; NaN where none is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else float("nan")


def _ratio(numerator: ArrayLike, denominator: ArrayLike) -> FloatArray:
    """Quotient, NaN where the denominator is 0."""
    top, bottom = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom == 0, np.nan, top / bottom)
