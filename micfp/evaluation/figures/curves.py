"""Curves: ROC, learning, regularisation."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from micfp.evaluation.curves import RocCurve, RocCurves
from micfp.evaluation.figures.style import CHANCE, OKABE_ITO, class_styles, legend_below, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_NAMED_CURVES = 8
_NAMED_OF_MANY = 3


def roc(ax: "Axes", curves: RocCurves, *, title: str = "") -> None:
    """Draw one-vs-rest ROC curves with their areas.

    Up to eight classes have a colour each; of more, the three of the smallest area are named and
    the others are grey. The curve over all decisions (micro) is black.
    """
    named = [
        (name, curve)
        for name, curve in zip(curves.classes, curves.per_class, strict=True)
        if curve is not None
    ]
    rest: list[RocCurve] = []
    if len(named) > _MOST_NAMED_CURVES:
        named.sort(key=lambda pair: pair[1].auc)
        rest = [curve for _, curve in named[_NAMED_OF_MANY:]]
        named = named[:_NAMED_OF_MANY]
    for index, curve in enumerate(rest):
        label = f"the other {len(rest)} (area ≥ {rest[0].auc:.3f})" if index == 0 else None
        ax.plot(*_points(curve), color="#bbbbbb", linewidth=0.8, label=label)
    for (name, curve), (colour, _, line) in zip(named, class_styles(len(named)), strict=True):
        label = f"{short(name)} ({curve.auc:.3f})"
        ax.plot(*_points(curve), color=colour, linestyle=line, linewidth=1.4, label=label)
    if curves.micro is not None:
        label = f"all decisions, micro ({curves.micro.auc:.3f})"
        ax.plot(*_points(curves.micro), color="black", linestyle="--", linewidth=1.8, label=label)
    ax.plot([0, 1], [0, 1], color=CHANCE, linestyle=":", linewidth=1)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
    ax.set_aspect("equal")
    ax.set_xlabel("false positive rate")
    ax.set_ylabel("true positive rate")
    if curves.micro is not None:
        ax.legend(loc="lower right", title="class (area)", title_fontsize=8, alignment="left")
    ax.set_title(title)


def learning_curve(
    ax: "Axes",
    n_train: ArrayLike,
    train: ArrayLike,
    validation: ArrayLike,
    *,
    metric: str = "balanced accuracy",
    chance: float | None = None,
    title: str = "",
) -> None:
    """Draw the score against the number of training segments.

    The line is the mean over folds, the band runs from the worst fold to the best.

    Parameters
    ----------
    n_train
        training segments, shape (k,)
    train, validation
        scores, shape (k, n_folds), 0..1
    """
    _train_and_validation(ax, n_train, train, validation, chance)
    size = np.asarray(n_train, np.float64)
    ax.set_xlim(0, size.max() * 1.05)
    ax.set_xlabel("training segments")
    ax.set_ylabel(metric)
    ax.set_title(title)


def regularisation_curve(
    ax: "Axes",
    values: ArrayLike,
    train: ArrayLike,
    validation: ArrayLike,
    *,
    parameter: str,
    chosen: float | None = None,
    metric: str = "balanced accuracy",
    chance: float | None = None,
    title: str = "",
) -> None:
    """Draw the score against a regularisation parameter, on a logarithmic axis.

    Parameters
    ----------
    values
        of the parameter, shape (k,), above 0
    train, validation
        scores, shape (k, n_folds), 0..1
    parameter
        its name
    chosen
        the value in use
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax.set_xscale("log")
    if chosen is not None:
        ax.axvline(chosen, color=CHANCE, linewidth=1, label=f"in use ({chosen:g})")
    _train_and_validation(ax, values, train, validation, chance)
    ax.xaxis.set_major_locator(LogLocator(base=10, numticks=9))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel(parameter)
    ax.set_ylabel(metric)
    ax.set_title(title)


def _train_and_validation(
    ax: "Axes", x: ArrayLike, train: ArrayLike, validation: ArrayLike, chance: float | None
) -> None:
    where = np.asarray(x, np.float64)
    order = np.argsort(where, kind="stable")
    for name, scores, colour, marker in (
        ("training", train, OKABE_ITO[1], "D"),
        ("validation", validation, OKABE_ITO[0], "o"),
    ):
        folds = np.asarray(scores, np.float64)[order]
        ax.fill_between(
            where[order], folds.min(axis=1), folds.max(axis=1), color=colour, alpha=0.18, lw=0
        )
        ax.plot(
            where[order], folds.mean(axis=1), color=colour, marker=marker, markersize=5, label=name
        )
    if chance is not None:
        ax.axhline(chance, color=CHANCE, linestyle="--", linewidth=1, label="chance")
    ax.set_ylim(-0.02, 1.02)
    legend_below(ax, last="chance")


def _points(curve: RocCurve) -> tuple[np.ndarray, np.ndarray]:
    return curve.false_positive_rate, curve.true_positive_rate
