"""Metrics against scikit-learn and against arithmetic on paper."""

import numpy as np
import pytest
from scipy.special import logsumexp
from sklearn import metrics as sk

from micfp.errors import MicfpError
from micfp.evaluation import decision, metrics

CLASSES = ("a", "b", "c")


def one_hot_log(predicted, n_classes=3):
    """Scores of a classifier that is sure: log 1 and log 0."""
    with np.errstate(divide="ignore"):
        return np.log(np.eye(n_classes)[predicted])


def drawn(rng, n=400, n_classes=7, n_recordings=40, skill=1.5):
    """Segments of recordings: classes of unequal size, scores that are mostly right."""
    recording = rng.integers(n_recordings, size=n)
    y = np.minimum(recording % (n_classes + 2), n_classes - 1)
    score = rng.normal(size=(n, n_classes))
    score[np.arange(n), y] += skill
    return y, decision.normalise_log(score), recording


# true:      a a a a b b c c c c
# predicted: a a a b b c c c c a
Y = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 2])
PREDICTED = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 0])


def test_by_hand():
    found = metrics.measure(Y, one_hot_log(PREDICTED), CLASSES, top_k=2)
    np.testing.assert_array_equal(found.confusion, [[3, 1, 0], [0, 1, 1], [1, 0, 3]])
    assert found.n == 10
    assert found.accuracy == 7 / 10  # 3 + 1 + 3
    assert found.balanced_accuracy == pytest.approx((3 / 4 + 1 / 2 + 3 / 4) / 3)
    np.testing.assert_allclose(found.precision, [3 / 4, 1 / 2, 3 / 4])  # of 4, 2, 4 named so
    np.testing.assert_allclose(found.recall, [3 / 4, 1 / 2, 3 / 4])
    # F1 = 2 TP / (2 TP + FP + FN)
    np.testing.assert_allclose(found.f1, [6 / (6 + 1 + 1), 2 / (2 + 1 + 1), 6 / (6 + 1 + 1)])
    assert found.f1_weighted == pytest.approx(0.4 * 0.75 + 0.2 * 0.5 + 0.4 * 0.75)
    np.testing.assert_allclose(
        metrics.normalise_rows(found.confusion),
        [[0.75, 0.25, 0], [0, 0.5, 0.5], [0.25, 0, 0.75]],
    )
    # Sure scores: the area is (true positive rate + true negative rate) / 2; a: (3/4 + 5/6) / 2.
    assert found.roc_auc[0] == pytest.approx((3 / 4 + 5 / 6) / 2)


@pytest.mark.parametrize("seed", range(5))
def test_equal_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    y, log_p, _ = drawn(rng)
    classes = [f"device {i}" for i in range(log_p.shape[1])]
    found = metrics.measure(y, log_p, classes, top_k=3)
    guess, p = log_p.argmax(axis=1), np.exp(log_p)
    assert found.accuracy == pytest.approx(sk.accuracy_score(y, guess))
    assert found.balanced_accuracy == pytest.approx(sk.balanced_accuracy_score(y, guess))
    for average in ("macro", "weighted"):
        precision, recall, f1, _ = sk.precision_recall_fscore_support(
            y, guess, average=average, zero_division=0
        )
        assert getattr(found, f"precision_{average}") == pytest.approx(precision)
        assert getattr(found, f"recall_{average}") == pytest.approx(recall)
        assert getattr(found, f"f1_{average}") == pytest.approx(f1)
    precision, recall, f1, support = sk.precision_recall_fscore_support(y, guess)
    np.testing.assert_allclose(found.precision, precision)
    np.testing.assert_allclose(found.recall, recall)
    np.testing.assert_allclose(found.f1, f1)
    np.testing.assert_array_equal(found.support, support)
    np.testing.assert_array_equal(found.confusion, sk.confusion_matrix(y, guess))
    np.testing.assert_allclose(
        metrics.normalise_rows(found.confusion), sk.confusion_matrix(y, guess, normalize="true")
    )
    assert found.roc_auc_macro == pytest.approx(sk.roc_auc_score(y, p, multi_class="ovr"))
    assert found.top_k_accuracy == pytest.approx(sk.top_k_accuracy_score(y, p, k=3))


def test_roc_area_with_ties_equals_scikit_learn():
    rng = np.random.default_rng(7)
    y = rng.integers(3, size=200)
    votes = rng.multinomial(5, np.full(3, 1 / 3), size=200) / 5  # as of 5 nearest neighbours
    with np.errstate(divide="ignore"):
        found = metrics.measure(y, np.log(votes), CLASSES)
    for c in range(3):
        assert found.roc_auc[c] == pytest.approx(sk.roc_auc_score(y == c, votes[:, c]))


