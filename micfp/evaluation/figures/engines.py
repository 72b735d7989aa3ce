"""The fast engines beside the reference: how much they differ, and how long each takes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from micfp.evaluation.figures.style import CHANCE, OKABE_ITO, legend_below, set_row_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def engine_differences(
    ax: "Axes", families: Sequence[str], relative: ArrayLike, *, limit: float
) -> None:
    """Draw the largest relative difference of each family; the numbers stand on the right.

    Parameters
    ----------
    relative
        shape (n,), at least 0, or NaN; zero has no dot on the logarithmic axis
    limit
        drawn as a dashed line
    """
    value = np.asarray(relative, np.float64)
    shown = np.isfinite(value) & (value > 0)
    rows = np.arange(len(value))
    ax.plot(
        value[shown],
        rows[shown],
        linestyle="none",
        marker="o",
        color=OKABE_ITO[0],
        label="largest relative difference",
        zorder=3,
    )
    ax.axvline(limit, color=CHANCE, linestyle="--", linewidth=1, label=f"wanted: below {limit:g}")
    set_row_labels(ax, [name.replace("_", " ") for name in families])
    _logarithmic(ax)
    ax.set_xlim(min(1e-9, *(value[shown] / 3)), max(3 * limit, *(3 * value[shown])))
    ax.set_xlabel("difference over the RMS of the column")
    _numbers_beside(ax, [_plain(v, digits=2) for v in value])
    legend_below(ax, last=f"wanted: below {limit:g}")


def engine_seconds(
    ax: "Axes", names: Sequence[str], fast_s: ArrayLike, reference_s: ArrayLike
) -> None:
    """Draw how long both engines take, on a logarithmic axis.

    How many times faster the fast one is stands on the right.

    Parameters
    ----------
    names
        what is timed
    fast_s, reference_s
        seconds, shape (n,), at least 0
    """
    fast, reference = np.asarray(fast_s, np.float64), np.asarray(reference_s, np.float64)
    rows = np.arange(len(names))
    ax.hlines(rows, fast, reference, color="#cccccc", linewidth=2, zorder=1)
    for seconds, marker, colour, label in (
        (fast, "o", OKABE_ITO[0], "fast"),
        (reference, "s", OKABE_ITO[1], "pydub, librosa"),
    ):
        ax.plot(seconds, rows, linestyle="none", marker=marker, color=colour, label=label)
    set_row_labels(ax, [name.replace("_", " ") for name in names])
    _logarithmic(ax)
    ax.set_xlabel("processor time (s)")
    with np.errstate(divide="ignore", invalid="ignore"):
        times = reference / fast
    _numbers_beside(ax, [f"{ratio:.{0 if ratio >= 10 else 1}f} times" for ratio in times])
    legend_below(ax)


def _logarithmic(ax: "Axes") -> None:
    """Powers of ten along x, written without mathematics: 1e-6, 0.01, 10."""
    from matplotlib.ticker import FuncFormatter

    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _plain(value)))


def _plain(value: float, digits: int = 6) -> str:
    """Write a number in few characters: 1e-6 for 1e-06."""
    return f"{value:.{digits}g}".replace("e-0", "e-").replace("e+0", "e+")


def _numbers_beside(ax: "Axes", numbers: Sequence[str]) -> None:
    """Write a number at the right end of each row."""
    beside = ax.secondary_yaxis("right")
    beside.set_yticks(range(len(numbers)), numbers)
    beside.tick_params(length=0)
    beside.spines["right"].set_visible(False)
