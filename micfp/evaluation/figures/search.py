"""What one axis of a search changes: the scores of the trials that have each of its values."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from micfp.evaluation.figures.style import OKABE_ITO, legend_below, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_AXIS_ROWS = 20
"""Values of a numeric axis that still get a row each."""
LONGEST_VALUE = 44
DOT: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 4,
    "markeredgewidth": 0,
    "color": OKABE_ITO[0],
}
DIAMOND: dict[str, Any] = {
    "linestyle": "none",
    "marker": "D",
    "markeredgecolor": "white",
    "color": OKABE_ITO[1],
}


def axis_values(
    ax: "Axes", scores: Mapping[str, Sequence[float]], *, axis: str, metric: str
) -> None:
    """Draw a row for each value: every trial (dot), their median (line), the best (diamond).

    Parameters
    ----------
    scores
        0..1, by value of the axis
    """
    for row, of_value in enumerate(scores.values()):
        values = np.asarray(of_value, np.float64)
        # An even spread below each other, so that the same trials give the same figure.
        beside = row + (np.arange(len(values)) % 7 - 3) * 0.07
        first = row == 0
        ax.plot(
            values,
            beside,
            **DOT,
            alpha=0.45,
            label="a trial" if first else None,
        )
        middle = float(np.median(values))
        ax.plot(
            [middle, middle],
            [row - 0.32, row + 0.32],
            color="black",
            linewidth=2,
            label="median" if first else None,
        )
        ax.plot(
            values.max(),
            row,
            **DIAMOND,
            markersize=6,
            label="best" if first else None,
            zorder=3,
        )
    names = [
        f"{short(value, LONGEST_VALUE)}\n{len(trials)} trial{'s' if len(trials) > 1 else ''}"
        for value, trials in scores.items()
    ]
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlabel(metric)
    ax.set_ylabel(axis)
    _room(ax, [score for trials in scores.values() for score in trials])
    legend_below(ax)


def axis_curve(
    ax: "Axes", scores: Mapping[str, Sequence[float]], *, axis: str, metric: str
) -> None:
    """Draw every trial over its number on the axis, logarithmic where that spans decades.

    Parameters as in `axis_values`.
    """
    value = np.array([float(number) for number, trials in scores.items() for _ in trials])
    score = np.array([score for trials in scores.values() for score in trials])
    ax.plot(
        value,
        score,
        **DOT,
        alpha=0.6,
        label="a trial",
    )
    best = int(score.argmax())
    ax.plot(
        value[best],
        score[best],
        **DIAMOND,
        markersize=7,
        label="best",
    )
    if value.min() > 0 and value.max() / value.min() > 50:
        ax.set_xscale("log")
    ax.set_xlabel(axis)
    ax.set_ylabel(metric)
    legend_below(ax)


def _room(ax: "Axes", values: Sequence[float]) -> None:
    """Show the range from the worst trial to the best: how much a value matters here."""
    low, high = min(values), max(values)
    margin = 0.05 * max(high - low, 0.02)
    ax.set_xlim(low - margin, min(high + margin, 1.0 + margin))
