"""What all figures share: style, size, colours, labels and saving.

A figure is made so:

    with house_style():
        figure, ax = new_figure(figure_size(n_classes))
        confusion_matrix(ax, matrix, classes)
        save(figure, path)

Colours are those of Okabe and Ito (2008), told apart with any colour vision; more than eight
classes are told apart by colour and marker together. Matrices are shaded from light to dark.
"""

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micfp.errors import MicfpError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

# Yellow, the faintest on white, comes last.
OKABE_ITO = (
    "#0072B2",  # blue
    "#D55E00",  # vermilion
    "#009E73",  # bluish green
    "#CC79A7",  # reddish purple
    "#E69F00",  # orange
    "#56B4E9",  # sky blue
    "#000000",  # black
    "#F0E442",  # yellow
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
LINES = ("-", "--", "-.", ":")
CHANCE = "#666666"
DPI = 200  # twice what a page shows an inch of a figure as
LONGEST_LABEL = 24
MOST_WRAPPED = 20  # rows whose labels have room for two lines

_RC: dict[str, object] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "text.parse_math": False,  # a device may have a $ in its name
    "svg.hashsalt": "micfp",
    "path.simplify": True,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Set fonts, sizes and grid of every figure, whatever the user's matplotlibrc says."""
    from matplotlib import style as mpl_style

    with mpl_style.context(["default", _RC]):
        yield


def new_figure(size: tuple[float, float]) -> "tuple[Figure, Axes]":
    """Make a figure of `size` (width, height) in inches and its axes, without a window."""
    figure, grid = new_grid(1, 1, size)
    return figure, grid[0, 0]


def new_grid(
    rows: int, columns: int, size: tuple[float, float]
) -> "tuple[Figure, NDArray[np.object_]]":
    """Make a figure of `size` in inches with axes in a grid, shape (rows, columns)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="compressed")  # as constrained, and keeps square axes
    return figure, np.asarray(figure.subplots(rows, columns, squeeze=False))


def figure_size(n_classes: int) -> tuple[float, float]:
    """Return width and height in inches of a matrix of `n_classes` rows, with its labels."""
    side = min(max(0.55 * n_classes, 2.6), 0.2 * n_classes + 2.6)
    return side + 2.6, side + 1.7


def list_size(n_rows: int, row_height: float = 0.27, width: float = 7.0) -> tuple[float, float]:
    """Return width and height in inches of a figure with one line of text per row."""
    return width, 1.2 + row_height * max(n_rows, 3)


def save(figure: "Figure", path: Path) -> None:
    """Write an SVG, or a PNG of 200 dpi, by its suffix: the same figure gives the same bytes.

    Raises
    ------
    MicfpError
        for another suffix
    """
    metadata: dict[str, dict[str, str | None]] = {
        ".png": {"Software": None},
        ".svg": {"Date": None, "Creator": None},
    }
    if path.suffix not in metadata:
        raise MicfpError(f"{path}: a figure is saved as .png or .svg")
    with house_style():
        figure.savefig(path, metadata=metadata[path.suffix], bbox_inches="tight", pad_inches=0.06)


def class_styles(n_classes: int) -> list[tuple[str, str, str]]:
    """Return colour, marker and line style of each class.

    Eight colours and nine markers repeat side by side: 72 pairs before one comes again.
    """
    return [
        (
            OKABE_ITO[index % len(OKABE_ITO)],
            MARKERS[index % len(MARKERS)],
            LINES[index // len(OKABE_ITO) % len(LINES)],
        )
        for index in range(n_classes)
    ]


def shades() -> "Colormap":
    """Return light to dark blue, even to any colour vision: white below range, grey for NaN.

    The lightest shade differs from white, so that a single error is seen.
    """
    import matplotlib
    from matplotlib.colors import ListedColormap

    blues = matplotlib.colormaps["Blues"](np.linspace(0.13, 1.0, 256))
    return ListedColormap(blues).with_extremes(bad="#d4d4d4", under="#ffffff")


def short(label: str, longest: int = LONGEST_LABEL) -> str:
    """Cut the middle out of a label, to at most `longest` characters: its ends tell units apart."""
    if len(label) <= longest:
        return label
    head = (longest - 1) // 2
    return f"{label[:head]}…{label[len(label) - (longest - 1 - head) :]}"


def wrapped(label: str, longest: int = LONGEST_LABEL) -> str:
    """Set a label in two lines where one is too short for it, each of at most `longest`."""
    first, *rest = textwrap.wrap(label, longest, break_long_words=False) or [""]
    return "\n".join(short(line, longest) for line in (first, " ".join(rest)) if line)


def label_size(n_classes: int) -> float:
    """Return the font size in points of class labels: 8 up to 20 classes, 6 at 45 and more."""
    return float(np.interp(n_classes, [20, 45], [8.0, 6.0]))


def ink_on(shade: tuple[float, float, float, float]) -> str:
    """Return black or white, whichever is read better on a colour.

    By the relative luminance of WCAG 2, white below 0.22: on blue, white is read a little better
    than contrast alone says (0.18).

    Parameters
    ----------
    shade
        red, green, blue, opacity, 0..1
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shade[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "white" if luminance < 0.22 else "black"


def error_lengths(value: ArrayLike, low: ArrayLike, high: ArrayLike) -> NDArray[np.float64]:
    """Return the lengths of error bars below and above `value`, shape (2, n).

    Parameters
    ----------
    value, low, high
        shape (n,); NaN bounds where there is no interval, whose lengths are 0
    """
    value, low, high = (np.asarray(a, np.float64) for a in (value, low, high))
    return np.nan_to_num(np.maximum(np.stack([value - low, high - value]), 0.0))


def frequency_axis(ax: "Axes", low_hz: float, high_hz: float) -> None:
    """Make x a logarithmic frequency axis with ticks that people read: 50 100 200 ... 10k 20k."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    ax.set_xscale("log")
    ax.set_xlim(low_hz, high_hz)
    ticks = [d * 10.0**p for p in range(6) for d in (1, 2, 5) if low_hz <= d * 10.0**p <= high_hz]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda hz, _: hertz(hz)))
    ax.set_xlabel("frequency (Hz)")


def hertz(frequency_hz: float) -> str:
    """Write a frequency as on a tick: 500, 1k, 2.5k."""
    if frequency_hz < 1000:
        return f"{frequency_hz:g}"
    return f"{frequency_hz / 1000:g}k"


def legend_right(ax: "Axes", n_entries: int) -> None:
    """Put the legend beside the axes, where it hides nothing, in columns of 24 names."""
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0.0,
        ncols=1 + (n_entries - 1) // 24,
        fontsize=label_size(n_entries),
    )


def legend_below(ax: "Axes", last: str = "", offset_points: float = 38.0, columns: int = 5) -> None:
    """Put the legend under the axis label, where it hides nothing.

    Parameters
    ----------
    last
        name that ends it
    offset_points
        distance from the axes
    columns
        most names per row
    """
    from matplotlib.transforms import ScaledTranslation

    entries = list(zip(*ax.get_legend_handles_labels(), strict=True))
    entries.sort(key=lambda entry: entry[1] == last)
    below = ax.transAxes + ScaledTranslation(0, -offset_points / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        [handle for handle, _ in entries],
        [label for _, label in entries],
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        bbox_transform=below,
        borderaxespad=0.0,
        ncols=min(len(entries), columns),
    )


def set_row_labels(ax: "Axes", labels: Sequence[str]) -> None:
    """Write names along y, of a line or several, at 0, 1, 2 ..., the first on top."""
    size = label_size(len(labels))
    # of more rows two lines would meet those above and below
    fitted = wrapped if len(labels) <= MOST_WRAPPED else short
    names = ["\n".join(map(fitted, label.split("\n"))) for label in labels]
    ax.set_yticks(range(len(labels)), names, fontsize=size)
    ax.set_ylim(len(labels) - 0.5, -0.5)
