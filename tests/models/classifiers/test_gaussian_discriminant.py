"""Gaussian discriminant analysis: scikit-learn's where everything is there, by hand where not."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from micfp.config.models import PreparationConfig
from micfp.models.classical import Fitted, build, fit
from micfp.models.classifiers import ClassifiersConfig
from micfp.models.classifiers.gaussian_discriminant import LEVEL_DEVIATION, GaussianDiscriminant
from micfp.models.classifiers.gda import GdaConfig

NAN = np.nan


def rows(n_each: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three overlapping classes of four columns that depend on each other."""
    rng = np.random.default_rng(seed)
    mixing = np.array([[1, 0.8, 0, 0], [0, 1, 0.5, 0], [0, 0, 1, 0.9], [0, 0, 0, 1.0]])
    centres = np.array([[0, 0, 0, 0], [1, -1, 0.5, 0], [-1, 1, 1, 1.5]])
    y = np.repeat(["a", "b", "c"], n_each)
    X = np.repeat(centres, n_each, axis=0) + rng.standard_normal((3 * n_each, 4)) @ mixing
    return X, y


def test_with_all_columns_it_is_linear_discriminant_analysis() -> None:
    X, y = rows()
    ours = GaussianDiscriminant(0.1, ignore_level=False).fit(X, y).decision_function(X)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1).fit(X, y)
    # Both are linear in the rows; what all classes share may differ.
    expected = theirs.decision_function(X)
    np.testing.assert_allclose(
        ours - ours.mean(axis=1, keepdims=True),
        expected - expected.mean(axis=1, keepdims=True),
        rtol=1e-9,
        atol=1e-9,
    )


def test_what_is_not_there_is_left_out_of_the_gaussians() -> None:
    X, y = rows()
    model = GaussianDiscriminant(0.1, ignore_level=False).fit(X, y)
    row = np.array([[0.3, NAN, -1.2, NAN]])
    expected = [
        multivariate_normal(mean[[0, 2]], model.covariance_[np.ix_([0, 2], [0, 2])]).logpdf(
            row[0, [0, 2]]
        )
        for mean in model.means_
    ]
    found = model.decision_function(row)[0]
    np.testing.assert_allclose(found - found[0], np.array(expected) - expected[0], rtol=1e-9)
    # Of nothing nothing follows.
    np.testing.assert_array_equal(model.decision_function(np.full((1, 4), NAN)), np.zeros((1, 3)))


def test_a_common_level_changes_nothing() -> None:
    X, y = rows()
    model = GaussianDiscriminant(0.03, ignore_level=True).fit(X, y)
    for there in ([0, 1, 2, 3], [0, 1], [1, 2, 3]):
        some = np.full_like(X, NAN)
        some[:, there] = X[:, there]
        plain, louder = (model.decision_function(some + level) for level in (0.0, 20.0))
        # A Gaussian of 1000 beside deviations of about 1: the level weighs a millionth.
        np.testing.assert_allclose(louder, plain, atol=20 * 20 / LEVEL_DEVIATION**2 * 100)
    exact = GaussianDiscriminant(0.03, ignore_level=False).fit(X, y)
    assert np.abs(exact.decision_function(X + 20) - exact.decision_function(X)).max() > 1


def test_means_and_covariance_of_what_is_there() -> None:
    X = np.array([[1, 10.0], [3, NAN], [5, 30.0], [7, NAN], [7, 34.0], [7, NAN]])
    y = ["a", "a", "b", "b", "b", "b"]
    model = GaussianDiscriminant(1e-9, ignore_level=False).fit(X, y)
    # a: (1 + 3) / 2 and 10 alone; b: (5 + 7 + 7 + 7) / 4 and (30 + 34) / 2.
    np.testing.assert_allclose(model.means_, [[2, 10], [6.5, 32]])
    # First column: (1 + 1 + 2.25 + 3 * 0.25) / 6. Second: (0 + 4 + 4) / 3 over the rows that have
    # it. Together over these: (-1 * 0 + -1.5 * -2 + 0.5 * 2) / 3.
    np.testing.assert_allclose(model.covariance_, [[5 / 6, 4 / 3], [4 / 3, 8 / 3]], rtol=1e-6)


def test_a_column_that_a_class_never_has() -> None:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((60, 2)) + np.repeat([[0, 40.0], [0, 0.0]], 30, axis=0)
    y = np.repeat(["wide", "narrow"], 30)
    X[y == "narrow", 1] = NAN
    model = GaussianDiscriminant(0.01, ignore_level=False).fit(X, y)
    assert model.means_[0, 1] == np.nanmin(X[:, 1])  # classes are in order: narrow, wide
    # A row that has the column is none of the narrow ones; one without says nothing by it.
    assert list(model.predict(np.array([[0.0, 41.0]]))) == ["wide"]
    difference = model.decision_function(np.array([[0.0, NAN]]))[0]
    assert abs(difference) < 1


@pytest.mark.parametrize("most_deviations", [None, 4.0])
def test_a_column_that_no_class_had_is_left_out(most_deviations: float | None) -> None:
    """Trained at 8 kHz, asked at 44.1 kHz: most columns are new."""
    X, y = rows()
    wide = np.hstack([X, np.full((len(X), 9), np.nan)])
    model = GaussianDiscriminant(0.1, ignore_level=True, most_deviations=most_deviations)
    model.fit(wide, y)
    expected = model.decision_function(wide)
    assert np.isfinite(expected).all()
    wide[:, X.shape[1] :] = 30.0
    assert model.decision_function(wide) == pytest.approx(expected)


def test_in_a_pipeline_probabilities_are_calibrated_and_nan_stays() -> None:
    X, y = rows()
    X[::3, 3] = NAN
    preparation = PreparationConfig(scaling="none", missing="keep")
    classifiers = ClassifiersConfig(gda=GdaConfig(ignore_level=False))
    model: Fitted = fit(build("gda", classifiers, preparation, 3, seed=1), X, y)
    spoiled = X.copy()
    spoiled[0, 0] = np.inf  # counts as not there
    logs = model.log_probabilities(spoiled)
    assert np.isfinite(logs).all()
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1)
    without = X.copy()
    without[0, 0] = NAN
    np.testing.assert_array_equal(logs, model.log_probabilities(without))
    assert (np.array(model.classes)[logs.argmax(axis=1)] == y).mean() > 0.7


@pytest.mark.parametrize("ignore_level", [False, True])
def test_a_column_that_no_class_explains_is_left_out(ignore_level: bool) -> None:
    X, y = rows()
    free, careful = (GaussianDiscriminant(0.03, ignore_level, most).fit(X, y) for most in (None, 4))
    spoiled, without = X.copy(), X.copy()
    spoiled[:, 3], without[:, 3] = -60.0, NAN
    np.testing.assert_allclose(
        careful.decision_function(spoiled), careful.decision_function(without), rtol=1e-12
    )
    assert (careful.predict(spoiled) == y).mean() > (free.predict(spoiled) == y).mean() + 0.2
    # Between the classes it stays, and so does what is far from one of them only.
    inside = np.abs(X - X.mean(axis=0)).max(axis=1) < 2
    np.testing.assert_allclose(
        careful.decision_function(X[inside]), free.decision_function(X[inside]), rtol=1e-12
    )


@pytest.mark.parametrize("shrinkage", [0.01, 1.0])
def test_fewer_rows_than_columns(shrinkage: float) -> None:
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((6, 50)), np.repeat(["a", "b"], 3)
    X[:3] += 3
    assert list(GaussianDiscriminant(shrinkage, False).fit(X, y).predict(X)) == list(y)
