"""Calibration against arithmetic on paper and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from micfp.evaluation.calibration import calibration, calibration_error

CLASSES = ("a", "b", "c", "d")


def test_what_knows_nothing_has_a_cross_entropy_of_one():
    found = calibration([0, 1, 2, 3], np.log(np.full((4, 4), 0.25)), CLASSES)
    assert found.cross_entropy == pytest.approx(1.0)
    assert found.confidence == pytest.approx(0.25)
    # of equals the first is named: right once in four times, as sure as it says
    assert found.calibration_error == pytest.approx(0.0)


def test_what_is_sure_and_right_has_none_and_what_misleads_more_than_one():
    with np.errstate(divide="ignore"):
        sure = np.log(np.eye(4))
    assert calibration([0, 1, 2, 3], sure, CLASSES).cross_entropy == pytest.approx(0.0)
    wrong = calibration([1, 1, 2, 3], sure, CLASSES)
    # one of four has log(2.2e-308) = -708.4; 708.4 / 4 / log(4) = 127.75
    assert wrong.cross_entropy == pytest.approx(127.75, abs=0.01)
    assert wrong.calibration_error == pytest.approx(0.25)


def test_cross_entropy_is_scikit_learns_over_that_of_equal_shares():
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.ones(4), 200)
    y = rng.integers(4, size=200)
    wanted = log_loss(y, p, labels=range(4)) / np.log(4)
    assert calibration(y, np.log(p), CLASSES).cross_entropy == pytest.approx(wanted)


def test_scores_need_not_be_normalised():
    rng = np.random.default_rng(4)
    log_p = np.log(rng.dirichlet(np.ones(4), 20))
    y = rng.integers(4, size=20)
    found, shifted = (calibration(y, log_p + level, CLASSES) for level in (0.0, -7.0))
    assert vars(found) == pytest.approx(vars(shifted))


def test_calibration_error_by_hand():
    # Bins of a fifteenth: 0.62 is in 0.6..0.667, 0.95 in 0.933..1.
    confidence = [0.62, 0.62, 0.95, 0.95, 0.95, 0.95]
    right = [True, False, True, True, True, False]
    # |1 - 1.24| + |3 - 3.8| = 1.04, over six rows
    assert calibration_error(confidence, right) == pytest.approx(1.04 / 6)
    # on an edge: the bin below, with 0.58; |1 - 0.6 + 0 - 0.58| and not 0.4 + 0.58
    assert calibration_error([0.6, 0.58], [True, False]) == pytest.approx(0.18 / 2)
