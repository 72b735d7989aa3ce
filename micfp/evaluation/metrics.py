"""How often a classifier is right: pure functions of true labels and log-probabilities.

Conventions of this room
------------------------
`y`
    true class of each row, shape (n,): indices into `classes` (int) or the labels (str).
`log_p`
    log-probability of each class, shape (n, n_classes), float64, natural; -inf is allowed. Rows
    need not be normalised where only their order counts.
`classes`
    the labels, in the order of the columns of `log_p`.
`recording`
    the recording each row was cut from, shape (n,).
The decision is the class of the highest log-probability; of equals the first, as numpy.argmax.

When a denominator is zero
--------------------------
A class is *present* when at least one row truly is of it.

- The recall of a class that is not present is NaN: nothing could be recalled.
- The precision of a present class that is never predicted is 0 (nothing was found); of a class that
  is neither present nor predicted it is NaN. A class that is predicted and not present has 0.
- F1 is 2 TP / (2 TP + FP + FN), so 0 as soon as a class is missed or wrongly named altogether, and
  NaN for a class that is neither present nor predicted.
- Macro averages run over the present classes, weighted ones weigh by the rows of each class. So a
  class that the test part lacks neither helps nor harms; naming it wrongly costs the recall of
  the class that was meant.
- The area under a class's ROC curve is NaN unless some rows are of it and some are not; the macro
  mean runs over the classes that have one, and is NaN where none has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micfp.config.models import DecisionRule
from micfp.errors import MicfpError
from micfp.evaluation.decision import pool_segments, predict

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Metrics:
    """Every metric of one classifier on one set of rows.

    `n` rows; `confusion[i, j]`: rows of class i called class j. `precision`, `recall`, `f1`,
    `support` and `roc_auc` have one value a class, in the order of `classes`.
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
        """The metrics that are one number, by name (for tables and run records)."""
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
    """Every metric, per segment and per recording.

    Arguments as in the head of this file; `rule` says how segments name their recording
    (`decision.pool_segments`); `top_k` >= 1.
    """
    rows, scores = validate(y, log_p, classes)
    _, pooled_scores, pooled_rows = pool_recordings(rows, scores, classes, recording, rule)
    return Evaluation(
        measure(rows, scores, classes, top_k),
        measure(pooled_rows, pooled_scores, classes, top_k),
    )


def measure(y: ArrayLike, log_p: ArrayLike, classes: Sequence[str], top_k: int = 3) -> Metrics:
    """Every metric of the rows as they are; arguments as in the head of this file."""
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


def validate(y: ArrayLike, log_p: ArrayLike, classes: Sequence[str]) -> tuple[IntArray, FloatArray]:
    """Class indices (n,) and log-probabilities (n, n_classes), checked: the gate of this room.

    Raises MicfpError for no rows, shapes that do not fit, NaN or +inf, and true labels that are
    none of the classes.
    """
    scores = np.asarray(log_p, dtype=np.float64)
    labels = np.asarray(y)
    if labels.ndim != 1 or scores.shape != (len(labels), len(classes)):
        raise MicfpError(
            f"scores of shape {scores.shape} do not fit {labels.size} true labels and"
            f" {len(classes)} classes: one row a label and one column a class are needed"
        )
    if len(labels) == 0:
        raise MicfpError("there are no scores to evaluate: the test part is empty")
    wrong = np.isnan(scores) | (scores == np.inf)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise MicfpError(
            f"the log-probability of row {row} for {classes[column]!r} is {scores[row, column]}:"
            " a score must be a number; check the model and the features it was given"
        )
    return _class_indices(labels, classes), scores


def _class_indices(labels: NDArray[Any], classes: Sequence[str]) -> IntArray:
    if labels.dtype.kind in "iu":
        outside = labels[(labels < 0) | (labels >= len(classes))]
        if outside.size:
            raise MicfpError(f"true class {outside[0]} is not one of 0..{len(classes) - 1}")
        return np.asarray(labels, dtype=np.int64)
    position = {name: index for index, name in enumerate(classes)}
    try:
        return np.array([position[str(label)] for label in labels], dtype=np.int64)
    except KeyError as unknown:
        raise MicfpError(
            f"the true label {unknown} is none of the model's {len(classes)} classes:"
            " score only recordings of classes the model was trained on"
        ) from None


