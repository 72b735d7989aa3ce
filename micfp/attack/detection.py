"""Detection: whether a recording is what the device that it is named as would have made.

A Gaussian of the clean training recordings of each device, over the spectrum of what is loud and of
the noise floor together: how far a segment lies from the device that it is named as. What was
filtered, encoded or disguised fits in one of them and not in the other.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micfp.models.classifiers.gaussian_discriminant import (
    LEVEL_DEVIATION,
    GaussianDiscriminant,
    is_present,
    rows_alike,
)
from micfp.recordings.splits import Fold

Floats = NDArray[np.float64]
SHRINKAGE = 0.03


@dataclass(frozen=True)
class Detector:
    """What is known of each device: classes (k,), means (k, p), the covariance (p, p) within."""

    classes: NDArray[np.str_]
    means: Floats
    covariance: Floats

    def distances(self, X: Floats) -> Floats:
        """Squared distance of each row to each device, per column present, (n, n_classes).

        In deviations within devices (Mahalanobis), without the level; 0 where nothing is there.
        """
        found = np.zeros((len(X), len(self.classes)))
        for rows, present in rows_alike(is_present(X, self.means)):
            covariance = self.covariance[np.ix_(present, present)] + LEVEL_DEVIATION**2
            apart = X[np.ix_(rows, present)][:, None, :] - self.means[:, present]
            whitened = np.linalg.solve(
                np.linalg.cholesky(covariance), apart.reshape(-1, apart.shape[2]).T
            )
            found[rows] = np.square(whitened).mean(axis=0).reshape(apart.shape[:2])
        return found

    def save(self, path: Path) -> None:
        """Write it as arrays."""
        np.savez(path, **vars(self))

    @classmethod
    def load(cls, path: Path) -> "Detector":
        """Read what `save` wrote; runs no code from it."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["classes"], arrays["means"], arrays["covariance"])


def learn(X: Floats, y: ArrayLike) -> Detector:
    """Learn from clean rows X (n, p) of devices y (n,); what is NaN is not there."""
    analysis = GaussianDiscriminant(SHRINKAGE, ignore_level=True).fit(X, y)
    return Detector(analysis.classes_.astype(str), analysis.means_, analysis.covariance_)


def threshold(X: Floats, y: ArrayLike, folds: list[Fold], false_alarms: float) -> float:
    """The distance that so many clean segments exceed which a detector did not learn from.

    folds: of the rows of X (n, p); y: their devices.
    """
    devices = np.asarray(y)
    own = []
    for fold in folds:
        detector = learn(X[fold.train], devices[fold.train])
        column = np.searchsorted(detector.classes, devices[fold.test])
        own.append(detector.distances(X[fold.test])[np.arange(len(column)), column])
    return float(np.quantile(np.concatenate(own), 1 - false_alarms))
