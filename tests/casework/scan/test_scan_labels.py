"""Segments that nobody knows: which of them are of one device."""

import numpy as np

from micfp.casework.scan.labels import APART_LOG10, clusters


def test_segments_are_put_together_by_their_mean_lr() -> None:
    """0 and 2 are one (LR 100), 1 and 3 are one (LR 30); pairs across are unlikely."""
    lrs = np.full((4, 4), -2.0)
    lrs[0, 2] = lrs[2, 0] = 2.0
    lrs[1, 3] = lrs[3, 1] = 1.5
    assert clusters(lrs) == [0, 1, 0, 1]


def test_an_lr_of_ten_is_not_enough() -> None:
    """The prior odds are one to ten."""
    lrs = np.array([[3.0, 1.0], [1.0, 3.0]])
    assert clusters(lrs) == [0, 1]
    assert clusters(lrs + 0.01) == [0, 0]


def test_a_third_joins_two_by_the_mean_of_both() -> None:
    """First the two with 3; then 2.5 and 0 of the third: 1.25 in the mean; with -1 it is 0.75."""
    lrs = np.array([[9.0, 2.5, 3.0], [2.5, 9.0, 0.0], [3.0, 0.0, 9.0]])
    assert clusters(lrs) == [0, 0, 0]
    lrs[1, 2] = lrs[2, 1] = -1.0
    assert clusters(lrs) == [0, 1, 0]


def test_neighbours_are_kept_apart() -> None:
    lrs = np.array(
        [[9.0, APART_LOG10, 2.0], [APART_LOG10, 9.0, APART_LOG10], [2.0, APART_LOG10, 9]]
    )
    assert clusters(lrs) == [0, 1, 0]


def test_no_segment_and_one() -> None:
    assert clusters(np.zeros((0, 0))) == []
    assert clusters(np.ones((1, 1))) == [0]
