import sys
from dataclasses import asdict

import numpy as np
import pytest
from scipy.stats import norm

from micfp.evidence.gaussian import fit_gaussian
from micfp.evidence.logistic import fit_logistic
from micfp.evidence.measures import (
    after_pav,
    cross_entropy,
    devpav,
    errors,
    measures,
    misleading,
    zoo,
)
from micfp.evidence.pav import fit_pav
from tests.evidence.simulated import trials_of

THREE = np.log10(3)


def test_costs_by_hand() -> None:
    # LR 1: log2(1 + 1) = 1. LR 3 and 1/3: log2(1 + 1/3) = 0.41504. Reversed: log2(1 + 3) = 2.
    assert measures(np.zeros(3), np.zeros(5)).cllr == 1
    right = measures(np.full(3, THREE), np.full(5, -THREE))
    assert right.cllr == pytest.approx(0.41504, abs=1e-5)
    assert (right.cllr_min, right.eer) == (0, 0)
    assert right.cllr_cal == right.cllr
    reversed_ = measures(np.full(3, -THREE), np.full(5, THREE))
    assert reversed_.cllr == pytest.approx(2)
    assert reversed_.cllr_min == pytest.approx(1)
    assert reversed_.cllr_cal == pytest.approx(1)


def test_misleading_by_hand() -> None:
    # Of one device, -0.5 of four misleads; of two, 0.2 and 1.5 of five. 0 favours neither.
    same, different = np.array([-0.5, 0, 1, 2]), np.array([-2, -1, 0, 0.2, 1.5])
    found = measures(same, different)
    assert (found.misleading_same, found.misleading_different) == (0.25, 0.4)
    assert misleading(different, 1.0) == 0.2  # 1.5 alone: an LR of 31
    assert misleading(different, 1.5) == 0


def test_shuffled_labels_cost_one_bit_once_calibrated() -> None:
    rng = np.random.default_rng(1)
    score, same = rng.normal(0, 3, 8000), rng.random(8000) < 0.3
    fitted, tested = trials_of(score[:4000], same[:4000]), trials_of(score[4000:], same[4000:])
    for fit in (fit_logistic, fit_gaussian, fit_pav):
        log10_lr = fit(fitted).log10_lr(tested.score)
        cost = measures(log10_lr[tested.same], log10_lr[~tested.same]).cllr
        assert cost == pytest.approx(1, abs=0.02), fit
    as_they_were = measures(score[same], score[~same])
    assert as_they_were.cllr > 2
    assert as_they_were.cllr_min == pytest.approx(1, abs=0.02)


def test_pav_by_hand() -> None:
    # In order: d s d s s. The 1st is of two devices alone, s d pool to 1 : 1, the last two of one
    # alone; as many as 3 and 2 there are, the middle LR is (1 / 3) / (1 / 2) = 2 / 3.
    own, others = after_pav(np.array([0.9, 0.2, 0.7]), np.array([0.5, 0.1]))
    middle = np.log10(2 / 3)
    assert own == pytest.approx([np.inf, middle, np.inf])
    assert others == pytest.approx([middle, -np.inf])


def test_devpav_by_hand() -> None:
    # The finite part runs from 0.2 to 0.5 at log10(2 / 3) = -0.176: from 0.376 below the diagonal
    # to 0.676 below, 0.526 in the mean.
    same, different = np.array([0.9, 0.2, 0.7]), np.array([0.5, 0.1])
    middle = np.log10(2 / 3)
    assert devpav(same, different) == pytest.approx(0.35 - middle)
    # As many of each: middle LR 1 at -1 and at 2. Triangles of 1 and 2 over a width of 3.
    assert devpav(np.array([-1.0, 3]), np.array([2.0, -3])) == pytest.approx((0.5 + 2) / 3)
    # One finite value: its distance. None: nothing is known.
    assert devpav(np.full(2, 0.5), np.full(2, 0.5)) == pytest.approx(0.5)
    assert np.isnan(devpav(np.array([1.0]), np.array([-1.0])))


