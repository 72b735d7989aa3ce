"""Comparing two methods on the same recordings."""

from math import comb

import numpy as np
import pytest

from micfp.evaluation.paired import holm, mcnemar, paired_difference


def test_mcnemar_counts_what_one_alone_found() -> None:
    """8 recordings by one alone, 1 by the other: P(<= 1 or >= 8 of 9) = 2 (1 + 9) / 2^9."""
    first = np.array([True] * 8 + [False] + [True] * 5 + [False] * 2)
    second = np.array([False] * 8 + [True] + [True] * 5 + [False] * 2)
    found = mcnemar(first, second)
    assert (found.first_only, found.second_only) == (8, 1)
    assert found.p == pytest.approx(2 * (comb(9, 0) + comb(9, 1)) / 2**9)  # 0.039
    assert mcnemar(second, first).p == pytest.approx(found.p)


def test_methods_that_never_differ_cannot_be_told_apart() -> None:
    same = np.array([True, False, True])
    assert mcnemar(same, same).p == 1.0
    with pytest.raises(ValueError, match="3 recordings of one method and 2 of the other"):
        mcnemar(same, same[:2])


def test_holm_multiplies_the_smallest_by_all() -> None:
    """0.01 x 4, then the greatest so far of 0.02 x 3, 0.03 x 2, 0.9 x 1."""
    adjusted = holm(np.array([0.9, 0.01, 0.03, 0.02]))
    np.testing.assert_allclose(adjusted, [0.9, 0.04, 0.06, 0.06])
    assert holm(np.array([0.6, 0.7])).max() == 1.0


def test_a_difference_that_every_device_has_is_sure() -> None:
    """Of 10 rows each of 20 devices one has 9 correct and the other 7: 0.2 in every draw."""
    n = np.full(20, 10)
    args = {"rng": np.random.default_rng(1), "samples": 500, "confidence": 0.95}
    low, high = paired_difference(np.full(20, 9.0), np.full(20, 7.0), n, **args)
    assert (low, high) == pytest.approx((0.2, 0.2))
    # One device alone makes the same difference on average: the interval reaches none.
    first = np.full(20, 7.0)
    first[0] = 47.0
    n = n.copy()
    n[0] = 50
    low, high = paired_difference(first, np.full(20, 7.0), n, **args)
    assert low == 0 < high
