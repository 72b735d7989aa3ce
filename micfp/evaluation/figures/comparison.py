"""Scores side by side: classifiers, splits, and the pair of identical units."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from micfp.evaluation.figures.style import (
    CHANCE,
    MARKERS,
    OKABE_ITO,
    error_lengths,
    legend_below,
    set_row_labels,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def classifier_comparison(
    ax: "Axes",
    names: Sequence[str],
    score: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    train_score: ArrayLike | None = None,
    chance: float | None = None,
    metric: str = "balanced accuracy",
    title: str = "",
) -> None:
    """Draw the test score of each classifier with its interval, the best on top.

    The numbers stand on the right.

    Parameters
    ----------
    score, low, high
        score and the ends of its interval, shape (n,), 0..1; NaN ends where there is no interval
    train_score
        shape (n,), 0..1, drawn as open markers
    """
    value, below, above = (np.asarray(a, np.float64) for a in (score, low, high))
    order = np.argsort(-value, kind="stable")
    rows = np.arange(len(order))
    value, below, above = value[order], below[order], above[order]
    ax.errorbar(
        value,
        rows,
        xerr=error_lengths(value, below, above),
        fmt="o",
        color=OKABE_ITO[0],
        capsize=3,
        label="test, with interval",
        zorder=3,
    )
    if train_score is not None:
        ax.plot(
            np.asarray(train_score, np.float64)[order],
            rows,
            linestyle="none",
            marker="D",
            markerfacecolor="none",
            markersize=7,
            color=OKABE_ITO[1],
            label="training",
            zorder=2,
        )
    if chance is not None:
        ax.axvline(chance, color=CHANCE, linestyle="--", linewidth=1, label="chance")
    set_row_labels(ax, [names[index] for index in order])
    _share_axis(ax, metric)
    beside = ax.secondary_yaxis("right")
    beside.set_yticks(rows, [_with_interval(*v) for v in zip(value, below, above, strict=True)])
    beside.tick_params(length=0)
    beside.spines["right"].set_visible(False)
    ax.set_title(title)
    legend_below(ax, last="chance")


def split_comparison(
    ax: "Axes",
    classifiers: Sequence[str],
    splits: Sequence[str],
    score: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    chance: float | None = None,
    metric: str = "balanced accuracy",
    title: str = "",
) -> None:
    """Draw the same classifiers under every split: what an easy split hides.

    Parameters
    ----------
    score, low, high
        score and the ends of its interval, shape (n_classifiers, n_splits), 0..1; NaN where a
        split was not possible
    """
    value, below, above = (np.asarray(a, np.float64) for a in (score, low, high))
    step = 0.7 / max(len(splits), 1)
    for index, split in enumerate(splits):
        rows = np.arange(len(classifiers)) + (index - (len(splits) - 1) / 2) * step
        known = ~np.isnan(value[:, index])
        ax.errorbar(
            value[known, index],
            rows[known],
            xerr=error_lengths(value[known, index], below[known, index], above[known, index]),
            fmt=MARKERS[index % len(MARKERS)],
            color=OKABE_ITO[index % len(OKABE_ITO)],
            markersize=5,
            capsize=2,
            label=split,
            zorder=3,
        )
    for boundary in np.arange(len(classifiers) - 1) + 0.5:
        ax.axhline(boundary, color="#cccccc", linewidth=0.6)
    if chance is not None:
        ax.axvline(chance, color=CHANCE, linestyle="--", linewidth=1, label="chance")
    set_row_labels(ax, classifiers)
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    _share_axis(ax, metric)
    ax.set_title(title)
    legend_below(ax, last="chance")


def unit_deviation(
    ax: "Axes",
    deviation_db: ArrayLike,
    accuracy: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    chance: float = 0.5,
    chance_low: float | None = None,
    chance_high: float | None = None,
    title: str = "",
) -> None:
    """Draw how well two units of one model are told apart, by how far their responses differ.

    Parameters
    ----------
    deviation_db
        between the units, dB rms, shape (n,)
    accuracy, low, high
        accuracy within the pair and the ends of its interval, shape (n,), 0..1
    chance_low, chance_high
        range of accuracies that guessing reaches
    """
    deviation, value = np.asarray(deviation_db, np.float64), np.asarray(accuracy, np.float64)
    order = np.argsort(deviation, kind="stable")
    if chance_low is not None and chance_high is not None:
        ax.axhspan(
            chance_low, chance_high, color=CHANCE, alpha=0.15, lw=0, label="what guessing reaches"
        )
    ax.axhline(chance, color=CHANCE, linestyle="--", linewidth=1, label="chance")
    lengths = error_lengths(value, low, high)
    ax.errorbar(
        deviation[order],
        value[order],
        yerr=lengths[:, order],
        fmt="o-",
        color=OKABE_ITO[0],
        capsize=3,
        label="the pair, with interval",
        zorder=3,
    )
    ax.set_xlabel("difference between the units (dB rms)")
    ax.set_ylabel("accuracy within the pair")
    ax.set_ylim(-0.02, 1.02)
    margin = 0.05 * max(float(np.ptp(deviation)), 0.1)
    ax.set_xlim(deviation.min() - margin, deviation.max() + margin)
    ax.set_xticks(deviation[order], [f"{d:g}" for d in deviation[order]])
    ax.set_title(title)
    legend_below(ax, last="chance")


def _share_axis(ax: "Axes", metric: str) -> None:
    """Show the whole of 0..1: an axis that begins at 0.9 makes small differences look large."""
    ax.set_xlim(-0.02, 1.02)
    ax.set_xticks(np.linspace(0, 1, 6))
    ax.set_xlabel(metric)


def _with_interval(value: float, low: float, high: float) -> str:
    if np.isnan(low) or np.isnan(high):
        return f"{value:.3f}"
    return f"{value:.3f} ({low:.3f}–{high:.3f})"
