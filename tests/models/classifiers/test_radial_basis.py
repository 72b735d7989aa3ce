"""The RBF network: centres, width, activations and output layer, each against another way."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import LogisticRegression

from micfp.config.models import PreparationConfig
from micfp.models.classical import build
from micfp.models.classifiers import ClassifiersConfig
from micfp.models.classifiers.radial_basis import RbfNetwork
from micfp.models.classifiers.rbf import RbfConfig


def data(n_each: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Two classes that no line parts: a disc and a ring around it."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 2 * n_each)
    radius = np.repeat([0.0, 3.0], n_each) + rng.uniform(0, 1, 2 * n_each)
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return X, np.repeat(["disc", "ring"], n_each)


def test_it_parts_what_no_line_parts() -> None:
    X, y = data()
    model = RbfNetwork(4, 100.0, seed=1).fit(X, y)
    assert np.mean(model.predict(X) == y) == 1.0
    assert np.mean(LogisticRegression().fit(X, y).predict(X) == y) < 0.8
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1.0)


def test_centres_are_k_means_of_each_class() -> None:
    X, y = data()
    model = RbfNetwork(3, 1.0, seed=1).fit(X, y)
    for k, name in enumerate(["disc", "ring"]):
        expected = KMeans(3, random_state=1).fit(X[y == name]).cluster_centers_
        np.testing.assert_allclose(model.centres_[3 * k : 3 * k + 3], expected)


def test_the_width_is_the_mean_distance_to_the_nearest_centre() -> None:
    # One centre a class: 0, 1 and 5. Nearest: 1 away, 1 away and 4 away, 2 on average.
    model = RbfNetwork(1, 1.0, seed=1).fit(np.array([[0.0], [1.0], [5.0]]), ["a", "b", "c"])
    assert model.centres_.tolist() == [[0.0], [1.0], [5.0]]
    assert model.width_ == pytest.approx(2.0)
    # At 3: exp(-9 / 8), exp(-4 / 8) and exp(-4 / 8).
    np.testing.assert_allclose(
        model.activations(np.array([[3.0]])), np.exp([[-9 / 8, -0.5, -0.5]]), rtol=1e-12
    )


def test_activations_and_output_are_scikit_learns() -> None:
    X, y = data()
    model = RbfNetwork(4, 10.0, seed=1).fit(X, y)
    nearest = np.sort(cdist(model.centres_, model.centres_), axis=1)[:, 1]
    kernel = RBF(nearest.mean())(X, model.centres_)
    np.testing.assert_allclose(model.activations(X), kernel, rtol=1e-9)
    output = LogisticRegression(C=10.0, max_iter=1000).fit(kernel, y)
    np.testing.assert_allclose(model.predict_proba(X), output.predict_proba(kernel), rtol=1e-6)


def test_no_more_centres_than_different_rows() -> None:
    X = np.array([[0.0, 0.0]] * 5 + [[1.0, 1.0], [2.0, 2.0]])
    model = RbfNetwork(4, 1.0, seed=1).fit(X, ["a"] * 5 + ["b"] * 2)
    np.testing.assert_allclose(model.centres_[0], [0, 0])
    assert len(model.centres_) == 1 + 2


def test_classes_in_one_place() -> None:
    # No two centres differ: the width is 1, and neither class is the likelier.
    model = RbfNetwork(2, 1.0, seed=1).fit(np.ones((6, 2)), ["a", "b"] * 3)
    assert model.width_ == 1.0
    np.testing.assert_allclose(model.predict_proba(np.zeros((1, 2))), 0.5, atol=1e-6)


def test_the_seed_decides() -> None:
    X, y = data()
    one, same, other = (RbfNetwork(5, 1.0, seed=s).fit(X, y).centres_ for s in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_it_is_built_as_the_parameters_say() -> None:
    asked = ClassifiersConfig(rbf=RbfConfig(n_centres=3, C=7.0))
    network = build("rbf", asked, PreparationConfig(), 4, seed=5)[-1]
    assert network.get_params() == {"n_centres": 3, "C": 7.0, "seed": 5}
