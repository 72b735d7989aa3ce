"""The detector: distances by another way, and as many false alarms as it was told."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis

from micfp.attack.detection import Detector, learn, threshold
from micfp.models.classifiers.gaussian_discriminant import LEVEL_DEVIATION
from micfp.recordings.splits import Fold

MIXING = np.random.default_rng(7).standard_normal((6, 6))
CENTRES = 4 * np.random.default_rng(8).standard_normal((3, 6))


def rows(n_each: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    y = np.repeat(["a", "b", "c"], n_each)
    drawn = np.random.default_rng(seed).standard_normal((3 * n_each, 6)) @ MIXING
    return np.repeat(CENTRES, n_each, axis=0) + drawn, y


def folds(n_each: int) -> list[Fold]:
    thirds = np.arange(3 * n_each) % 3
    return [Fold(np.flatnonzero(thirds != k), np.flatnonzero(thirds == k)) for k in range(3)]


@pytest.mark.parametrize("there", [[0, 1, 2, 3, 4, 5], [0, 2, 5]])
def test_distances_are_those_of_mahalanobis(there: list[int]) -> None:
    X, y = rows(50, 0)
    detector = learn(X, y)
    asked = np.full((4, 6), np.nan)
    asked[:, there] = X[:4, there]
    covariance = detector.covariance[np.ix_(there, there)] + LEVEL_DEVIATION**2
    inverse = np.linalg.inv(covariance)
    for row in range(4):
        for column in range(3):
            own = mahalanobis(X[row, there], detector.means[column, there], inverse)
            expected = own**2 / len(there)
            assert detector.distances(asked)[row, column] == pytest.approx(expected, rel=1e-4)
    assert not detector.distances(np.full((1, 6), np.nan)).any()


def test_a_column_that_no_training_row_had_says_nothing() -> None:
    """A band that one second of one held-out content reaches, and nothing else does."""
    X, y = rows(60, 1)
    X[:, 5] = np.nan
    before = threshold(X, y, folds(60), 0.05)
    distances = learn(X, y).distances(X)
    X[7, 5] = -60.0
    assert threshold(X, y, folds(60), 0.05) == before
    learned = np.delete(np.arange(len(X)), 7)
    assert learn(X[learned], y[learned]).distances(X) == pytest.approx(distances, rel=0.1)


@pytest.mark.parametrize("false_alarms", [0.05, 0.2])
def test_as_many_false_alarms_as_it_was_told(false_alarms: float) -> None:
    X, y = rows(400, 1)
    at = threshold(X, y, folds(400), false_alarms)
    new, devices = rows(2000, 2)
    column = np.searchsorted(["a", "b", "c"], devices)
    own = learn(X, y).distances(new)[np.arange(len(new)), column]
    assert (own > at).mean() == pytest.approx(false_alarms, abs=0.02)


def test_what_is_unlike_the_named_device_stands_out_and_a_gain_does_not() -> None:
    X, y = rows(400, 1)
    at = threshold(X, y, folds(400), 0.05)
    new, devices = rows(200, 3)
    column = np.searchsorted(["a", "b", "c"], devices)
    detector = learn(X, y)

    def flagged(asked: np.ndarray) -> float:
        return float((detector.distances(asked)[np.arange(len(new)), column] > at).mean())

    changed = new.copy()
    changed[:, 2] += 15
    assert flagged(changed) > 0.9
    assert flagged(new + 30) == pytest.approx(flagged(new), abs=0.02)


def test_what_is_kept_is_what_was_learned(tmp_path: Path) -> None:
    X, y = rows(50, 0)
    learned = learn(X, y)
    learned.save(tmp_path / "detector.npz")
    read = Detector.load(tmp_path / "detector.npz")
    assert read.classes.tolist() == ["a", "b", "c"]
    assert (read.distances(X) == learned.distances(X)).all()
