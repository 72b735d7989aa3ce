"""Mixtures for tests."""

import numpy as np

from micfp.models.gmm import Mixture

KNOWN = Mixture(
    weights=np.array([0.5, 0.3, 0.2]),
    means=np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 9.0]]),
    variances=np.array([[1.0, 2.0], [0.5, 1.0], [2.0, 0.2]]),
)


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def random_mixture(n_components: int, n_columns: int, seed: int = 1) -> Mixture:
    rng = generator(seed)
    return Mixture(
        rng.dirichlet(np.full(n_components, 5.0)),
        rng.normal(0, 2, size=(n_components, n_columns)),
        rng.uniform(0.5, 2, size=(n_components, n_columns)),
    )
