"""A measure against seconds of audio, a line per training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from micfp.evaluation.figures.findings import Facts, extremes
from micfp.evaluation.figures.style import CHANCE, MARKERS, OKABE_ITO, error_lengths, legend_right

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVEL_LINES = (":", "-.")


@dataclass(frozen=True)
class Curve:
    """A line.

    Attributes
    ----------
    seconds
        of audio, shape (n,), above 0
    values, low, high
        of the measure and, where there are any, the ends of its interval, shape (n,)
    """

    name: str
    seconds: NDArray[np.float64]
    values: NDArray[np.float64]
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    dashed: bool = False


def extremes_of_curves(curves: Sequence[Curve]) -> Facts:
    """Where the highest and the lowest value of all curves are, in words."""
    names = [f"{curve.name} of {seconds:g} s" for curve in curves for seconds in curve.seconds]
    return extremes(names, np.concatenate([curve.values for curve in curves]))


def against_seconds(
    ax: "Axes",
    curves: Sequence[Curve],
    *,
    measure: str,
    levels: Mapping[str, float],
    whole: bool = True,
) -> None:
    """Draw curves over a logarithmic axis of seconds; full and dashed ones have own colours.

    Parameters
    ----------
    measure
        name of the values
    levels
        values that lines are drawn at, by name
    whole
        whether the axis reaches to 1
    """
    from matplotlib.ticker import FixedLocator, NullLocator

    colour_of = {True: iter(OKABE_ITO), False: iter(OKABE_ITO)}
    marker_of = {True: iter(MARKERS), False: iter(MARKERS)}
    for curve in curves:
        lengths = None
        if curve.low is not None and curve.high is not None:
            lengths = error_lengths(curve.values, curve.low, curve.high)
        ax.errorbar(
            curve.seconds,
            curve.values,
            yerr=lengths,
            color=next(colour_of[curve.dashed]),
            marker=next(marker_of[curve.dashed]),
            markerfacecolor="none" if curve.dashed else None,
            linestyle="--" if curve.dashed else "-",
            markersize=5,
            capsize=2,
            label=curve.name,
        )
    for (name, level), line in zip(levels.items(), LEVEL_LINES, strict=False):
        ax.axhline(level, color=CHANCE, linestyle=line, linewidth=1, label=name)
    ax.set_xscale("log")
    ticks = sorted({float(value) for curve in curves for value in curve.seconds})
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticklabels([f"{value:g}" for value in ticks])
    ax.set_xlabel("test audio (s)")
    ax.set_ylabel(measure)
    top = max(float(whole), *(float(np.nanmax(curve.values)) for curve in curves))
    ax.set_ylim(-0.02 * top, 1.04 * top)
    legend_right(ax, len(curves) + len(levels))
