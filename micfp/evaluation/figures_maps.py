"""Maps of segments in two dimensions, coloured by class."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micfp.evaluation.figure_style import OKABE_ITO, class_styles, label_size, legend_right, short

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
    """Segments on the first two principal components.

    `points` (n, 2), `labels` (n,); `explained`: share of the variance of each component, 0..1;
    `classes`: order of the classes, sorted labels by default.
    """
    _map(ax, points, labels, classes)
    ax.set_xlabel(f"first principal component ({explained[0]:.0%} of the variance)")
    ax.set_ylabel(f"second principal component ({explained[1]:.0%})")
    if title:
        ax.set_title(title)


def tsne_map(
    ax: "Axes",
    points: ArrayLike,
    labels: ArrayLike,
    *,
    classes: Sequence[str] | None = None,
    title: str = "",
) -> None:
    """Segments by t-SNE: who lies beside whom; distances between groups mean nothing.

    Arguments as `pca_map`.
    """
    _map(ax, points, labels, classes)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlabel("t-SNE 1 (no unit)")
    ax.set_ylabel("t-SNE 2 (no unit)")
    if title:
        ax.set_title(title)


def _map(ax: "Axes", points: ArrayLike, labels: ArrayLike, classes: Sequence[str] | None) -> None:
    where, names = np.asarray(points, np.float64), np.asarray(labels).astype(str)
    shown = list(classes) if classes is not None else sorted(set(names.tolist()))
    size = float(np.interp(len(where), [200, 5000], [22.0, 6.0]))
    centres = []
    for name, (colour, marker, _) in zip(shown, class_styles(len(shown)), strict=True):
        own = where[names == name]
        ax.scatter(
            own[:, 0],
            own[:, 1],
            s=size,
            color=colour,
            marker=marker,
            alpha=0.75,
            edgecolors="#333333",
            linewidths=0.2,
            label=short(name),
        )
        centres.append(np.median(own, axis=0) if len(own) else np.full(2, np.nan))
    if len(shown) <= _MOST_IN_LEGEND:
        legend_right(ax, len(shown))
    else:
        _name_centres(ax, [short(name) for name in shown], np.array(centres))


def _name_centres(ax: "Axes", names: Sequence[str], centres: NDArray[np.float64]) -> None:
    """Write each name as near its centre as it fits without covering another."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # settles the layout, so that pixels can be measured
    scale = 72 / figure.dpi
    taken: list[Bbox] = []
    frame = ax.get_window_extent()
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
            bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.75},
            arrowprops={
                "arrowstyle": "-",
                "color": "#333333",
                "lw": 0.5,
                "shrinkA": 0,
                "shrinkB": 0,
            },
            zorder=5,
        )
        text.set_in_layout(False)
        box = text.get_window_extent()
        for dx, dy in _spiral():
            moved = box.translated(dx / scale, dy / scale)
            inside = frame.x0 <= moved.x0 and moved.x1 <= frame.x1
            inside = inside and frame.y0 <= moved.y0 and moved.y1 <= frame.y1
            if inside and not any(moved.overlaps(other) for other in taken):
                break
        else:
            dx, dy, moved = 0.0, 0.0, box
        text.set_position((dx, dy))
        taken.append(moved)


def _spiral() -> list[tuple[float, float]]:
    """Offsets in points, the nearest first; wider than high, as names are."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False) + np.pi / 2
    rings = [(r * 1.4 * np.cos(a), r * np.sin(a)) for r in range(6, 200, 6) for a in angles]
    return [(0.0, 0.0), *((float(x), float(y)) for x, y in rings)]
