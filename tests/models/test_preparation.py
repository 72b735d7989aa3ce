"""Preparation learns from training rows alone, and equals scikit-learn's own steps."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, mutual_info_classif
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from micfp.config.models import PreparationConfig
from micfp.models.preparation import (
    MostInformative,
    NonFiniteToZero,
    PrincipalComponents,
    preparation_steps,
)


def rows(n: int = 40, p: int = 6) -> np.ndarray:
    return np.random.default_rng(1).normal(3, 2, size=(n, p))


def prepared(train: np.ndarray, test: np.ndarray, **config: object) -> np.ndarray:
    pipeline = Pipeline(preparation_steps(PreparationConfig(**config), seed=42))  # type: ignore[arg-type]
    labels = np.arange(len(train)) % 3
    result: np.ndarray = pipeline.fit(train, labels).transform(test)
    return result


def test_not_finite_is_zero() -> None:
    X = np.array([[np.nan, np.inf, -np.inf, 1.5]], dtype=np.float32)
    out = NonFiniteToZero().fit(X).transform(X)
    np.testing.assert_array_equal(out, [[0, 0, 0, 1.5]])
    assert out.dtype == np.float64
    assert np.isnan(X[0, 0]), "the caller's array is left alone"


def test_constant_columns_go_by_the_training_rows() -> None:
    train, test = rows(), rows(5) + 1
    train[:, 2] = 7.0
    train[:, 4] = np.nan  # nothing known: 0 everywhere
    out = prepared(train, test, scaling="none")
    np.testing.assert_array_equal(out, test[:, [0, 1, 3, 5]])


@pytest.mark.parametrize(
    ("name", "scaler"), [("standard", StandardScaler), ("minmax", MinMaxScaler)]
)
def test_scaling_is_fitted_on_training_rows(name: str, scaler: type) -> None:
    train, test = rows(), 10 * rows(5)
    np.testing.assert_allclose(
        prepared(train, test, scaling=name), scaler().fit(train).transform(test), rtol=1e-12
    )


def test_selection_is_scikit_learns_k_best() -> None:
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 30)
    X = rng.normal(size=(90, 8))
    X[:, 6] += 4 * y
    X[:, 1] += 2 * y
    ours = MostInformative(2, seed=3).fit(X, y)
    reference = SelectKBest(lambda a, b: mutual_info_classif(a, b, random_state=3), k=2).fit(X, y)
    np.testing.assert_array_equal(ours.columns_, reference.get_support(indices=True))
    np.testing.assert_array_equal(ours.transform(X), X[:, [1, 6]])
    assert MostInformative(99, seed=3).fit(X, y).transform(X).shape == (90, 8)


def test_components_are_scikit_learns() -> None:
    X = rows()
    ours = PrincipalComponents(3).fit(X).transform(X)
    reference = PCA(3).fit_transform(X)
    np.testing.assert_allclose(np.abs(ours), np.abs(reference), atol=1e-10)


@pytest.mark.parametrize(("n", "p", "expected"), [(40, 6, 6), (4, 6, 4)])
def test_components_are_as_many_as_there_can_be(n: int, p: int, expected: int) -> None:
    X = rows(n, p)
    assert PrincipalComponents(8).fit(X).transform(rows(9, p)).shape == (9, expected)


def test_the_steps_in_order() -> None:
    names = [name for name, _ in preparation_steps(PreparationConfig(select=3, pca=2), seed=1)]
    assert names == ["finite", "varying", "scaling", "select", "pca"]
    names = [name for name, _ in preparation_steps(PreparationConfig(scaling="none"), seed=1)]
    assert names == ["finite", "varying"]