def test_devpav_and_cost_of_calibration_are_near_none_for_calibrated_scores() -> None:
    rng = np.random.default_rng(2)
    # N(2, 4) and N(-2, 4): the score is its own natural log LR.
    same, different = (rng.normal(m, 2, 20_000) / np.log(10) for m in (2, -2))
    good = measures(same, different)
    assert good.eer == pytest.approx(norm.cdf(-1), abs=0.006)
    assert good.cllr_cal < 0.005
    assert good.devpav < 0.1
    # Twice as strong as they should be, from -1.5 to 1.5 or so: off by half of themselves.
    strong = measures(2 * same, 2 * different)
    assert strong.cllr_cal > 0.1
    assert strong.devpav > 3 * good.devpav
    assert strong.cllr_min == pytest.approx(good.cllr_min)


def test_cross_entropy_by_hand() -> None:
    same, different = np.array([THREE]), np.array([-THREE])
    # Even odds: Cllr. Odds of 3: 3/4 log2(1 + 1/9) + 1/4 log2(1 + 3/3) = 0.3640.
    found = cross_entropy(same, different, np.array([0.0, THREE]))
    assert found[0] == pytest.approx(0.41504, abs=1e-5)
    assert found[1] == pytest.approx(0.75 * np.log2(10 / 9) + 0.25)
    # LR 1 leaves the entropy of the prior: at odds of 1/9, H(0.1) = 0.4690 bits.
    nothing = cross_entropy(np.zeros(2), np.zeros(3), np.array([-np.log10(9), 0, 3]))
    assert nothing[:2] == pytest.approx([0.4690, 1], abs=1e-4)
    # After PAV, infinite LRs on the right side cost nothing.
    assert cross_entropy(*after_pav(same, different), np.array([-2.0, 2])) == pytest.approx([0, 0])


def test_errors_by_hand() -> None:
    same, different = np.array([0.0, 2, 3]), np.array([-1.0, 1])
    alarms, misses = errors(same, different)
    # Thresholds at -1, 0, 1, 2, 3 and above.
    assert alarms == pytest.approx([1, 1 / 2, 1 / 2, 0, 0, 0])
    assert misses == pytest.approx([0, 0, 1 / 3, 1 / 3, 2 / 3, 1])


def test_zoo_by_hand() -> None:
    found = zoo(
        np.array([1.0, 3, 2]),
        np.array([-1.0, -2, 0]),
        ["b", "b", "a"],
        [("a", "b"), ("b", "c"), ("a", "c")],
    )
    # a with others: -1 and 0; b: -1 and -2; c has no pair of its own.
    assert found.devices == ("a", "b")
    assert found.own == pytest.approx([2, 2])
    assert found.others == pytest.approx([-0.5, -1.5])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="NFI lir wants Python 3.12")
def test_figures_are_those_of_nfi_lir() -> None:
    lir_models = pytest.importorskip("lir.data.models", reason="NFI lir is not installed")
    from lir import metrics
    from lir.algorithms import devpav as lir_devpav
    from lir.plotting.expected_calibration_error import calculate_ece

    rng = np.random.default_rng(3)
    for n_same, n_different, strength in ((40, 90, 1.0), (300, 200, 2.0), (25, 25, 0.4)):
        same = strength * rng.normal(0.6, 0.8, n_same)
        different = strength * rng.normal(-0.6, 0.8, n_different)
        y = np.repeat([1, 0], [n_same, n_different])
        log10_lr = np.concatenate([same, different])
        data = lir_models.LLRData(features=log10_lr.reshape(-1, 1), hypothesis=y)
        found = asdict(measures(same, different))
        assert found["cllr"] == pytest.approx(metrics.cllr(data), abs=1e-6)
        assert found["cllr_min"] == pytest.approx(metrics.cllr_min(data), abs=1e-6)
        assert found["cllr_cal"] == pytest.approx(metrics.cllr_cal(data), abs=1e-6)
        assert found["devpav"] == pytest.approx(lir_devpav.devpav(data), abs=1e-6)
        prior = np.linspace(-2, 2, 9)
        theirs = calculate_ece(10**log10_lr, y, 1 / (1 + 10**-prior))
        assert cross_entropy(same, different, prior) == pytest.approx(theirs, abs=1e-6)
