"""Average linkage: against a plain one, cut by cut, in parts, in any order."""

from collections.abc import Iterator

import numpy as np
import pytest

from micfp.casework.cluster import linkage
from micfp.casework.cluster.linkage import cut, groups, parts, tree
from micfp.errors import MicfpError
from micfp.fingerprint.weighed.every_pair import PairBlock


def blocks_of(matrix: np.ndarray, at_a_time: int = 7) -> linkage.Blocks:
    """Blocks of a symmetric matrix, as of some recordings."""

    def blocks(rows: np.ndarray) -> Iterator[PairBlock]:
        every = np.arange(len(rows))
        own = matrix[np.ix_(rows, rows)]
        for first in range(0, len(rows), at_a_time):
            for second in range(first, len(rows), at_a_time):
                some = every[first : first + at_a_time]
                others = every[second : second + at_a_time]
                yield PairBlock(some, others, own[np.ix_(some, others)])

    return blocks


def plainly(matrix: np.ndarray, threshold: float) -> list[set[int]]:
    """Merge the two groups with the greatest mean while it is at the threshold or above."""
    found = [{k} for k in range(len(matrix))]
    while len(found) > 1:
        mean, a, b = max(
            (np.mean([matrix[i, j] for i in found[a] for j in found[b]]), a, b)
            for a in range(len(found))
            for b in range(a)
        )
        if mean < threshold:
            break
        found[b] |= found.pop(a)
    return found


def lrs(n: int, seed: int, n_devices: int) -> np.ndarray:
    """Log10 LRs of recordings: about 2 of one device, -1 of two, with much noise."""
    rng = np.random.default_rng(seed)
    device = rng.integers(n_devices, size=n)
    found = np.where(device[:, None] == device, 2.0, -1.0) + rng.normal(0, 1.5, (n, n))
    return (found + found.T) / 2


def sets(group: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(group == k).tolist()) for k in np.unique(group)}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("threshold", [0.2, 1.0, 1.5])
def test_groups_are_those_of_plain_average_linkage(
    seed: int, threshold: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix = lrs(28, seed, 9)
    expected = {frozenset(one) for one in plainly(matrix, threshold)}
    whole, merges = groups(28, blocks_of(matrix), threshold)
    assert merges is not None
    assert sets(whole) == expected
    monkeypatch.setattr(linkage, "WHOLE", 3)  # in parts, with the same result
    in_parts, none = groups(28, blocks_of(matrix), threshold)
    assert none is None
    assert sets(in_parts) == expected


def test_recordings_in_another_order_have_the_same_groups() -> None:
    matrix = lrs(50, 9, 15)
    expected = sets(groups(50, blocks_of(matrix), 1.0)[0])
    order = np.random.default_rng(0).permutation(50)
    shuffled, _ = groups(50, blocks_of(matrix[np.ix_(order, order)]), 1.0)
    assert {frozenset(order[list(one)].tolist()) for one in sets(shuffled)} == expected


def test_a_tree_by_hand() -> None:
    # 0 and 1 at 3; {0, 1} and 2 at (1 + 2) / 2 = 1.5; 3 says nothing of 0 and 1, and -3 with 2:
    # (0 + 0 - 3) / 3 = -1.
    pairs = [PairBlock(np.array([0, 1]), np.array([0, 1]), np.array([[9.0, 3.0], [3.0, 9.0]]))]
    pairs += [PairBlock(np.array([2]), np.array([0, 1]), np.array([[1.0, 2.0]]))]
    pairs += [PairBlock(np.array([3]), np.array([2]), np.array([[-3.0]]))]
    merges = tree(4, pairs)
    assert merges[:, 2].tolist() == [3.0, 1.5, -1.0]
    assert merges[:, 3].tolist() == [2, 3, 4]
    assert sets(cut(merges, 3.1)) == {frozenset({k}) for k in range(4)}
    assert sets(cut(merges, 3.0)) == {frozenset({0, 1}), frozenset({2}), frozenset({3})}
    assert sets(cut(merges, 1.5)) == {frozenset({0, 1, 2}), frozenset({3})}
    assert sets(cut(merges, -1.0)) == {frozenset(range(4))}


def test_parts_are_joined_by_single_pairs() -> None:
    matrix = np.full((5, 5), -1.0)
    for a, b in ((0, 3), (3, 4), (1, 2)):
        matrix[a, b] = matrix[b, a] = 1.0
    found = parts(5, blocks_of(matrix, 2)(np.arange(5)), 1.0)
    assert sets(found) == {frozenset({0, 3, 4}), frozenset({1, 2})}


@pytest.mark.parametrize("n", [0, 1])
def test_one_recording_or_none(n: int) -> None:
    group, merges = groups(n, blocks_of(np.zeros((n, n))), 1.0)
    assert group.tolist() == [0] * n
    assert merges is not None
    assert merges.shape == (0, 4)


def test_more_than_memory_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linkage, "MOST_IN_A_PART", 3)
    with pytest.raises(MicfpError, match="4 recordings hang together, and 3 at most"):
        tree(4, [])
