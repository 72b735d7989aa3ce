"""ROC curves and pooled reports against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn import metrics as sk

from micfp.errors import MicfpError
from micfp.evaluation import curves, decision, metrics


def test_roc_curves_equal_scikit_learn():
    rng = np.random.default_rng(0)
    y = rng.integers(4, size=300)
    score = rng.normal(size=(300, 4))
    score[np.arange(300), y] += 1
    log_p = decision.normalise_log(score)
    found = curves.roc_curves(y, log_p, ["a", "b", "c", "d"])
    for c, curve in enumerate(found.per_class):
        assert curve.auc == pytest.approx(sk.roc_auc_score(y == c, log_p[:, c]))
        area = np.trapezoid(curve.true_positive_rate, curve.false_positive_rate)
        assert area == pytest.approx(curve.auc)
        assert (curve.false_positive_rate[0], curve.true_positive_rate[0]) == (0, 0)
        assert (curve.false_positive_rate[-1], curve.true_positive_rate[-1]) == (1, 1)
    micro = sk.roc_auc_score(np.eye(4)[y], np.exp(log_p), average="micro")
    assert found.micro.auc == pytest.approx(micro)


def test_roc_by_hand():
    # "a": scores of its rows 0.9, 0.4; of the others 0.6, 0.1. Three of four pairs are right.
    p = np.array([[0.9, 0.1], [0.4, 0.6], [0.6, 0.4], [0.1, 0.9]])
    curve = curves.roc_curves([0, 0, 1, 1], np.log(p), ["a", "b"]).per_class[0]
    np.testing.assert_allclose(curve.false_positive_rate, [0, 0, 0.5, 0.5, 1])
    np.testing.assert_allclose(curve.true_positive_rate, [0, 0.5, 0.5, 1, 1])
    assert curve.auc == 3 / 4


def test_a_class_without_rows_has_no_curve():
    with np.errstate(divide="ignore"):
        found = curves.roc_curves([0, 1], np.log(np.eye(3)[:2]), ["a", "b", "c"])
    assert found.per_class[2] is None
    assert found.per_class[0].auc == 1


def report(y, guess, n_classes=3):
    log_p = decision.normalise_log(np.eye(n_classes)[guess])
    return metrics.measure(np.array(y), log_p, [f"mic {i}" for i in range(n_classes)])


def test_pooled_report_by_hand():
    # Classifier 1 calls one of two "1" a "0"; classifier 2 is right. Class 2 is not present, and
    # classifier 2 names it once.
    first = report([0, 0, 1, 1], [0, 0, 0, 1])
    second = report([0, 0, 1, 1], [0, 2, 1, 1])
    pooled = curves.pooled_report([first, second])
    np.testing.assert_allclose(
        pooled.confusion,
        [[0.75, 0, 0.25], [0.25, 0.75, 0], [np.nan] * 3],  # means of 1, 1/2; 1/2, 1
    )
    np.testing.assert_allclose(pooled.precision, [(2 / 3 + 1) / 2, 1, np.nan])
    np.testing.assert_allclose(pooled.recall, [(1 + 1 / 2) / 2, (1 / 2 + 1) / 2, np.nan])
    np.testing.assert_allclose(pooled.f1, [(4 / 5 + 2 / 3) / 2, (2 / 3 + 1) / 2, np.nan])
    assert pooled.accuracy == (3 / 4 + 3 / 4) / 2
    assert pooled.n_classifiers == 2
    np.testing.assert_array_equal(pooled.support, [2, 2, 0])
    # Named by every classifier, the class has a precision (0) in each, and still none when pooled.
    assert second.precision[2] == 0
    assert np.isnan(curves.pooled_report([second, second]).precision[2])


def test_classifiers_scored_on_other_rows_are_not_pooled():
    with pytest.raises(MicfpError, match="same rows; one has 2 rows of 3 classes, another 3 of 3"):
        curves.pooled_report([report([0, 1], [0, 1]), report([0, 1, 1], [0, 1, 1])])
    with pytest.raises(MicfpError, match="no classifiers to pool"):
        curves.pooled_report([])
