from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import norm

from micfp.evaluation.verification import cllr, cllr_min, equal_error_rate, verification


def test_gaussian_scores_have_the_figures_of_the_formula() -> None:
    rng = np.random.default_rng(1)
    # N(2, 2^2) and N(-2, 2^2): the score is its own log LR, the EER is Phi(-1) = 0.159.
    found = verification(rng.normal(2, 2, 20_000), rng.normal(-2, 2, 20_000))
    assert found.eer == pytest.approx(norm.cdf(-1), abs=0.006)
    assert found.cllr == pytest.approx(found.cllr_min, abs=0.006)
    # The threshold that 1 % pass is -2 + 2 * 2.326 = 2.65.
    assert found.detection_at_1_percent == pytest.approx(norm.sf((2.65 - 2) / 2), abs=0.02)


def test_cllr_by_hand() -> None:
    # log2(1 + 1 / 3) = 0.415, log2(1 + 1 / 4) = 0.322: their mean.
    assert cllr(np.log([3.0]), np.log([0.25])) == pytest.approx((0.415 + 0.322) / 2, abs=1e-3)
    assert cllr(np.zeros(3), np.zeros(5)) == 1


def test_perfect_reversed_and_equal_scores() -> None:
    low, high = np.array([-2.0, -1]), np.array([1.0, 2, 3])
    assert (equal_error_rate(high, low), cllr_min(high, low)) == (0, 0)
    assert equal_error_rate(low, high) == 0.5
    assert cllr_min(low, high) == pytest.approx(1)
    assert equal_error_rate(np.ones(4), np.ones(4)) == 0.5


def test_eer_by_hand() -> None:
    # Alarms and misses: (1/4, 0) below 2.5 at 0.5, (0, 1/2) above it. The hull between them,
    # miss = 1/2 - 2 alarm, has equal errors at 1/6.
    same, other = np.array([0.5, 2, 3, 4]), np.array([-1.0, -2, -3, 2.5])
    assert equal_error_rate(same, other) == pytest.approx(1 / 6)


def test_any_monotone_mapping_leaves_what_does_not_hang_on_it() -> None:
    rng = np.random.default_rng(2)
    same, other = rng.normal(1, 1, 300), rng.normal(-1, 1, 900)
    assert cllr_min(same, other) == pytest.approx(cllr_min(np.exp(same), np.exp(other)))
    assert cllr_min(same, other) <= cllr(same, other)


def _eer_of_hull(same: np.ndarray, other: np.ndarray) -> float:
    """By every threshold, and the lower hull of (false alarms, misses) written out."""
    thresholds = [-np.inf, *np.unique(np.concatenate([same, other])), np.inf]
    points = sorted({(float(np.mean(other >= t)), float(np.mean(same < t))) for t in thresholds})
    hull: list[tuple[float, float]] = []
    for x, y in points:
        while len(hull) > 1:
            (x1, y1), (x2, y2) = hull[-2:]
            if (x2 - x1) * (y - y1) > (y2 - y1) * (x - x1):
                break
            hull.pop()
        hull.append((x, y))
    for (x1, y1), (x2, y2) in pairwise(hull):
        if y1 >= x1 and y2 <= x2:
            share = (y1 - x1) / (y1 - x1 + x2 - y2) if y1 - x1 + x2 - y2 else 0
            return x1 + share * (x2 - x1)
    raise AssertionError(hull)


def _least_cllr(same: np.ndarray, other: np.ndarray) -> float:
    """By scikit-learn's isotonic regression."""
    from sklearn.isotonic import IsotonicRegression

    scores = np.concatenate([same, other])
    is_same = np.arange(len(scores)) < len(same)
    posterior = IsotonicRegression(y_min=0, y_max=1).fit(scores, is_same).predict(scores)
    with np.errstate(divide="ignore"):
        ratio = posterior / (1 - posterior) / (len(same) / len(other))
        costs = np.where(is_same, np.log2(1 + 1 / ratio), np.log2(1 + ratio))
    return float(costs[is_same].mean() + costs[~is_same].mean()) / 2


def test_figures_are_those_of_other_implementations() -> None:
    rng = np.random.default_rng(3)
    for trial in range(300):
        n_same, n_other = rng.integers(1, 30, 2)
        if trial % 3 == 0:
            same, other = rng.normal(1, 1, n_same), rng.normal(-0.5, 1, n_other)
        elif trial % 3 == 1:  # many are equal
            same, other = (rng.integers(0, 4, n).astype(float) for n in (n_same, n_other))
        else:  # the wrong way round
            same, other = rng.normal(-1, 1, n_same), rng.normal(1, 1, n_other)
        assert equal_error_rate(same, other) == pytest.approx(_eer_of_hull(same, other), abs=1e-9)
        assert cllr_min(same, other) == pytest.approx(_least_cllr(same, other), abs=1e-9)