def test_absent_and_never_predicted_classes():
    # "b" is never predicted, "c" is not present but predicted once, "d" is neither.
    y = np.array([0, 0, 0, 1])
    found = metrics.measure(y, one_hot_log(np.array([0, 0, 2, 0]), 4), ("a", "b", "c", "d"))
    np.testing.assert_allclose(found.precision, [2 / 3, 0, 0, np.nan])
    np.testing.assert_allclose(found.recall, [2 / 3, 0, np.nan, np.nan])
    np.testing.assert_allclose(found.f1, [4 / (4 + 1 + 1), 0, 0, np.nan])
    assert found.f1_macro == pytest.approx((2 / 3 + 0) / 2)  # over a and b
    assert found.balanced_accuracy == pytest.approx((2 / 3 + 0) / 2)
    assert found.precision_weighted == pytest.approx(2 / 3 * 3 / 4)
    np.testing.assert_array_equal(np.isnan(found.roc_auc), [False, False, True, True])
    assert found.roc_auc_macro == pytest.approx(np.mean(found.roc_auc[:2]))
    # The same rule said in scikit-learn's words.
    f1 = sk.f1_score(y, [0, 0, 2, 0], labels=[0, 1], average="macro", zero_division=0)
    assert found.f1_macro == pytest.approx(f1)
    shares = metrics.normalise_rows(found.confusion)
    assert np.isnan(shares[2:]).all()
    assert not np.isnan(shares[:2]).any()


def test_one_class_only_has_no_roc_area():
    found = metrics.measure(np.zeros(5, int), np.zeros((5, 1)), ("a",))
    assert found.accuracy == 1
    assert np.isnan(found.roc_auc_macro)


def test_top_1_is_accuracy_also_with_ties():
    rng = np.random.default_rng(3)
    log_p = rng.integers(3, size=(500, 4)).astype(float)
    y = rng.integers(4, size=500)
    hits = metrics.in_top_k(y, log_p, 1)
    np.testing.assert_array_equal(hits, log_p.argmax(axis=1) == y)
    assert metrics.in_top_k(y, log_p, 4).all()
    assert metrics.in_top_k(y, log_p, 9).all()
    two, three = (metrics.in_top_k(y, log_p, k).mean() for k in (2, 3))
    assert hits.mean() < two < three < 1


def test_labels_as_text_and_as_indices_agree():
    text = metrics.measure(np.array(CLASSES, object)[Y], one_hot_log(PREDICTED), CLASSES)
    index = metrics.measure(Y, one_hot_log(PREDICTED), CLASSES)
    assert text.scalars() == index.scalars()


def test_pooling_equals_a_loop_and_ignores_the_order_of_rows():
    y, log_p, recording = drawn(np.random.default_rng(5))
    classes = [str(i) for i in range(log_p.shape[1])]
    names, pooled, true = decision.pool_recordings(y, log_p, classes, recording, "log_probability")
    for row, name in enumerate(names):
        summed = log_p[recording == name].sum(axis=0)
        np.testing.assert_allclose(pooled[row], summed - logsumexp(summed), atol=1e-12)
        assert (y[recording == name] == true[row]).all()
    mixed = np.random.default_rng(6).permutation(len(y))
    again = decision.pool_recordings(
        y[mixed], log_p[mixed], classes, recording[mixed], "log_probability"
    )
    np.testing.assert_allclose(again[1], pooled, atol=1e-12)
    np.testing.assert_array_equal(again[2], true)


def test_evaluate_scores_segments_and_recordings():
    # Two recordings of "a" (2 and 1 segments), one of "b": one segment of r0 is wrong, but unsure.
    p = np.array([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2], [0.2, 0.8]])
    found = metrics.evaluate(
        ["a", "a", "a", "b"],
        np.log(p),
        ("a", "b"),
        ["r0", "r0", "r1", "r2"],
        rule="log_probability",
        top_k=1,
    )
    assert (found.segment.n, found.recording.n) == (4, 3)
    assert found.segment.accuracy == found.segment.top_k_accuracy == 3 / 4
    assert found.recording.accuracy == 1  # r0: 0.9 * 0.4 against 0.1 * 0.6
    assert set(found.segment.scalars()) == set(metrics.SCALAR_METRICS)


@pytest.mark.parametrize(
    ("y", "log_p", "message"),
    [
        (["a", "x"], np.zeros((2, 3)), "'x' is none of the model's 3 classes"),
        ([0, 3], np.zeros((2, 3)), r"true class 3 is not one of 0\.\.2"),
        ([0, 1], np.zeros((2, 2)), "do not fit 2 true labels and 3 classes"),
        ([0, 1], np.zeros((3, 3)), "do not fit 2 true labels"),
        ([], np.zeros((0, 3)), "test part is empty"),
        ([0, 1], [[0, 0, 0], [0, np.nan, 0]], "row 1 for 'b' is nan"),
        ([0], [[np.inf, 0, 0]], "row 0 for 'a' is inf"),
    ],
)
def test_what_does_not_fit_is_refused(y, log_p, message):
    with pytest.raises(MicfpError, match=message):
        metrics.measure(y, log_p, CLASSES)


def test_a_recording_of_two_devices_is_refused():
    with pytest.raises(MicfpError, match="recording r1 has segments of two true labels"):
        decision.pool_recordings(
            [0, 0, 2, 1, 1], np.zeros((5, 3)), CLASSES, ["r0", "r1", "r1", "r2", "r2"], "vote"
        )
    with pytest.raises(MicfpError, match="2 recordings named for 3 scored rows"):
        decision.pool_recordings([0, 0, 0], np.zeros((3, 3)), CLASSES, ["r0", "r1"], "vote")
    with pytest.raises(MicfpError, match="top_k is 0"):
        metrics.measure([0], np.zeros((1, 3)), CLASSES, top_k=0)
