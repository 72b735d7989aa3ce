"""What alternative texts of figures say."""

import math

import pytest

from micfp.evaluation.figures import confusions, ends_of_curve, extremes, extremes_of_table


def test_the_highest_and_the_lowest_of_equals_the_first():
    found = extremes(["a", "b\nc", "d", "e"], [0.5, 0.9, 0.9, math.nan])
    assert found == {"highest": "b c", "highest_value": 0.9, "lowest": "a", "lowest_value": 0.5}


def test_nothing_known():
    found = extremes(["a"], [math.nan])
    assert (found["highest"], found["lowest"]) == ("–", "–")
    assert math.isnan(found["highest_value"])


def test_cells_of_a_table_are_named_by_row_and_column():
    found = extremes_of_table(["clean", "gsm"], ["svc", "lda"], [[0.9, 0.95], [0.2, 0.6]])
    assert (found["highest"], found["lowest"]) == ("clean, lda", "gsm, svc")


def test_the_largest_error_is_a_share_of_its_class():
    # a: 9 of 10 right; b: 1 of 4 named as a; c was not tested
    found = confusions([[9, 1, 0], [1, 3, 0], [0, 0, 0]], ["a", "b", "c"])
    assert found["right"] == pytest.approx((0.9 + 0.75) / 2)
    assert (found["true"], found["named"], found["wrong_share"]) == ("b", "a", 0.25)


def test_without_an_error_nobody_is_named():
    found = confusions([[9, 0], [0, 4]], ["a", "b"])
    assert (found["right"], found["true"], found["wrong_share"]) == (1.0, "none", 0.0)


def test_the_ends_of_a_curve_are_means_over_folds():
    found = ends_of_curve([10, 20, 40], [[1, 1], [1, 0.9], [0.8, 1]], [[0, 1], [1, 0.8], [1, 0.5]])
    assert (found["first"], found["last"]) == (10, 40)
    assert found["train_last"] == pytest.approx(0.9)  # of 0.8 and 1
    assert (found["held_out_first"], found["held_out_last"]) == (0.5, 0.75)
    assert (found["held_out_best"], found["best_at"]) == (0.9, 20)
