"""Sparse-representation classification: codes as scikit-learn finds them, classes by hand."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from sklearn.linear_model import orthogonal_mp

from micfp.config.models import PreparationConfig
from micfp.features import FeatureSet, extract_many
from micfp.models.classical import build, fit
from micfp.models.classifiers import ClassifiersConfig
from micfp.models.classifiers.sparse_representation import SparseRepresentation, unit_length
from micfp.models.classifiers.src import SrcConfig


def rows(n: int, p: int = 12, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, p))


@pytest.mark.parametrize("n_nonzero", [1, 3, 8])
def test_codes_are_those_of_scikit_learns_matching_pursuit(n_nonzero: int) -> None:
    # 300 rows to code: more than are coded at a time when classes are decided.
    model = SparseRepresentation(n_nonzero).fit(rows(50), np.arange(50) % 4)
    X = unit_length(rows(300, seed=1))
    chosen, weights = model.codes(X)
    dense = np.zeros((300, 50))
    np.put_along_axis(dense, chosen, weights, axis=1)
    expected = orthogonal_mp(unit_length(rows(50)).T, X.T, n_nonzero_coefs=n_nonzero).T
    np.testing.assert_allclose(dense, expected, atol=1e-6)


def test_residuals_of_each_class_as_wright_s_delta_has_them() -> None:
    y = np.arange(50) % 4
    model = SparseRepresentation(5).fit(rows(50), y)
    X = unit_length(rows(300, seed=1))
    codes = orthogonal_mp(unit_length(rows(50)).T, X.T, n_nonzero_coefs=5)
    for k in range(4):
        own = np.where((y == k)[:, None], codes, 0)  # delta_k: the weights of class k alone
        expected = np.square(X.T - unit_length(rows(50)).T @ own).sum(axis=0)
        np.testing.assert_allclose(-model.decision_function(X)[:, k], expected, atol=1e-6)


def test_two_axes_by_hand() -> None:
    # (3, 4) is (0.6, 0.8) at length 1: 0.6 of the row (1, 0) of "a" and 0.8 of (0, 2) of "b".
    # Without "b" 0.64 of the square is left over, without "a" 0.36.
    model = SparseRepresentation(2).fit(np.array([[1.0, 0.0], [0.0, 2.0]]), ["a", "b"])
    decision = model.decision_function(np.array([[3.0, 4.0], [4.0, -3.0]]))
    # b less a: -0.36 + 0.64; the other way round for (4, -3), whose sign does not count.
    np.testing.assert_allclose(decision, [0.28, -0.28], atol=1e-9)
    assert model.predict(np.array([[3.0, 4.0], [4.0, -3.0]])).tolist() == ["b", "a"]


def test_a_row_of_the_dictionary_is_itself_and_its_length_does_not_count() -> None:
    y = np.arange(50) % 4
    model = SparseRepresentation(5).fit(rows(50), y)
    np.testing.assert_array_equal(model.predict(7.0 * rows(50)), y)
    np.testing.assert_allclose(model.decision_function(rows(50)).max(axis=1), 0, atol=1e-9)


def test_alike_rows_and_rows_of_zeros() -> None:
    """Thrice the same rows and none at all: no number that is not finite."""
    X = np.vstack([rows(5)] * 3 + [np.zeros((1, 12))])
    y = np.array([*"abcde" * 3, "a"])
    model = SparseRepresentation(12).fit(X, y)
    decision = model.decision_function(np.vstack([X, np.full((1, 12), 1e-300)]))
    assert np.isfinite(decision).all()
    assert model.predict(X[:15]).tolist() == y[:15].tolist()


def test_no_more_rows_in_a_sum_than_there_are() -> None:
    X = rows(20)
    assert SparseRepresentation(99).fit(rows(3), [0, 1, 2]).codes(X)[0].shape == (20, 3)
    assert SparseRepresentation(99).fit(rows(50), np.arange(50) % 3).codes(X)[0].shape == (20, 12)


def test_probabilities_do_not_change_the_decision() -> None:
    rng = np.random.default_rng(5)
    y = np.repeat(np.arange(6), 12)
    centres = rng.normal(size=(6, 8))
    train, test = (centres[y] + 0.7 * rng.normal(size=(72, 8)) for _ in range(2))
    labels = np.array([f"phone {k}" for k in y])
    for part in ([0, 1], list(range(6))):
        own = np.isin(y, part)
        classifiers = ClassifiersConfig(src=SrcConfig(n_nonzero=4))
        pipeline = build("src", classifiers, PreparationConfig(scaling="none"), len(part), 42)
        model = fit(pipeline, train[own], labels[own])
        log_p = model.log_probabilities(test)
        decided = np.array(model.classes)[log_p.argmax(axis=1)]
        plain = SparseRepresentation(4).fit(train[own], labels[own]).predict(test)
        np.testing.assert_array_equal(decided, plain)
    # One temperature for all: logarithms differ as the squared residuals do, times one number.
    decision = SparseRepresentation(4).fit(train, labels).decision_function(test)
    log_p = np.log(model.pipeline.predict_proba(test))
    apart, log_apart = decision[:, 1:] - decision[:, :1], log_p[:, 1:] - log_p[:, :1]
    slope = (apart * log_apart).sum() / np.square(apart).sum()
    assert slope > 0
    np.testing.assert_allclose(log_apart, slope * apart, atol=1e-6)


def test_four_phones_by_another_utterance(shared_data: Path) -> None:
    settings = FeatureSet(families=("ltas",), rate_hz="native")

    def table(utterance: int) -> tuple[np.ndarray, np.ndarray]:
        found, labels = [], []
        for phone in ("IPHONE6", "IPHONEX", "SAMSUNG_S8", "xiaomi8"):
            y, sr = sf.read(
                shared_data / "ccnu_mobile" / f"{phone}_{utterance}.wav", dtype="float32"
            )
            starts = np.arange(len(y) // sr) * sr
            found.append(extract_many(y, sr, np.column_stack([starts, starts + sr]), settings))
            labels += [phone] * len(starts)
        return np.vstack(found), np.array(labels)

    model = fit(build("src", ClassifiersConfig(), PreparationConfig(), 4, 42), *table(1))
    X, truth = table(2)
    decided = np.array(model.classes)[model.log_probabilities(X).argmax(axis=1)]
    assert np.mean(decided == truth) > 0.9
