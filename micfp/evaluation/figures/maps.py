"""Maps of segments in two dimensions, coloured by class."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micfp.evaluation.figures.style import OKABE_ITO, class_styles, label_size, legend_right, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

_MOST_IN_LEGEND = len(OKABE_ITO)


def pca_map(
    ax: "Axes",
    points: ArrayLike,
    labels: ArrayLike,
    explained: tuple[float, float],
    *,
    classes: Sequence[str] | None = None,
    title: str = "",
) -> None:
    """Draw segments on the first two principal components.

    Parameters
    ----------
    points
        shape (n, 2)
    labels
        class of each point, shape (n,)
    explained
        share of the variance of each component, 0..1
    classes
        their order; None: sorted
    """
    ax.set_xlabel(f"first principal component ({explained[0]:.0%} of the variance)")
    ax.set_ylabel(f"second principal component ({explained[1]:.0%})")
    ax.set_title(title)
    _map(ax, points, labels, classes)


def tsne_map(
    ax: "Axes",
    points: ArrayLike,
    labels: ArrayLike,
    *,
    classes: Sequence[str] | None = None,
    title: str = "",
) -> None:
    """Draw segments by t-SNE: who lies beside whom; distances between groups mean nothing.

    Parameters as in `pca_map`.
    """
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlabel("t-SNE 1 (no unit)")
    ax.set_ylabel("t-SNE 2 (no unit)")
    ax.set_title(title)
    _map(ax, points, labels, classes)


def _map(ax: "Axes", points: ArrayLike, labels: ArrayLike, classes: Sequence[str] | None) -> None:
    where, names = np.asarray(points, np.float64), np.asarray(labels).astype(str)
    shown = list(classes) if classes is not None else sorted(set(names.tolist()))
    size = float(np.interp(len(where), [200, 5000], [22.0, 6.0]))
    crowded = len(shown) > _MOST_IN_LEGEND
    centres = []
    for name, (colour, marker, _) in zip(shown, class_styles(len(shown)), strict=True):
        of_class = where[names == name]
        ax.scatter(
            of_class[:, 0],
            of_class[:, 1],
            s=size,
            color=colour,
            marker=marker,
            alpha=0.45 if crowded else 0.75,
            edgecolors="#333333",
            linewidths=0.2,
            label=short(name),
        )
        centres.append(np.median(of_class, axis=0) if len(of_class) else np.full(2, np.nan))
    if crowded:
        _name_centres(ax, [short(name) for name in shown], np.array(centres))
    else:
        legend_right(ax, len(shown))


def _name_centres(ax: "Axes", names: Sequence[str], centres: NDArray[np.float64]) -> None:
    """Mark each class's centre and write its name beside it, where it covers no other."""
    from matplotlib.transforms import Bbox

    figure = ax.get_figure(root=True)
    assert figure is not None
    for (x, y), (colour, marker, _) in zip(centres, class_styles(len(names)), strict=True):
        ax.scatter(
            x, y, s=48, color=colour, marker=marker, edgecolors="black", linewidths=0.9, zorder=4
        )
    figure.draw_without_rendering()  # settles the layout, so that pixels can be measured
    pixels = figure.dpi / 72
    frame = ax.get_window_extent()
    dots = ax.transData.transform(centres)
    taken = [
        Bbox.from_extents(x - 4 * pixels, y - 4 * pixels, x + 4 * pixels, y + 4 * pixels)
        for x, y in dots
    ]
    for name, centre in zip(names, centres, strict=True):
        if np.isnan(centre).any():
            continue
        text = ax.annotate(
            name,
            xy=(float(centre[0]), float(centre[1])),
            xytext=(0.0, 0.0),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=label_size(len(names)) + 0.5,
            bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.7},
            arrowprops={"arrowstyle": "-", "color": "black", "lw": 0.6, "shrinkA": 0, "shrinkB": 3},
            zorder=5,
        )
        text.set_in_layout(False)
        box = text.get_window_extent()
        offset, place = _free_place(box, frame, taken, pixels)
        text.set_position(offset)
        taken.append(place)


def _free_place(
    box: "Bbox", frame: "Bbox", taken: "Sequence[Bbox]", pixels: float
) -> tuple[tuple[float, float], "Bbox"]:
    """Offset in points that brings `box` inside the frame and off the places taken; the nearest.

    `pixels`: a point. Where there is no such place the name stands above its centre.
    """
    for dx, dy in _spiral():
        place = box.translated(dx * pixels, dy * pixels)
        inside = frame.x0 <= place.x0 and place.x1 <= frame.x1
        inside = inside and frame.y0 <= place.y0 and place.y1 <= frame.y1
        if inside and not any(place.overlaps(other) for other in taken):
            return (dx, dy), place
    dx, dy = _spiral()[0]
    return (dx, dy), box.translated(dx * pixels, dy * pixels)


@cache
def _spiral() -> tuple[tuple[float, float], ...]:
    """Offsets in points, the nearest first; wider than high, as names are."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False) + np.pi / 2
    radii = range(9, 240, 5)
    return tuple((float(1.4 * r * np.cos(a)), float(r * np.sin(a))) for r in radii for a in angles)
