"""Fusion of scores by logistic regression."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

PENALTY = 1e-3
"""On squared weights of standardised scores, against the mean loss of a trial."""


@dataclass(frozen=True)
class Fusion:
    """A weighted sum of squashed scores: log odds at even priors on what it was trained on.

    Attributes
    ----------
    weights
        (n_scorers,).
    offset
        Added to the sum.
    """

    weights: Array
    offset: float

    def __call__(self, scores: Array) -> Array:
        """Fused scores (...,) of squashed scores (..., n_scorers)."""
        return np.asarray(scores @ self.weights + self.offset)


def fit_fusion(scores: Array, same: Bools, *, nonnegative: bool) -> Fusion:
    """Fit weights, same and different devices weighing the same together.

    Parameters
    ----------
    scores
        (n, n_scorers), squashed.
    same
        (n,), whether the devices are the same; both kinds occur.
    nonnegative
        Whether no weight may be below 0.

    Notes
    -----
    Scores are standardised first: on raw ones the usual penalty of logistic regression is far too
    strong (Cllr .27 where .17 was possible). Free weights give scores that are alike opposite
    signs, which suits the devices that they were fitted to and no others.
    """
    from scipy.optimize import minimize

    centre, spread = scores.mean(axis=0), np.maximum(scores.std(axis=0), 1e-9)
    data = np.hstack([(scores - centre) / spread, np.ones((len(scores), 1))])
    sign = np.where(same, 1.0, -1.0)
    weight = np.where(same, 0.5 / same.sum(), 0.5 / (~same).sum())

    def loss(w: Array) -> tuple[float, Array]:
        margin = sign * (data @ w)
        value = float(weight @ np.logaddexp(0, -margin)) + PENALTY * float(w[:-1] @ w[:-1])
        slope = -weight * sign / (1 + np.exp(np.clip(margin, -500, 500)))
        gradient = data.T @ slope
        gradient[:-1] += 2 * PENALTY * w[:-1]
        return value, gradient

    limits = [(0.0 if nonnegative else None, None)] * scores.shape[1] + [(None, None)]
    found = minimize(loss, np.zeros(data.shape[1]), jac=True, method="L-BFGS-B", bounds=limits).x
    weights = found[:-1] / spread
    return Fusion(weights, float(found[-1] - weights @ centre))
