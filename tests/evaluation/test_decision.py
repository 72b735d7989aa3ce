"""From segments to a recording: each rule against worked values."""

import numpy as np
import pytest

from micfp.evaluation.decision import RULES, pool_segments, predict

# Two segments of one recording, then one of another: p(a), p(b), p(c).
P = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])
START = np.array([0, 2])


def shares(rule, p=P, start=START):
    with np.errstate(divide="ignore"):
        return np.exp(pool_segments(np.log(p), start, rule))


def test_log_probabilities_are_summed():
    # 0.6 * 0.2 : 0.3 * 0.5 : 0.1 * 0.3 = 0.12 : 0.15 : 0.03
    expected = [np.array([0.12, 0.15, 0.03]) / 0.3, P[2]]
    np.testing.assert_allclose(shares("log_probability"), expected)


def test_probabilities_are_averaged():
    # (0.6 + 0.2) / 2, (0.3 + 0.5) / 2, (0.1 + 0.3) / 2
    np.testing.assert_allclose(shares("probability"), [[0.4, 0.4, 0.2], P[2]])


def test_each_segment_has_one_vote():
    # One vote each for a and b, and means of 0.4, 0.4, 0.2: 1.4 : 1.4 : 0.2
    expected = [np.array([1.4, 1.4, 0.2]) / 3, np.array([0.1, 0.1, 1.8]) / 2]
    np.testing.assert_allclose(shares("vote"), expected)


def test_equal_votes_are_decided_by_the_mean_and_more_votes_by_nothing_else():
    # a and b have a vote each; b is the surer one.
    tie = np.array([[0.6, 0.4, 0.0], [0.1, 0.9, 0.0]])
    assert shares("vote", tie, np.array([0]))[0].argmax() == 1
    # a has two votes by a hair, b one by far: (0.51 + 0.51 + 0) / 3 = 0.34 against 0.66
    two = np.array([[0.51, 0.49, 0.0], [0.51, 0.49, 0.0], [0.0, 1.0, 0.0]])
    assert shares("vote", two, np.array([0]))[0].argmax() == 0
    assert shares("probability", two, np.array([0]))[0].argmax() == 1


@pytest.mark.parametrize("rule", RULES)
def test_sure_segments_that_contradict_each_other_leave_a_ranking(rule):
    # Three segments sure of b, b, a: no class has a probability in all of them.
    pooled = pool_segments(_log(np.eye(3)[[1, 1, 0]]), np.array([0]), rule)[0]
    assert np.isfinite(pooled).all()
    assert pooled.argsort().tolist() == [2, 0, 1]
    np.testing.assert_allclose(np.exp(pooled).sum(), 1)


@pytest.mark.parametrize("rule", RULES)
def test_one_segment_decides_for_itself(rule):
    p = np.random.default_rng(0).dirichlet(np.ones(6), 50)
    pooled = pool_segments(np.log(p), np.arange(50), rule)
    np.testing.assert_array_equal(predict(pooled), p.argmax(axis=1))


@pytest.mark.parametrize("rule", ["probability", "vote"])
def test_rows_need_not_be_normalised(rule):
    log_p = np.log(P)
    shifted = log_p + np.array([[100.0], [-100.0], [3.0]])
    np.testing.assert_allclose(
        pool_segments(shifted, START, rule), pool_segments(log_p, START, rule), atol=1e-12
    )


def _log(p):
    with np.errstate(divide="ignore"):
        return np.log(p)
