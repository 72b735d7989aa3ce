"""A clustering as files: a table, and a dendrogram."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from micfp.casework.cluster.clustering import Clustering, Tree
from micfp.errors import printable
from micfp.evaluation.figures import house_style, list_size, new_figure, save
from micfp.evaluation.figures.style import OKABE_ITO, short
from micfp.evidence.bounds import Bounds
from micfp.written import writing_into

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TABLE, FIGURE = "clusters.csv", "dendrogram.png"
MOST_DRAWN = 150
"""Recordings; of more, branches of several are drawn as one."""
_APART = "#888888"


def write(found: Clustering, limits: Bounds, folder: Path) -> list[Path]:
    """Write `clusters.csv`, and `dendrogram.png` where there is a tree; their paths.

    Parameters
    ----------
    found
        What is said.
    limits
        Within which log10 LRs may be stated: the figure shows none beyond.
    folder
        Made where it is not there.

    Raises
    ------
    MicfpError
        The folder cannot be written.
    """
    with writing_into(folder):
        return _written(found, limits, folder)


def _written(found: Clustering, limits: Bounds, folder: Path) -> list[Path]:
    table = folder / TABLE
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("path", "sha256", "cluster", "refused", "warnings"))
        for one in found.recordings:
            said = ("" if one.refused is None else printable(one.refused), *one.warnings)
            rows.writerow(
                (
                    printable(one.path),
                    one.sha256 or "",
                    "" if one.cluster is None else one.cluster,
                    said[0],
                    printable("; ".join(said[1:])),
                )
            )
    if found.tree is None or len(found.tree.merges) == 0:
        return [table]
    _draw(found, found.tree, limits, folder / FIGURE)
    return [table, folder / FIGURE]


def _draw(found: Clustering, tree: Tree, limits: Bounds, path: Path) -> None:
    from scipy.cluster.hierarchy import dendrogram

    n = len(tree.paths)
    number = {one.path: one.cluster or 0 for one in found.recordings}
    merges = tree.merges.copy()
    shown = limits.clip(merges[:, 2])
    merges[:, 2] = limits.upper - shown  # a distance
    of_node = _groups_of_nodes(tree, [number[one] for one in tree.paths], found.threshold)
    with house_style():
        figure, ax = new_figure(list_size(min(n, MOST_DRAWN), row_height=0.2, width=7.5))
        dendrogram(
            merges,
            p=MOST_DRAWN,
            truncate_mode="lastp" if n > MOST_DRAWN else None,
            orientation="left",
            ax=ax,
            link_color_func=lambda node: _colour(of_node[node]),
            leaf_label_func=lambda node: _label(node, tree, of_node),
            leaf_font_size=7,
        )
        ax.axvline(limits.upper - found.threshold, color="black", linestyle="--", linewidth=0.8)
        _log10_lr_axis(ax, limits)
        ax.grid(False, axis="y")
        undecided = sum(one.cluster is None for one in found.recordings)
        beside = f"; {undecided} cannot be decided and are not shown" if undecided else ""
        ax.set_title(f"{n} different recordings, {found.n_clusters} groups{beside}")
        save(figure, path)


def _log10_lr_axis(ax: "Axes", limits: Bounds) -> None:
    ticks = np.arange(np.ceil(2 * limits.lower), 2 * limits.upper + 1e-9) / 2
    ax.set_xticks(limits.upper - ticks, [f"{tick:+.1f}" for tick in ticks])
    ax.set_xlim(limits.upper - limits.lower + 0.05, -0.05)
    ax.set_xlabel(
        f"mean log10 LR of the pairs that are joined, within {limits.lower:+.1f} and "
        f"{limits.upper:+.1f}; dashed: from here on groups are one"
    )


def _groups_of_nodes(tree: Tree, number: list[int], threshold: float) -> list[int]:
    """Number of the group that leaves and merges lie in; 0 for merges of several groups."""
    found = list(number)
    for first, second, log10_lr, _ in tree.merges:
        one = found[int(first)] if log10_lr >= threshold else 0
        found.append(one if one == found[int(second)] else 0)
    return found


def _colour(group: int) -> str:
    return OKABE_ITO[(group - 1) % 7] if group else _APART


def _label(node: int, tree: Tree, of_node: list[int]) -> str:
    n = len(tree.paths)
    if node < n:
        name = short(printable(Path(tree.paths[node]).name), 40)
    else:
        name = f"{int(tree.merges[node - n, 3])} recordings"
    return f"{of_node[node]} · {name}" if of_node[node] else name
