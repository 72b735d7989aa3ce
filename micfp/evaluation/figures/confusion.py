"""Matrices: who is taken for whom, and the report per class."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from micfp.evaluation.figures.style import ink_on, label_size, set_row_labels, shades, short
from micfp.evaluation.metrics import normalise_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

MOST_CLASSES_WITH_NUMBERS = 12
# Cells below this stay white, so that every error stands out.
_NOTHING = 1e-9


def confusion_matrix(
    ax: "Axes",
    confusion: ArrayLike,
    classes: Sequence[str],
    *,
    counts: bool = False,
    title: str = "",
) -> None:
    """Draw a confusion matrix, rows true, shaded by the share of each true class.

    Up to 12 classes have numbers; a true class without rows is grey.

    Parameters
    ----------
    confusion
        counts, or shares (a pooled matrix), shape (n_classes, n_classes)
    counts
        whether the numbers are written as they are and not as shares
    """
    given = np.asarray(confusion, dtype=np.float64)
    shares = normalise_rows(given)
    n = len(classes)
    image = _shade(ax, shares, "equal")
    names = [short(name) for name in classes]
    upright = n > 6 or max(map(len, names)) > 8
    ax.set_xticks(
        range(n),
        names,
        rotation=90 if n > MOST_CLASSES_WITH_NUMBERS else 45 if upright else 0,
        ha="center" if n > MOST_CLASSES_WITH_NUMBERS or not upright else "right",
        rotation_mode="anchor" if upright and n <= MOST_CLASSES_WITH_NUMBERS else "default",
        fontsize=label_size(n),
    )
    set_row_labels(ax, classes)
    ax.set_xlabel("named as")
    ax.set_ylabel("true")
    ax.set_title(title)
    _cell_borders(ax, n, n)
    if n <= MOST_CLASSES_WITH_NUMBERS:
        _write_numbers(
            ax, shares, [[_number(v, counts) for v in row] for row in (given if counts else shares)]
        )
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.04, pad=0.02)
    bar.set_ticks(
        [_NOTHING, 0.2, 0.4, 0.6, 0.8, 1.0], labels=[f"{v:.1f}" for v in np.linspace(0, 1, 6)]
    )
    bar.set_label("share of the true class")
    bar.outline.set_visible(False)


def class_report(
    ax: "Axes",
    classes: Sequence[str],
    precision: ArrayLike,
    recall: ArrayLike,
    f1: ArrayLike,
    support: ArrayLike,
    *,
    title: str = "",
) -> None:
    """Draw precision, recall and F1 of each class as a shaded table.

    Parameters
    ----------
    precision, recall, f1
        shape (n_classes,), 0..1; NaN is a grey cell with a dash
    support
        rows of each class, shape (n_classes,)
    """
    names = [
        f"{name} (n = {n})"
        for name, n in zip(map(short, classes), np.asarray(support), strict=True)
    ]
    table = np.stack([np.asarray(c, np.float64) for c in (precision, recall, f1)], axis=1)
    share_table(ax, names, ["precision", "recall", "F1"], table)
    ax.set_title(title)


def share_table(ax: "Axes", rows: Sequence[str], columns: Sequence[str], shares: ArrayLike) -> None:
    """Draw shares as a shaded table.

    Parameters
    ----------
    rows, columns
        their names
    shares
        shape (n_rows, n_columns), 0..1; NaN is a grey cell with a dash
    """
    table = np.asarray(shares, np.float64)
    _shade(ax, table, "auto")
    ax.set_yticks(range(len(rows)), rows, fontsize=label_size(len(rows)))
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xticks(range(len(columns)), columns, fontsize=label_size(len(columns)))
    ax.xaxis.tick_top()
    _cell_borders(ax, *table.shape)
    _write_numbers(ax, table, [[_number(v, False) for v in row] for row in table])


def _shade(
    ax: "Axes",
    shares: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    aspect: Literal["equal", "auto"],
) -> "AxesImage":
    # without interpolation an SVG keeps one pixel a cell, with sharp edges at any size
    return ax.imshow(
        shares, cmap=shades(), vmin=_NOTHING, vmax=1.0, aspect=aspect, interpolation="none"
    )


def _number(value: float, count: bool) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:.0f}" if count else f"{value:.2f}"


def _write_numbers(
    ax: "Axes", shade: np.ndarray[tuple[int, ...], np.dtype[np.float64]], texts: list[list[str]]
) -> None:
    colours = shades()
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            value = shade[row, column]
            ink = (
                "#999999" if text in ("0", "0.00") and value < _NOTHING else ink_on(colours(value))
            )
            ax.text(
                column,
                row,
                text,
                ha="center",
                va="center",
                color=ink,
                fontsize=min(8.0, label_size(len(texts)) + 0.5),
            )


def _cell_borders(ax: "Axes", rows: int, columns: int) -> None:
    ax.grid(visible=False)
    ax.tick_params(length=0)
    ax.hlines(np.arange(rows + 1) - 0.5, -0.5, columns - 0.5, color="#e8e8e8", linewidth=0.5)
    ax.vlines(np.arange(columns + 1) - 0.5, -0.5, rows - 0.5, color="#e8e8e8", linewidth=0.5)
    ax.margins(0)
    for spine in ax.spines.values():
        spine.set_visible(False)
