"""Gaussian discriminant analysis over the columns that a row has.

Every class is a Gaussian, all with one covariance (Fisher's linear discriminant analysis; Hastie,
Tibshirani and Friedman, The Elements of Statistical Learning, 4.3). A row with columns that are not
there (NaN), such as the bands that a telephone line took away, is judged by the others: leaving
columns of a Gaussian out leaves a Gaussian, whose mean and covariance are the rest of both. A level
that all columns share, such as the gain of a spectrum in dB, is left out in the same way: it counts
as a Gaussian of a deviation far above any real one, whatever columns are there.

A column in which a row is unlike every class counts as not there, too: no microphone explains what
a filter, a codec or a tone made of it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

Floats = NDArray[np.float64]

LEVEL_DEVIATION = 1000.0
"""Of the level that is left out, in the unit of the columns, dB."""
_ROWS_AT_A_TIME = 64


class GaussianDiscriminant(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Means of the classes and the covariance within them.

    Parameters
    ----------
    shrinkage
        0..1, how far the covariance is drawn towards a multiple of the identity
    ignore_level
        a number that is added to all columns of a row changes nothing
    most_deviations
        a column further than so many deviations from the means of all classes is left out of a row;
        None: none is
    """

    def __init__(
        self, shrinkage: float, ignore_level: bool, most_deviations: float | None = None
    ) -> None:
        self.shrinkage = shrinkage
        self.ignore_level = ignore_level
        self.most_deviations = most_deviations

    def fit(self, X: Floats, y: ArrayLike) -> Self:
        """Learn from rows X (n, p) of classes y (n,); what is NaN is not there.

        A class that never has a column gets the least value that others have in it: a row that has
        the column is then unlike the class. A column that no class has is infinite: `is_present`.
        """
        self.n_features_in_ = X.shape[1]
        self.classes_, class_of_row = np.unique(np.asarray(y), return_inverse=True)
        present = ~np.isnan(X)
        member = np.eye(len(self.classes_))[:, class_of_row]
        counts = member @ present
        least = np.min(np.where(present, X, np.inf), axis=0)
        sums = member @ np.where(present, X, 0.0)
        self.means_ = np.where(counts > 0, sums / np.maximum(counts, 1), least)
        rest = np.where(present, X - self.means_[class_of_row], 0.0)
        self.covariance_ = self._shrunk(rest, present.astype(np.float64))
        return self

    def _shrunk(self, rest: Floats, present: Floats) -> Floats:
        """Covariance of what is left over, each pair of columns over the rows that have both."""
        pairs = (rest.T @ rest) / np.maximum(present.T @ present, 1.0)
        # Pairs over different rows may contradict each other a little: no variance below zero.
        values, vectors = np.linalg.eigh(pairs)
        covariance = (vectors * np.maximum(values, 0.0)) @ vectors.T
        spread = max(float(np.trace(covariance)) / len(covariance), np.finfo(float).tiny)
        shrunk: Floats = (1.0 - self.shrinkage) * covariance
        shrunk[np.diag_indices_from(shrunk)] += self.shrinkage * spread
        return shrunk

    def decision_function(self, X: Floats) -> Floats:
        """Log-likelihood of each class but for what all share, (n, n_classes); 0 without columns.

        With two classes the difference of the second and the first, (n,), as scikit-learn wants it.
        """
        decision = np.zeros((len(X), len(self.classes_)))
        for rows, present in rows_alike(self._explained(X)):
            decision[rows] = self._log_likelihoods(X[np.ix_(rows, present)], present)
        return decision if len(self.classes_) > 2 else decision[:, 1] - decision[:, 0]

    def _explained(self, X: Floats) -> NDArray[np.bool_]:
        """Which columns of each row of X (n, p) are there, and like those of some class.

        The level of a row is that of a class by the median of their differences.
        """
        present = is_present(X, self.means_)
        if self.most_deviations is None:
            return present
        most = self.most_deviations * np.sqrt(np.diag(self.covariance_))
        for first in range(0, len(X), _ROWS_AT_A_TIME):
            rows = slice(first, first + _ROWS_AT_A_TIME)
            apart = np.where(present[rows], X[rows], np.nan)[:, None, :] - self.means_
            if self.ignore_level:
                apart -= _median(apart)
            present[rows] &= (np.abs(apart) <= most).any(axis=1)
        return present

    def _log_likelihoods(self, X: Floats, present: NDArray[np.bool_]) -> Floats:
        covariance = self.covariance_[np.ix_(present, present)]
        if self.ignore_level:
            covariance = covariance + LEVEL_DEVIATION**2
        means = self.means_[:, present]
        # Of the rows less a mean that all classes share: nearby numbers keep their digits.
        centre = means.mean(axis=0)
        directions = np.linalg.solve(covariance, (means - centre).T)
        offsets = 0.5 * np.sum((means - centre) * directions.T, axis=1)
        likelihoods: Floats = (X - centre) @ directions - offsets
        return likelihoods

    def predict(self, X: Floats) -> NDArray[np.generic]:
        """The most likely class of each row of X (n, p)."""
        decision = self.decision_function(X)
        best = decision.argmax(axis=1) if decision.ndim == 2 else (decision > 0).astype(int)
        predicted: NDArray[np.generic] = self.classes_[best]
        return predicted


def is_present(X: Floats, means: Floats) -> NDArray[np.bool_]:
    """Which columns of each row can be compared, (n, p): what it has, and some class has.

    Parameters
    ----------
    X
        rows (n, p), NaN where a column is not there
    means
        of the classes (k, p), infinite where no class had a column
    """
    return ~np.isnan(X) & np.isfinite(means).all(axis=0)


def rows_alike(present: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Which rows have the same columns, and which columns these are; not those that have none.

    Parameters
    ----------
    present
        which columns each row has, (n, p)
    """
    patterns, pattern_of_row = np.unique(present, axis=0, return_inverse=True)
    for number, columns in enumerate(patterns):
        if columns.any():
            yield pattern_of_row.ravel() == number, columns


def _median(values: Floats) -> Floats:
    """Along the last axis, of what is there; 0 where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        median: Floats = np.nanmedian(values, axis=-1, keepdims=True)
    return np.nan_to_num(median)
