"""Pairs, chosen and joined."""

import numpy as np
from simulated import trials_of

from micfp.evidence.trials import Trials, joined_trials


def _trials() -> Trials:
    first, second = np.array([3, 3, 7]), np.array([3, 7, 9])
    quality = np.arange(6.0).reshape(3, 2)
    return Trials(np.array([2.0, -1, -3]), first == second, first, second, quality, ("a", "b"))


def test_devices_count_once_each() -> None:
    assert (_trials().devices, _trials().n_devices, len(_trials())) == ([3, 7, 9], 3, 3)


def test_chosen_and_joined_pairs_are_the_same_again() -> None:
    given = _trials()
    chosen = np.array([True, False, True])
    again = joined_trials([given.only(chosen), given.only(~chosen)])
    np.testing.assert_array_equal(again.score, [2, -3, -1])
    np.testing.assert_array_equal(again.first, [3, 7, 3])
    np.testing.assert_array_equal(again.second, [3, 9, 7])
    np.testing.assert_array_equal(again.same, [True, False, False])
    np.testing.assert_array_equal(again.quality, [[0, 1], [4, 5], [2, 3]])


def test_first_measures_alone() -> None:
    found = _trials().with_measures(1)
    np.testing.assert_array_equal(found.quality, [[0], [2], [4]])
    assert found.measures == ("a",)
    assert trials_of([1, 0], [True, False]).with_measures(0).quality.shape == (2, 0)