def confusion(y: IntArray, predicted: IntArray, n_classes: int) -> IntArray:
    """Rows of class i that were called class j, shape (n_classes, n_classes)."""
    cells = np.bincount(y * n_classes + predicted, minlength=n_classes**2)
    return np.asarray(cells.reshape(n_classes, n_classes), dtype=np.int64)


def normalise_rows(matrix: ArrayLike) -> FloatArray:
    """Confusion matrix as shares of each true class; a class that is not present has NaN."""
    counts = np.asarray(matrix, dtype=np.float64)
    return _ratio(counts, counts.sum(axis=1, keepdims=True))


def class_report(
    hits: ArrayLike, support: ArrayLike, predicted: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Precision, recall and F1 of each class, each of shape (..., n_classes).

    `hits`: rows called rightly; `support`: rows of the class; `predicted`: rows called the class;
    all of shape (..., n_classes), so that many confusion matrices are treated at once.
    """
    hits, support, predicted = (np.asarray(a, np.float64) for a in (hits, support, predicted))
    precision = np.where((predicted == 0) & (support > 0), 0.0, _ratio(hits, predicted))
    recall = _ratio(hits, support)
    f1 = _ratio(2 * hits, support + predicted)
    return precision, recall, f1


def averaged(hits: ArrayLike, support: ArrayLike, predicted: ArrayLike) -> dict[str, FloatArray]:
    """Accuracy, balanced accuracy, and macro and weighted precision, recall and F1.

    Arguments as `class_report`; each value has shape (...). All are NaN where there is no row.
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


def in_top_k(y: IntArray, log_p: FloatArray, top_k: int) -> NDArray[np.bool_]:
    """Whether the true class is among the `top_k` most probable, shape (n,).

    Equal scores rank by column, as in the decision, so that k = 1 is the accuracy; with k of at
    least n_classes every row is in.
    """
    if top_k < 1:
        raise MicfpError(f"top_k is {top_k}: at least the first guess must count")
    own = log_p[np.arange(len(y)), y][:, None]
    before = np.arange(log_p.shape[1]) < y[:, None]
    rank = np.sum((log_p > own) | ((log_p == own) & before), axis=1)
    return np.asarray(rank < top_k)


def roc_auc(y: IntArray, log_p: FloatArray) -> FloatArray:
    """Area under each class's one-vs-rest ROC curve, shape (n_classes,).

    The probability that a row of the class scores higher than a row of another, ties counting
    one half (Mann and Whitney's U; Hanley and McNeil 1982).
    """
    from scipy.stats import rankdata

    n_classes = log_p.shape[1]
    truly = y[:, None] == np.arange(n_classes)
    n_own = truly.sum(axis=0)
    rank_sum = np.where(truly, rankdata(log_p, axis=0), 0.0).sum(axis=0)
    return _ratio(rank_sum - n_own * (n_own + 1) / 2, n_own * (len(y) - n_own))


def pool_recordings(
    y: ArrayLike,
    log_p: ArrayLike,
    classes: Sequence[str],
    recording: ArrayLike,
    rule: DecisionRule,
) -> tuple[NDArray[Any], FloatArray, IntArray]:
    """One row per recording, its segments pooled by `rule` (`decision.pool_segments`).

    Returns the recordings (sorted), their log-scores (n_recordings, n_classes) and true class
    indices (n_recordings,). Raises MicfpError where a recording has two true labels.
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


def group_recordings(
    recording: ArrayLike, n: int
) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.intp]]:
    """Sorted recordings, where each starts among the ordered rows, and that order of the rows."""
    rows = np.asarray(recording)
    if rows.shape != (n,):
        raise MicfpError(f"{rows.size} recordings named for {n} scored rows: one a row is needed")
    names, inverse = np.unique(rows, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    start = np.searchsorted(inverse[order], np.arange(len(names)))
    return names, start, order


def mean_defined(values: FloatArray) -> float:
    """Mean of the values that are not NaN; NaN where none is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else float("nan")


def _ratio(numerator: ArrayLike, denominator: ArrayLike) -> FloatArray:
    """Quotient, NaN where the denominator is 0."""
    top, bottom = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom == 0, np.nan, top / bottom)
