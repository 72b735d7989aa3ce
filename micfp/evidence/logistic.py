"""From scores to likelihood ratios by logistic regression, matched to what was measured.

log LR = (a + b . q) s + (c + d . q), of a score s and measures q, both standardised. Pairs of one
device weigh as much together as those of two, so that what is fitted are ratios and no odds.

References
----------
Bruemmer and du Preez (2006), Application-independent evaluation of speaker detection. Morrison
(2013), Tutorial on logistic-regression calibration and fusion. Morrison and Poh (2018), Avoiding
overstating the strength of forensic evidence: why to shrink.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.evidence.trials import Trials

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

PENALTY = 1e-4
"""On squared weights of standardised values, against the mean loss of a pair."""
PENALTY_OF_MEASURES = 1e-3
"""On those of measures and of their products with the score: little data goes towards pooling."""
LEAST_SLOPE = 0.05
"""Of log LR over a standardised score: a greater score is never weaker evidence."""
STEPS = 30
CONVERGED = 1e-8


@dataclass(frozen=True)
class Logistic:
    """A fitted mapping, and how scores and measures are standardised.

    Attributes
    ----------
    centre, spread
        (1 + n_measures,), of the score and of each measure.
    weights
        (2, 1 + n_measures): slope and its dependence on measures; offset and its dependence.
    """

    centre: Array
    spread: Array
    weights: Array

    @property
    def n_measures(self) -> int:
        """How many measures the mapping hangs on."""
        return len(self.centre) - 1

    def log10_lr(self, score: Array, quality: Array | None = None) -> Array:
        """Log10 likelihood ratios (n,) of scores (n,), with measures (n, n_measures) if any.

        Raises
        ------
        ValueError
            Another number of measures than were fitted.
        """
        values = score[:, None] if quality is None else np.column_stack([score, quality])
        if values.shape[1] != len(self.centre):
            raise ValueError(
                f"{values.shape[1] - 1} measures were given, and {self.n_measures} fitted"
            )
        z = (values - self.centre) / self.spread
        slope = np.maximum(self.weights[0, 0] + z[:, 1:] @ self.weights[0, 1:], LEAST_SLOPE)
        offset = self.weights[1, 0] + z[:, 1:] @ self.weights[1, 1:]
        return np.asarray((slope * z[:, 0] + offset) / np.log(10))


def fit_logistic(
    trials: Trials, weight: Array | None = None, start: Array | None = None
) -> Logistic:
    """Fit to pairs.

    Parameters
    ----------
    trials
        Pairs of both kinds; measures without any (n, 0) give one mapping for all.
    weight
        (n,) >= 0, of each pair among those of its kind; None: all the same.
    start
        Weights (2, 1 + n_measures) to begin with; standardisation is that of all pairs, so that
        those of another fit to the same pairs may serve.

    Raises
    ------
    ValueError
        Pairs of one kind alone.
    """
    values = np.column_stack([trials.score, trials.quality])
    centre, spread = values.mean(axis=0), values.std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    z = (values - centre) / spread
    n_columns = z.shape[1]
    ones = np.ones((len(z), 1))
    data = np.hstack([z[:, :1], z[:, :1] * z[:, 1:], ones, z[:, 1:]])
    each = np.ones(len(z)) if weight is None else weight
    total = np.array([each[trials.same].sum(), each[~trials.same].sum()])
    if not (total > 0).all():
        raise ValueError("pairs of one device and of two are needed")
    each = np.where(trials.same, each / total[0], each / total[1]) / 2
    penalty = np.full(data.shape[1], PENALTY_OF_MEASURES)
    penalty[0], penalty[n_columns] = PENALTY, 0.0
    first = np.zeros(data.shape[1]) if start is None else start.ravel()
    found = _newton(data, trials.same, each, penalty, first)
    return Logistic(centre, spread, found.reshape(2, n_columns))


def _newton(data: Array, same: Bools, weight: Array, penalty: Array, first: Array) -> Array:
    used = weight > 0
    data, same, weight = data[used], same[used], weight[used]
    w = first
    loss = _loss(data, same, weight, penalty, w)
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(data @ w, -500, 500)))
        gradient = data.T @ (weight * (p - same)) + 2 * penalty * w
        curvature = (data * (weight * np.maximum(p * (1 - p), 1e-12))[:, None]).T @ data
        curvature += np.diag(2 * penalty + 1e-10)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while (now := _loss(data, same, weight, penalty, w - size * step)) > loss and size > 1e-6:
            size /= 2
        w = w - size * step
        if loss - now < CONVERGED:
            break
        loss = now
    return w


def _loss(data: Array, same: Bools, weight: Array, penalty: Array, w: Array) -> float:
    margin = np.where(same, 1.0, -1.0) * (data @ w)
    return float(weight @ np.logaddexp(0, -margin) + penalty @ np.square(w))


def fit_replicates(
    trials: Trials, fitted: Logistic, n_replicates: int, rng: np.random.Generator
) -> Array:
    """Weights (n_replicates, 2, 1 + n_measures) of fits to devices that are drawn anew.

    Devices are drawn, not pairs: pairs of one device hang together. A pair weighs as often as both
    of its devices were drawn.
    """
    names, index = np.unique(np.concatenate([trials.first, trials.second]), return_inverse=True)
    first, second = np.split(np.asarray(index).ravel(), 2)
    found: list[Array] = []
    while len(found) < n_replicates:
        drawn = np.bincount(rng.integers(len(names), size=len(names)), minlength=len(names))
        weight = np.where(trials.same, drawn[first], drawn[first] * drawn[second]).astype(float)
        if weight[trials.same].any() and weight[~trials.same].any():
            found.append(fit_logistic(trials, weight, fitted.weights).weights)
    return np.array(found).reshape(n_replicates, 2, -1)
