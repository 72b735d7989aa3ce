"""Average linkage of recordings by the log10 LRs of their pairs.

Two groups are merged while the mean log10 LR of the pairs between them is the greatest there is,
and is above a threshold. A mean above it needs a pair above it: groups never reach across what no
such pair joins. So recordings are dealt into parts first, pair by pair, and each part is linked by
itself, with the very result that all together would have; memory follows the largest part.

References
----------
Sokal and Michener (1958), A statistical method for evaluating systematic relationships (average
linkage). Murtagh (1983), A survey of recent advances in hierarchical clustering algorithms
(reducibility: what is merged in a part does not hang on the others).
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from micfp.errors import MicfpError
from micfp.fingerprint.weighed.every_pair import PairBlock

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
WHOLE = 2000
"""So many recordings or fewer are one part, and have one tree: 16 MB."""
MOST_IN_A_PART = 20_000
"""Of more, the pairs of a part take more than 3 GB."""
Blocks = Callable[[Ints], Iterable[PairBlock]]
"""The pairs of some recordings (n,), numbered from 0 in their order."""


def parts(n: int, blocks: Iterable[PairBlock], threshold: float) -> Ints:
    """Number (n,) of the part of each recording: those joined by pairs above a threshold."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    part = np.arange(n)
    for block in blocks:
        rows, columns = np.nonzero(block.log10_lr >= threshold)
        first, second = part[block.rows[rows]], part[block.columns[columns]]
        graph = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(n, n))
        _, joined = connected_components(graph, directed=False)
        part = joined[part]
    return np.asarray(part)


def tree(n: int, blocks: Iterable[PairBlock]) -> Array:
    """Merges (n - 1, 4) of n recordings, as of `scipy.cluster.hierarchy.linkage`, without a cut.

    In place of a distance, the mean log10 LR of the pairs that were merged. What does not compare
    counts as 0: it says nothing.

    Raises
    ------
    MicfpError
        More recordings than memory holds the pairs of.
    """
    return next(trees(np.zeros(n, np.int64), blocks), (np.arange(n), np.zeros((0, 4))))[1]


def trees(part: Ints, blocks: Iterable[PairBlock]) -> Iterator[tuple[Ints, Array]]:
    """The recordings of each part with two or more, and their tree, as of `tree`.

    Parameters
    ----------
    part
        (n,) number of the part of each recording, from 0 on.
    blocks
        Pairs of all of them; those across parts are passed over.
    """
    from scipy.cluster.hierarchy import linkage

    size = np.bincount(part)
    if size.max(initial=0) > MOST_IN_A_PART:
        raise MicfpError(
            f"{size.max()} recordings hang together, and {MOST_IN_A_PART} at most can be told "
            "apart at once; give lower prior odds (--prior-odds), or fewer recordings"
        )
    order = np.argsort(part, kind="stable")
    begin = np.cumsum(size) - size
    within = np.empty(len(part), np.int64)
    within[order] = np.arange(len(part)) - begin[part[order]]
    n_pairs = size * (size - 1) // 2
    offset = np.cumsum(n_pairs) - n_pairs
    distance = np.zeros(int(n_pairs.sum()))
    for block in blocks:
        rows, columns = np.nonzero(part[block.rows][:, None] == part[block.columns])
        first, second = within[block.rows[rows]], within[block.columns[columns]]
        of = part[block.rows[rows]]
        low, high = np.minimum(first, second), np.maximum(first, second)
        pair = low < high  # none beside itself
        rows, columns, of, low, high = (one[pair] for one in (rows, columns, of, low, high))
        at = offset[of] + size[of] * low - low * (low + 1) // 2 + high - low - 1
        distance[at] = -block.log10_lr[rows, columns]
    for number in np.flatnonzero(size > 1):
        own = distance[offset[number] : offset[number] + n_pairs[number]]
        merges = np.asarray(linkage(own, "average"), np.float64)
        merges[:, 2] *= -1
        yield order[begin[number] : begin[number] + size[number]], merges


def cut(merges: Array, threshold: float) -> Ints:
    """Number (n,) of the group of each recording: merges at or above a threshold are made."""
    n = len(merges) + 1
    group = np.arange(2 * n - 1)
    for number in range(n - 2, -1, -1):  # the root first: a merge passes its number on
        first, second, log10_lr, _ = merges[number]
        if log10_lr >= threshold:
            group[[int(first), int(second)]] = group[n + number]
    return np.unique(group[:n], return_inverse=True)[1]


def groups(n: int, blocks: Blocks, threshold: float) -> tuple[Ints, Array | None]:
    """Which recordings one device made.

    Parameters
    ----------
    n
        Number of recordings.
    blocks
        Their pairs.
    threshold
        Log10 LR, above 0.

    Returns
    -------
    Number (n,) of the group of each; and the tree of all where there are at most `WHOLE`.
    """
    every = np.arange(n)
    if n <= WHOLE:
        merges = tree(n, blocks(every))
        return cut(merges, threshold) if n else every, merges
    part = parts(n, blocks(every), threshold)
    shared = np.flatnonzero(np.bincount(part)[part] > 1)
    _, of_shared = np.unique(part[shared], return_inverse=True)
    found = every.copy()  # whoever is alone in a part
    for rows, merges in trees(np.asarray(of_shared).ravel(), blocks(shared)):
        found[shared[rows]] = n + shared[rows[0]] * n + cut(merges, threshold)
    return np.unique(found, return_inverse=True)[1], None
