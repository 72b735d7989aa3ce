"""Preparation learns from training rows alone, and equals scikit-learn's own steps."""

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import SelectKBest, mutual_info_classif
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from micfp.config.models import PreparationConfig
from micfp.models.preparation import (
    Discriminants,
    MostInformative,
    NonFiniteToZero,
    PrincipalComponents,
    RandomProjection,
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


def test_a_random_projection_is_drawn_and_not_learned() -> None:
    # The same combinations whatever the rows and labels; other ones with another seed.
    one, other = rows(), 10 * rows(9)
    fitted = RandomProjection(4, seed=3).fit(one)
    again = RandomProjection(4, seed=3).fit(other, np.arange(9))
    np.testing.assert_array_equal(fitted.transform(one), again.transform(one))
    assert not np.allclose(fitted.transform(one), RandomProjection(4, 4).fit(one).transform(one))
    # Linear: the unit vectors give the weights.
    np.testing.assert_allclose(fitted.transform(one), one @ fitted.transform(np.eye(6)), rtol=1e-12)


def test_a_random_projection_keeps_distances() -> None:
    # 1000 weights of variance 1 / 1000: the square of a length comes out within
    # 3 * sqrt(2 / 1000) = 13 % of what it was.
    X = rows(20, 2000)
    projected = RandomProjection(1000, seed=1).fit(X).transform(X)
    before, after = (np.square(Z[1:] - Z[:-1]).sum(axis=1) for Z in (X, projected))
    np.testing.assert_allclose(after, before, rtol=0.2)
    assert projected.shape == (20, 1000)
    assert RandomProjection(99, seed=1).fit(rows()).transform(rows()).shape == (40, 6)


def classes_apart() -> tuple[np.ndarray, np.ndarray]:
    """Three classes of 30 rows; the sixth column tells them apart, five louder ones do not."""
    X = rows(90) * [9, 9, 9, 9, 9, 1]
    y = np.repeat(["a", "b", "c"], 30)
    X[:, 5] += np.repeat([0, 20, 40], 30)
    return X, y


def test_discriminants_are_scikit_learns() -> None:
    X, y = classes_apart()
    reference = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto", n_components=2)
    expected = reference.fit(X, y).transform(rows(9))
    ours = Discriminants(2).fit(X, y)
    np.testing.assert_allclose(ours.transform(rows(9)), expected, rtol=1e-9)
    # Three classes have two discriminants, two have one, however many are asked for.
    assert Discriminants(50).fit(X, y).transform(X).shape == (90, 2)
    assert Discriminants(50).fit(X[:60], y[:60]).transform(X).shape == (90, 1)


def test_discriminants_are_where_a_map_to_the_labels_is() -> None:
    """Least squares from columns to one label a class (Hastie, Tibshirani and Buja 1994).

    With many rows, so that the shrinkage of the covariance is next to none.
    """
    rng = np.random.default_rng(4)
    y = np.repeat(["a", "b", "c"], 4000)
    X = rng.standard_normal((12000, 6)) @ rng.standard_normal((6, 6))
    X += np.repeat(rng.standard_normal((3, 6)), 4000, axis=0)
    labels = (y[:, None] == np.unique(y)).astype(float)
    mapped = np.linalg.lstsq(X - X.mean(axis=0), labels - labels.mean(axis=0))[0]
    plane = np.linalg.svd(mapped)[0][:, :2]  # three labels that add up to one: rank two
    angles = subspace_angles(plane, Discriminants(2).fit(X, y).weights_)
    assert np.degrees(angles).max() < 3


def test_discriminants_see_what_principal_components_do_not() -> None:
    X, y = classes_apart()
    (found,) = Discriminants(1).fit(X, y).transform(X).T
    spread = [np.ptp(found[y == name]) for name in "abc"]
    means = np.sort([found[y == name].mean() for name in "abc"])
    assert np.diff(means).min() > max(spread), "the classes do not overlap"


def test_discriminants_learn_from_more_columns_than_rows_and_from_training_rows_alone() -> None:
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 10)
    train, test = rng.normal(size=(30, 200)), rng.normal(size=(30, 200))
    for X in (train, test):
        X[:, 0] += 8 * y
    pipeline = Pipeline(preparation_steps(PreparationConfig(discriminant=2), seed=1)).fit(train, y)
    both = pipeline.transform(test)
    np.testing.assert_allclose(pipeline.transform(test[:1]), both[:1], rtol=1e-9)
    centres = np.array([pipeline.transform(train)[y == k].mean(axis=0) for k in range(3)])
    nearest = np.linalg.norm(both[:, None] - centres, axis=2).argmin(axis=1)
    assert np.mean(nearest == y) > 0.8  # chance is a third


def test_the_steps_in_order() -> None:
    config = PreparationConfig(select=3, random_projection=3, pca=2, discriminant=1)
    names = [name for name, _ in preparation_steps(config, seed=1)]
    assert names == [
        *("finite", "varying", "scaling", "select", "random_projection", "pca", "discriminant")
    ]
    names = [name for name, _ in preparation_steps(PreparationConfig(scaling="none"), seed=1)]
    assert names == ["finite", "varying"]


def test_a_preparation_without_projections_is_what_it_was() -> None:
    """Its plain data, of which results are named, does not know of them."""
    plain = {"scaling": "standard", "select": None, "pca": None}
    assert PreparationConfig().model_dump(mode="json") == plain
    one = PreparationConfig(discriminant=3)
    assert one.model_dump(mode="json") == plain | {"discriminant": 3}
    assert PreparationConfig.model_validate(one.model_dump(mode="json")) == one
