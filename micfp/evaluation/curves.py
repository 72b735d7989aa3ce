"""ROC curves, and reports pooled over classifiers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from micfp.errors import MicfpError
from micfp.evaluation.decision import LOG_TINY, normalise_log
from micfp.evaluation.inputs import BoolArray, FloatArray, IntArray, validate
from micfp.evaluation.metrics import Metrics, normalise_rows, roc_auc


@dataclass(frozen=True)
class RocCurve:
    """One ROC curve: rates that rise from 0 to 1, shape (k,), and the area under it."""

    false_positive_rate: FloatArray
    true_positive_rate: FloatArray
    auc: float


@dataclass(frozen=True)
class RocCurves:
    """One-vs-rest curves.

    Attributes
    ----------
    per_class
        of each class; None where it has no curve
    micro
        of every pair of a row and a class at once, by probability
    """

    classes: tuple[str, ...]
    per_class: tuple[RocCurve | None, ...]
    micro: RocCurve | None


def roc_curves(y: ArrayLike, log_p: ArrayLike, classes: Sequence[str]) -> RocCurves:
    """Compute one-vs-rest ROC curves; arguments as in `micfp.evaluation.inputs`.

    A class without rows, or that all rows are of, has no curve.
    """
    rows, scores = validate(y, log_p, classes)
    scores = normalise_log(np.maximum(scores, LOG_TINY))
    truly = rows[:, None] == np.arange(len(classes))
    curves = tuple(_roc_curve(truly[:, c], scores[:, c]) for c in range(len(classes)))
    return RocCurves(tuple(classes), curves, _roc_curve(truly.ravel(), scores.ravel()))


def _roc_curve(truly: BoolArray, score: FloatArray) -> RocCurve | None:
    from sklearn import metrics

    if truly.all() or not truly.any():
        return None
    false_positive_rate, true_positive_rate, _ = metrics.roc_curve(truly, score)
    area = roc_auc(truly.astype(np.int64), np.stack([-score, score], axis=1))[1]
    return RocCurve(false_positive_rate, true_positive_rate, float(area))


@dataclass(frozen=True)
class PooledReport:
    """Means over classifiers: the thesis's Fig. 5I (confusion) and 5J (report per class).

    Attributes
    ----------
    confusion
        mean of the row-normalised confusion matrices, shape (n_classes, n_classes)
    precision, recall, f1
        mean of each class, shape (n_classes,); NaN for a class that is not present
    support
        rows of each class, shape (n_classes,)
    """

    classes: tuple[str, ...]
    n_classifiers: int
    confusion: FloatArray
    precision: FloatArray
    recall: FloatArray
    f1: FloatArray
    support: IntArray
    accuracy: float


def pooled_report(metrics: Sequence[Metrics]) -> PooledReport:
    """Average over classifiers that were scored on the same rows, each with the same weight.

    Raises
    ------
    MicfpError
        if there are none, or they differ in classes or support
    """
    if not metrics:
        raise MicfpError("there are no classifiers to pool: name at least one in params.yaml")
    first = metrics[0]
    for other in metrics[1:]:
        if other.classes != first.classes or not np.array_equal(other.support, first.support):
            raise MicfpError(
                "classifiers can be pooled only where they were scored on the same rows;"
                f" one has {first.n} rows of {len(first.classes)} classes, another"
                f" {other.n} of {len(other.classes)}"
            )
    return PooledReport(
        classes=first.classes,
        n_classifiers=len(metrics),
        confusion=np.mean([normalise_rows(m.confusion) for m in metrics], axis=0),
        precision=_mean_over(metrics, "precision"),
        recall=_mean_over(metrics, "recall"),
        f1=_mean_over(metrics, "f1"),
        support=first.support,
        accuracy=float(np.mean([m.accuracy for m in metrics])),
    )


def _mean_over(metrics: Sequence[Metrics], name: str) -> FloatArray:
    values = np.mean([getattr(m, name) for m in metrics], axis=0)
    # An absent class has a precision (0) only in the classifiers that name it: not to be averaged.
    return np.where(metrics[0].support > 0, values, np.nan)
