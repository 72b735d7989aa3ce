"""Network of radial basis functions (Broomhead and Lowe 1988; Moody and Darken 1989).

The hidden units are Gaussians around centres, which k-means finds in the training rows of each
class by itself; the output layer is a logistic regression on their activations. One width serves
all of them: the mean distance from a centre to its nearest neighbour (Moody and Darken). For
phones: Kotropoulos and Samaras 2014.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

Floats = NDArray[np.float64]


class RbfNetwork(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Centres, their width, and the layer that reads the activations.

    Parameters
    ----------
    n_centres
        centres of each class, at least 1; no more than it has training rows
    C
        of the logistic regression; the smaller, the smoother
    seed
        for the first centres of k-means
    """

    def __init__(self, n_centres: int, C: float, seed: int) -> None:
        self.n_centres = n_centres
        self.C = C
        self.seed = seed

    def fit(self, X: Floats, y: ArrayLike) -> Self:
        """Find the centres of X (n, p) with classes y (n,), and train the output layer."""
        from sklearn.linear_model import LogisticRegression

        labels = np.asarray(y)
        self.n_features_in_ = X.shape[1]
        self.classes_ = np.unique(labels)
        self.centres_ = np.concatenate(
            [self._centres_of(X[labels == name]) for name in self.classes_]
        )
        self.width_ = _mean_distance_to_nearest(self.centres_)
        self.output_ = LogisticRegression(C=self.C, max_iter=1000)
        self.output_.fit(self.activations(X), labels)
        return self

    def activations(self, X: Floats) -> Floats:
        """exp(-d^2 / (2 width^2)) of the distance d to each centre, (n, n_centres), 0..1."""
        activations: Floats = np.exp(-_squared_distances(X, self.centres_) / (2.0 * self.width_**2))
        return activations

    def predict_proba(self, X: Floats) -> Floats:
        """Probability of each class, (n, n_classes)."""
        probabilities: Floats = self.output_.predict_proba(self.activations(X))
        return probabilities

    def predict(self, X: Floats) -> NDArray[np.generic]:
        """The most probable class of each row of X (n, p)."""
        predicted: NDArray[np.generic] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return predicted

    def _centres_of(self, X: Floats) -> Floats:
        """k-means centres of the rows of one class."""
        from sklearn.cluster import KMeans

        n_centres = min(self.n_centres, len(np.unique(X, axis=0)))
        centres: Floats = KMeans(n_centres, random_state=self.seed).fit(X).cluster_centers_
        return centres


def _squared_distances(X: Floats, centres: Floats) -> Floats:
    """Of every row of X to every centre, (n, n_centres)."""
    squares = np.square(X).sum(axis=1)[:, None] + np.square(centres).sum(axis=1)
    distances: Floats = np.maximum(squares - 2.0 * X @ centres.T, 0.0)
    return distances


def _mean_distance_to_nearest(centres: Floats) -> float:
    """Mean over centres of the distance to the nearest other one; 1 where all are one."""
    squared = _squared_distances(centres, centres)
    np.fill_diagonal(squared, np.inf)
    return float(np.sqrt(squared.min(axis=1)).mean()) or 1.0
