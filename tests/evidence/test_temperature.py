"""One temperature for a model's scores per recording, against figures worked out by hand."""

import numpy as np
import pytest

from micfp.config.models import DecisionRule
from micfp.evaluation.decision import RULES
from micfp.evaluation.scores import Scores
from micfp.evidence.temperature import Pooled, Temperature, fit_temperature, pool_scores


def pooled(gaps: list[float], n_recordings: int) -> Pooled:
    """Recordings of class 0 of two; a gap is log p of class 0 less log p of class 1."""
    p = 1 / (1 + np.exp(-np.array(gaps)))
    log_p = np.log(np.stack([p, 1 - p], axis=1))
    zeros = np.zeros(len(gaps), np.int64)
    return Pooled(log_p, zeros, zeros + 4, n_recordings)


def test_all_correct_gives_n_plus_1_to_1() -> None:
    """Eight recordings, all correct with odds e^10: at the optimum p / (1 - p) is 9.

    The gap 10 / T is then ln 9 = 2.1972, so that T is 4.5512.
    """
    found = fit_temperature(pooled([10.0] * 8, 8), "log_probability")
    assert found.value == pytest.approx(10 / np.log(9), rel=1e-4)
    assert (found.n_recordings, found.n_segments) == (8, 4.0)


def test_one_error_in_ten() -> None:
    """Nine of ten with odds e^20, one of e^-20.

    Platt's target of the true class is 11 / 12: p should be (9 x 11 + 1 x 1) / 120 = 0.8333 where a
    model is right, odds of 5, so that T is 20 / ln 5 = 12.43.
    """
    found = fit_temperature(pooled([20.0] * 9 + [-20.0], 10), "log_probability")
    assert found.value == pytest.approx(20 / np.log(5), rel=1e-4)


def test_a_timid_model_gets_a_temperature_below_1() -> None:
    assert fit_temperature(pooled([0.5] * 98, 98), "probability").value == pytest.approx(
        0.5 / np.log(99), rel=1e-4
    )


def test_probabilities_keep_their_order_and_add_up() -> None:
    log_p = np.log([[0.7, 0.2, 0.1]])
    found = np.exp(Temperature(2.0, "vote", 100, 4.0).log_probabilities(log_p, np.array([4])))
    roots = np.sqrt([0.7, 0.2, 0.1])
    assert found[0] == pytest.approx(roots / roots.sum())


@pytest.mark.parametrize(("rule", "odds"), zip(RULES, (4.0, 16.0, 16.0), strict=True))
def test_a_longer_sum_counts_as_one_as_long_as_those_of_calibration(
    rule: DecisionRule, odds: float
) -> None:
    """Eight segments where calibration had four: half of the log of 16, so 4; means do not grow."""
    log_p = np.log([[16 / 17, 1 / 17]] * 2)
    found = np.exp(Temperature(1.0, rule, 100, 4.0).log_probabilities(log_p, np.array([8, 4])))
    assert found[:, 0] / found[:, 1] == pytest.approx([odds, 16.0])


def test_no_probability_is_above_what_the_recordings_bear_out() -> None:
    """Of eight recordings at most 9 / 10; the rest is shared, 0.05 each."""
    log_p = np.array([[0.0, -800.0, -900.0]])
    found = np.exp(Temperature(1.0, "vote", 8, 4.0).log_probabilities(log_p, np.array([4])))
    assert found[0] == pytest.approx([0.9, 0.05, 0.05])


def test_recordings_are_pooled_once_in_each_outer_fold() -> None:
    log_p = np.log([[0.8, 0.2], [0.5, 0.5], [0.5, 0.5], [0.25, 0.75]])
    scores = Scores(
        ("a", "b"),
        np.array(["a", "a", "a", "b"]),
        np.array(["x", "x", "x", "y"]),
        np.array(["1", "2", "1", "1"]),
        np.array([0, 0, 1, 1]),
        log_p,
    )
    found = pool_scores(scores, "log_probability")
    assert np.exp(found.log_p[:, 0]) == pytest.approx([0.8, 0.5, 0.25])
    assert found.true.tolist() == [0, 0, 1]
    assert found.n_segments.tolist() == [2, 1, 1]
    assert found.n_recordings == 2
