"""Sparse-representation classification: by the class whose training rows a row consists of.

Wright, Yang, Ganesh, Sastry and Ma 2009, "Robust face recognition via sparse representation"; for
phones Panagakis and Kotropoulos 2012 and Zou, He and Wu 2017. A row is written as a sum of few
training rows, and its class is the one whose rows in that sum leave least of it over. The rows are
found by orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad 1993) instead of the least
sum of absolute weights: the number of rows is then a setting, and many rows are coded at a time.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

Floats = NDArray[np.float64]

_ROWS_AT_A_TIME = 256
# Keeps the equations solvable where rows are alike, or one comes again since nothing is left over:
# these then share a weight.
_RIDGE = 1e-10


class SparseRepresentation(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Training rows of length 1 as a dictionary, and the class of each.

    Parameters
    ----------
    n_nonzero
        training rows in a sum, at least 1; no more than there are rows or columns
    """

    def __init__(self, n_nonzero: int) -> None:
        self.n_nonzero = n_nonzero

    def fit(self, X: Floats, y: ArrayLike) -> Self:
        """Keep the rows of X (n, p), and the class y (n,) of each."""
        self.n_features_in_ = X.shape[1]
        self.classes_, self.class_of_row_ = np.unique(np.asarray(y), return_inverse=True)
        self.rows_ = unit_length(X)
        return self

    def decision_function(self, X: Floats) -> Floats:
        """Minus the squared residual of each class, of rows X brought to length 1, (n, n_classes).

        Where the rest is Gaussian that is the log-likelihood of the class, but for a factor. With
        two classes the difference of the second and the first, (n,), as scikit-learn wants it.
        """
        parts = [
            -self._squared_residuals(unit_length(X[first : first + _ROWS_AT_A_TIME]))
            for first in range(0, len(X), _ROWS_AT_A_TIME)
        ]
        decision = np.concatenate(parts)
        return decision if len(self.classes_) > 2 else decision[:, 1] - decision[:, 0]

    def predict(self, X: Floats) -> NDArray[np.generic]:
        """The class of least residual of each row of X (n, p)."""
        decision = self.decision_function(X)
        best = decision.argmax(axis=1) if decision.ndim == 2 else (decision > 0).astype(int)
        predicted: NDArray[np.generic] = self.classes_[best]
        return predicted

    def _squared_residuals(self, X: Floats) -> Floats:
        """Of each row of X (m, p) and class, (m, n_classes)."""
        chosen, weights = self.codes(X)
        terms = weights[:, :, None] * self.rows_[chosen]
        residuals = np.empty((len(X), len(self.classes_)))
        for number in range(len(self.classes_)):
            of_class = (self.class_of_row_[chosen] == number)[:, :, None]
            residuals[:, number] = np.square(X - (of_class * terms).sum(axis=1)).sum(axis=1)
        return residuals

    def codes(self, X: Floats) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
        """Numbers of the training rows in the sum of each row of X (m, p), and their weights.

        Both (m, min(n_nonzero, n, p)), in the order in which the rows were found: each is the one
        most like what the ones before it leave over.
        """
        n_terms = min(self.n_nonzero, *self.rows_.shape)
        chosen = np.empty((len(X), 0), np.int64)
        weights: NDArray[np.floating] = np.empty((len(X), 0))
        rest: NDArray[np.floating] = X
        for _ in range(n_terms):
            most_like = np.abs(rest @ self.rows_.T).argmax(axis=1)
            chosen = np.column_stack([chosen, most_like])
            terms = self.rows_[chosen]  # (m, terms, p)
            inner = terms @ terms.transpose(0, 2, 1) + _RIDGE * np.eye(chosen.shape[1])
            weights = np.linalg.solve(inner, terms @ X[:, :, None])[:, :, 0]
            rest = X - (weights[:, None, :] @ terms)[:, 0]
        return chosen, weights


def unit_length(X: Floats) -> Floats:
    """The rows of X (n, p), each of length 1; a row of zeros stays one."""
    length = np.linalg.norm(X, axis=1, keepdims=True)
    return X / np.where(length > 0, length, 1.0)
