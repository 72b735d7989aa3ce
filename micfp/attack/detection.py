"""Detection: is a recording what the device that it is named as would have made?

A Gaussian of the clean training recordings of each device, over the spectrum of what is loud and of
the noise floor together: how far a segment lies from the device that it is named as. What was
filtered, encoded or disguised fits in one of them and not in the other.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micfp.models.gaussian_discriminant import LEVEL_DEVIATION, GaussianDiscriminant
from micfp.splits import Fold

Floats = NDArray[np.float64]
SHRINKAGE = 0.03


class Detector:
    """Distances to what is known of each device."""

    def __init__(self, X: Floats, y: ArrayLike) -> None:
        """Learn from clean rows X (n, p) of devices y (n,); what is NaN is not there."""
        self.analysis = GaussianDiscriminant(SHRINKAGE, ignore_level=True).fit(X, y)

    @property
    def classes(self) -> NDArray[np.generic]:
        """The devices, in the order of the columns of `distances`."""
        classes: NDArray[np.generic] = self.analysis.classes_
        return classes

    def distances(self, X: Floats) -> Floats:
        """Squared distance of each row to each device, a column that is there, (n, n_classes).

        In deviations within devices (Mahalanobis), without the level; 0 where nothing is there.
        """
        found = np.zeros((len(X), len(self.classes)))
        patterns, pattern_of_row = np.unique(~np.isnan(X), axis=0, return_inverse=True)
        for number, there in enumerate(patterns):
            if not there.any():
                continue
            rows = pattern_of_row.ravel() == number
            covariance = self.analysis.covariance_[np.ix_(there, there)] + LEVEL_DEVIATION**2
            apart = X[np.ix_(rows, there)][:, None, :] - self.analysis.means_[:, there]
            whitened = np.linalg.solve(
                np.linalg.cholesky(covariance), apart.reshape(-1, apart.shape[2]).T
            )
            found[rows] = np.square(whitened).mean(axis=0).reshape(apart.shape[:2])
        return found


def threshold(X: Floats, y: ArrayLike, folds: list[Fold], false_alarms: float) -> float:
    """The distance that so many clean segments exceed which a detector did not learn from.

    folds: of the rows of X (n, p); y: their devices.
    """
    devices = np.asarray(y)
    own = []
    for fold in folds:
        detector = Detector(X[fold.train], devices[fold.train])
        column = np.searchsorted(detector.classes, devices[fold.test])
        own.append(detector.distances(X[fold.test])[np.arange(len(column)), column])
    return float(np.quantile(np.concatenate(own), 1 - false_alarms))
