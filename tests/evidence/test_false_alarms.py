"""How often strangers are named: simulated devices whose likelihood ratios are exact."""

from dataclasses import dataclass

import numpy as np
import pytest

from micfp.evidence.false_alarms import _shape, _Tail, false_alarms
from micfp.evidence.logistic import Logistic
from micfp.evidence.strangers import (
    NOMINAL_FALSE_ALARMS,
    Strangers,
    best_of,
    drawn_questions,
    fit_strangers,
    joined_questions,
)

DIMENSIONS = 10
BETWEEN = 20.0
"""Variance of devices in each dimension; within a device it is 1."""


@dataclass(frozen=True)
class Population:
    """Devices that are enrolled, and a recording of each of the first ones."""

    log10_lr: np.ndarray
    of: np.ndarray
    by: np.ndarray

    @property
    def compares(self) -> np.ndarray:
        return np.ones_like(self.log10_lr, np.bool_)


def _population(n_devices: int, n_tests: int, rng: np.random.Generator) -> Population:
    """Log10 LRs by the two-covariance model that made them.

    Of x and y in each dimension, total variance T = B + 1 and covariance B of one device:
    log LR = -(T (x^2 + y^2) - 2 B x y) / (2 (T^2 - B^2)) + (x^2 + y^2) / (2 T)
             - log((T^2 - B^2) / T^2) / 2.
    """
    device = np.sqrt(BETWEEN) * rng.standard_normal((n_devices, DIMENSIONS))
    x = device + rng.standard_normal(device.shape)
    y = device[:n_tests] + rng.standard_normal((n_tests, DIMENSIONS))
    total = BETWEEN + 1
    squares = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1)
    determinant = total**2 - BETWEEN**2
    log_lr = -(total * squares - 2 * BETWEEN * (x @ y.T)) / (2 * determinant)
    log_lr += squares / (2 * total) - DIMENSIONS * np.log(determinant / total**2) / 2
    return Population(log_lr / np.log(10), np.arange(n_devices), np.arange(n_tests))


@pytest.fixture(scope="module")
def strangers() -> Strangers:
    rng = np.random.default_rng(1)
    one = _population(300, 300, rng)
    drawn = drawn_questions(one.log10_lr, one.compares, one.of, one.by, rng)
    return fit_strangers(joined_questions(list(drawn)))


def test_strangers_are_named_about_as_often_as_meant(strangers: Strangers) -> None:
    rng = np.random.default_rng(3)
    one = _population(1100, 300, rng)
    rows = false_alarms(one.log10_lr, one.compares, one.of, one.by, strangers, rng, (30, 1000))
    assert [(row.n_enrolled, row.extrapolated) for row in rows] == [(30, False), (1000, False)]
    for row in rows:
        assert row.nominal == NOMINAL_FALSE_ALARMS == 0.02
        assert row.n_strangers == 300
        assert row.true < 0.06  # three times what is meant, 2 % +- 0.8 % of 300 strangers
    assert rows[0].true > 0.005


def test_of_a_thousand_most_own_devices_are_still_named(strangers: Strangers) -> None:
    # A threshold that went on rising by as much from 100 to 1000 would name 1 in 6.
    rng = np.random.default_rng(7)
    one = _population(1000, 300, rng)
    best = best_of(one.log10_lr, one.compares)
    is_own = one.log10_lr.argmax(axis=0) == one.by
    assert np.mean(strangers.named(best) & is_own) > 0.7


def test_more_devices_than_there_are_by_their_tail(strangers: Strangers) -> None:
    rng = np.random.default_rng(4)
    one = _population(4300, 300, rng)
    everyone = one.compares, one.of, one.by
    (direct,) = false_alarms(one.log10_lr, *everyone, strangers, rng, (1000,))
    few = slice(300, 600)
    (drawn,) = false_alarms(
        one.log10_lr[few], one.compares[few], one.of[few], one.by, strangers, rng, (1000,)
    )
    assert (direct.extrapolated, drawn.extrapolated) == (False, True)
    assert direct.true / 3 < drawn.true < direct.true + 0.04  # it errs upwards


def test_tail_of_a_power_law() -> None:
    # Excesses u^-0.2 - 1 are generalised Pareto of the shape 0.2 and the scale 0.2.
    rng = np.random.default_rng(5)
    assert _shape(rng.random(200_000) ** -0.2 - 1) == pytest.approx(0.2, abs=0.01)
    assert _shape(rng.exponential(size=200_000)) == pytest.approx(0, abs=0.01)
    # Half of the scores are 0 and above; a share of 1/64 is beyond 0 + 0.2 ((1/32)^-0.2 - 1) / 0.2
    # = 2 - 1 = 1.
    tail = _Tail(np.array([3.0, 1, -1, -2]), 0.0, 0.5, 0.2, 0.2)
    np.testing.assert_allclose(tail.score(np.array([1 / 64, 0.6, 0.8])), [1, -1, -2])


def test_nobody_to_be_mistaken_for() -> None:
    nobody = Strangers(Logistic(np.zeros(3), np.ones(3), np.zeros((2, 3))), 0.0)
    own = np.zeros(1, np.int64)
    with pytest.raises(ValueError, match="no recording compares"):
        false_alarms(
            np.zeros((1, 1)), np.ones((1, 1), bool), own, own, nobody, np.random.default_rng(1)
        )
