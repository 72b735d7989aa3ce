"""Intervals: coverage by simulation, clusters, and what happens where there is nothing to say."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from micfp.evaluation import bootstrap, decision, metrics


def sure(y, right, n_classes):
    """Log-probabilities whose decision is right where `right`, else the next class."""
    guess = np.where(right, y, (y + 1) % n_classes)
    return decision.normalise_log(np.eye(n_classes)[guess] * 3.0)


def clustered(rng, n_recordings=40, n_segments=25, n_classes=4, concentration=3.0):
    """Recordings with an accuracy of their own (beta, mean 0.75), segments that share it."""
    own = rng.beta(0.75 * concentration, 0.25 * concentration, size=n_recordings)
    recording = np.repeat(np.arange(n_recordings), n_segments)
    y = recording % n_classes
    return y, sure(y, rng.random(len(y)) < own[recording], n_classes), recording


def test_nominal_95_percent_covers_the_truth():
    # Accuracy of the population is 0.75. 250 corpora: a true coverage of 0.95 gives 0.95 +- 0.014.
    rng = np.random.default_rng(11)
    inside = []
    for _ in range(250):
        y, log_p, recording = clustered(rng)
        interval = bootstrap.bootstrap_intervals(y, log_p, recording, rng=rng, samples=300)
        inside.append(interval["accuracy"].low <= 0.75 <= interval["accuracy"].high)
    assert 0.90 <= np.mean(inside) <= 0.99


def test_wider_than_an_interval_over_segments_where_segments_go_together():
    rng = np.random.default_rng(2)
    y, log_p, recording = clustered(rng)
    by_recording = bootstrap.bootstrap_intervals(y, log_p, recording, rng=rng)
    by_segment = bootstrap.bootstrap_intervals(y, log_p, np.arange(len(y)), rng=rng)
    for name in ("accuracy", "balanced_accuracy", "f1_macro", "roc_auc_macro"):
        wide, narrow = by_recording[name], by_segment[name]
        # Design effect 1 + 24 * 1/(1 + 3) = 7: the width grows by about sqrt 7 = 2.6.
        assert (wide.high - wide.low) > 1.5 * (narrow.high - narrow.low)


def test_resamples_equal_scikit_learn_on_the_repeated_rows():
    rng = np.random.default_rng(4)
    lengths = rng.integers(1, 9, size=12)
    y, recording = np.repeat(rng.permutation(12) % 5, lengths), np.repeat(np.arange(12), lengths)
    log_p = np.round(rng.normal(size=(len(y), 5)), 1)  # rounded: ties occur
    log_p[np.arange(len(y)), y] += 1
    start = np.cumsum(lengths) - lengths
    n_recordings = len(start)
    counts = bootstrap._Counts.of(y, log_p, start, 2)
    weights = bootstrap._draw(n_recordings, 40, rng)
    assert (weights.sum(axis=1) == n_recordings).all()
    found = counts.metrics(weights)
    for sample, drawn in enumerate(weights.astype(int)):
        rows = np.concatenate(
            [np.repeat(np.flatnonzero(recording == r), k) for r, k in enumerate(drawn)]
        )
        truth, guess = y[rows], log_p[rows].argmax(axis=1)
        present = np.unique(truth)
        expected = {
            "accuracy": sk.accuracy_score(truth, guess),
            "balanced_accuracy": np.mean([np.mean(guess[truth == c] == c) for c in present]),
            "top_k_accuracy": metrics.in_top_k(truth, log_p[rows], 2).mean(),
            "roc_auc_macro": np.mean(
                [sk.roc_auc_score(truth == c, log_p[rows, c]) for c in present]
            )
            if len(present) > 1
            else math.nan,
        }
        for average in ("macro", "weighted"):
            values = sk.precision_recall_fscore_support(
                truth, guess, labels=present, average=average, zero_division=0
            )
            for name, value in zip(("precision", "recall", "f1"), values[:3], strict=True):
                expected[f"{name}_{average}"] = value
        assert set(expected) == set(metrics.SCALAR_METRICS)
        for name, value in expected.items():
            assert found[name][sample] == pytest.approx(value, nan_ok=True), name


def test_interval_holds_the_metric_and_repeats_with_the_seed():
    y, log_p, recording = clustered(np.random.default_rng(8))
    classes = ["a", "b", "c", "d"]
    point = metrics.evaluate(y, log_p, classes, recording, rule="log_probability")
    first, second = (
        bootstrap.evaluate_intervals(
            y,
            log_p,
            classes,
            recording,
            rule="log_probability",
            rng=np.random.default_rng(1),
            samples=200,
        )
        for _ in range(2)
    )
    assert first == second
    for level in ("segment", "recording"):
        for name, value in getattr(point, level).scalars().items():
            interval = getattr(first, level)[name]
            assert interval.low <= value <= interval.high, (level, name)
            assert interval.n_recordings == 40
    # More confidence, more width.
    wide, narrow = (
        bootstrap.bootstrap_intervals(
            y, log_p, recording, rng=np.random.default_rng(1), confidence=c
        )["accuracy"]
        for c in (0.99, 0.5)
    )
    assert wide.low < narrow.low < narrow.high < wide.high


def test_one_recording_has_no_interval_and_says_so():
    found = bootstrap.bootstrap_intervals(
        np.zeros(9, int), np.zeros((9, 2)), np.zeros(9), rng=np.random.default_rng(0)
    )
    assert math.isnan(found["accuracy"].low)
    assert math.isnan(found["accuracy"].high)
    assert found["accuracy"].method == "none"
    assert "one recording only" in found["accuracy"].note


def test_few_recordings_are_called_few():
    y, log_p, recording = clustered(np.random.default_rng(0), n_recordings=6)
    found = bootstrap.bootstrap_intervals(y, log_p, recording, rng=np.random.default_rng(0))
    assert found["accuracy"].method == "bootstrap"
    assert "6 recordings only" in found["accuracy"].note


@pytest.mark.parametrize("n_recordings", [5, 30])
def test_no_error_does_not_mean_certainty(n_recordings):
    y = np.repeat(np.arange(n_recordings) % 5, 20)
    recording = np.repeat(np.arange(n_recordings), 20)
    found = bootstrap.bootstrap_intervals(
        y, sure(y, np.ones(len(y), bool), 5), recording, rng=np.random.default_rng(0)
    )
    interval = found["accuracy"]
    # Wilson at a share of 1: n / (n + z^2); 5 recordings: 5 / 8.84 = 0.566; 30: 0.886.
    assert interval.low == pytest.approx(n_recordings / (n_recordings + 1.959964**2), abs=1e-6)
    assert interval.high == 1
    assert interval.method == "wilson"
    assert f"over {n_recordings} recordings" in interval.note
    assert found["balanced_accuracy"].method == "wilson"


def test_no_right_answer_does_not_mean_certainty_either():
    y = np.repeat(np.arange(12) % 3, 4)
    found = bootstrap.bootstrap_intervals(
        y, sure(y, np.zeros(len(y), bool), 3), np.repeat(np.arange(12), 4),
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert found["accuracy"].low == 0
    assert found["accuracy"].high == pytest.approx(1 - 12 / (12 + 1.959964**2), abs=1e-6)


def test_one_class_has_no_roc_interval():
    y = np.zeros(40, int)
    right = np.random.default_rng(0).random(40) < 0.7
    found = bootstrap.bootstrap_intervals(
        y, sure(y, right, 2), np.arange(40), rng=np.random.default_rng(0)
    )
    assert found["roc_auc_macro"].method == "none"
    assert found["accuracy"].method == "bootstrap"


def test_too_many_recordings_for_the_roc_area_are_named(monkeypatch):
    monkeypatch.setattr(bootstrap, "MOST_RECORDINGS_FOR_ROC", 20)
    y, log_p, recording = clustered(np.random.default_rng(0))
    found = bootstrap.bootstrap_intervals(y, log_p, recording, rng=np.random.default_rng(0))
    assert "over 20 recordings" in found["roc_auc_macro"].note
    assert math.isnan(found["roc_auc_macro"].low)


@pytest.mark.parametrize(("hits", "n"), [(0, 5), (3, 10), (27, 28), (28, 28), (500, 1000)])
def test_wilson_equals_scipy(hits, n):
    for confidence in (0.9, 0.95):
        expected = stats.binomtest(hits, n).proportion_ci(confidence, method="wilson")
        assert bootstrap.wilson_interval(hits / n, n, confidence) == pytest.approx(
            (expected.low, expected.high)
        )


def test_chance_interval_by_hand():
    # 10 fair guesses: P(0 or 1 right) = 11/1024 < 2.5 %, P(<= 2) = 56/1024 > 2.5 %: 2..8 of 10.
    assert bootstrap.chance_interval(10, 0.5) == (0.2, 0.8)
    low, high = bootstrap.chance_interval(10_000, 1 / 30)
    assert low == pytest.approx(1 / 30 - 1.96 * math.sqrt(1 / 30 * 29 / 30 / 10_000), abs=2e-4)
    assert high == pytest.approx(1 / 30 + 1.96 * math.sqrt(1 / 30 * 29 / 30 / 10_000), abs=2e-4)


def test_chance_interval_holds_its_share_of_guessers():
    rng = np.random.default_rng(0)
    for n, p in ((20, 0.5), (200, 0.2)):
        low, high = bootstrap.chance_interval(n, p)
        share = rng.binomial(n, p, size=20_000) / n
        assert np.mean((share >= low) & (share <= high)) >= 0.945


@pytest.mark.parametrize(
    ("confidence", "text"),
    [(0.95, "95"), (0.99, "99"), (0.995, "99.5"), (0.975, "97.5"), (0.9999, "99.99"), (0.8, "80")],
)
def test_a_confidence_is_said_as_it_is(confidence, text):
    assert bootstrap.interval_text(confidence) == f"{text}\N{NO-BREAK SPACE}%"
