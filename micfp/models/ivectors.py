"""The total-variability matrix of a mixture, and the i-vectors of samples.

Dehak et al. (2011); Kenny, Boulianne and Dumouchel (2005). Everything is float64. Fitting uses one
BLAS thread, so that the same statistics give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from micfp.errors import MicfpError
from micfp.models.gmm import (
    EMPTY_FRAMES,
    Floats,
    Frames,
    Mixture,
    Statistics,
    check_statistics,
)

POSTERIOR_NUMBERS = 2**20
"""Numbers in the largest array of a block of samples' i-vector posteriors: 8 MB."""


def fit_total_variability(
    mixture: Mixture,
    stats: Statistics,
    dimension: int,
    rng: np.random.Generator,
    iterations: int = 10,
) -> Floats:
    """The total-variability matrix of training samples, float64 (M, D, R), by EM.

    A sample's means are those of the mixture plus the matrix times R standard normal numbers. The
    covariances stay those of the mixture. Each step ends with minimum divergence (Kenny 2008),
    about a mean of 0: the numbers' second moment goes into the matrix, and the likelihood of the
    samples never falls. A component that takes no frames gets zeros.

    Parameters
    ----------
    stats
        of the training samples under this mixture
    dimension
        R, at least 1, at most the number of samples and at most M times D
    rng
        draws the matrix that EM starts from: normal numbers times a standard deviation

    Raises
    ------
    MicfpError
        a dimension that cannot be trained, or statistics of another mixture
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    check_statistics(mixture, stats)
    n_samples, n_components, n_columns = stats.first.shape
    most = min(n_samples, n_components * n_columns)
    if not 1 <= dimension <= most:
        raise MicfpError(
            f"cannot train a total-variability matrix of dimension {dimension} on {n_samples}"
            f" samples and {n_components} components of {n_columns} numbers: ask for at least 1 and"
            f" at most {most}"
        )
    seen = stats.zeroth.sum(axis=0) > EMPTY_FRAMES
    total = rng.normal(size=(n_components, n_columns, dimension))
    total *= np.sqrt(mixture.variances)[:, :, None]
    with threadpool_limits(1):
        for _ in range(iterations):
            total = _total_variability_step(mixture, total, stats, seen)
    return total


def ivectors(
    mixture: Mixture, total: Floats, stats: Statistics, length_normalise: bool = True
) -> NDArray[np.float32]:
    """The i-vector of each sample, float32 (n, R): the posterior mean of its R numbers.

    Dehak et al. (2011).

    Parameters
    ----------
    total
        total-variability matrix (M, D, R) of `fit_total_variability`
    length_normalise
        to a length of 1, without a mean taken off: see `length_normalised`

    Raises
    ------
    MicfpError
        matrix or statistics of another mixture
    """
    check_statistics(mixture, stats)
    if total.ndim != 3 or total.shape[:2] != mixture.means.shape:
        raise MicfpError(
            f"a total-variability matrix of shape {total.shape} does not belong to a mixture with"
            f" means of shape {mixture.means.shape}: use the two that were trained together"
        )
    vectors = np.empty((len(stats.first), total.shape[2]), dtype=np.float32)
    for rows, _, means, _ in _posteriors(mixture, total, stats):
        vectors[rows] = length_normalised(means) if length_normalise else means
    return vectors


def length_normalised(vectors: Frames, mean: Frames | None = None) -> Frames:
    """Vectors (n, R) of length 1 (Garcia-Romero and Espy-Wilson 2011); one of only zeros stays.

    Parameters
    ----------
    mean
        taken off first, (R,), such as that of the training samples' vectors
    """
    centred = vectors if mean is None else vectors - mean
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return centred / np.where(lengths > 0, lengths, 1)


def _posteriors(
    mixture: Mixture, total: Floats, stats: Statistics
) -> Iterator[tuple[slice, Floats, Floats, Floats]]:
    """Posteriors of the R hidden numbers of samples, a block of samples at a time.

    Kenny, Boulianne and Dumouchel (2005): with N frames a component, F their sum
    less N times its mean, and S the variances, the posterior is normal with precision
    I + sum of N T' S^-1 T and with mean covariance x sum of T' S^-1 F.

    Returns
    -------
    rows of the samples; F (b, M, D); means (b, R); covariances (b, R, R)
    """
    n_components, n_columns, dimension = total.shape
    scaled = total / mixture.variances[:, :, None]
    products = (scaled.transpose(0, 2, 1) @ total).reshape(n_components, -1)  # (M, R x R)
    step = max(1, POSTERIOR_NUMBERS // max(dimension**2, n_components * n_columns))
    for start in range(0, len(stats.first), step):
        rows = slice(start, start + step)
        centred = stats.first[rows] - stats.zeroth[rows][:, :, None] * mixture.means
        precisions = (stats.zeroth[rows] @ products).reshape(-1, dimension, dimension)
        inverses = np.linalg.inv(precisions + np.eye(dimension))
        covariances = np.asarray(inverses, dtype=np.float64)
        linear = centred.reshape(len(centred), -1) @ scaled.reshape(-1, dimension)
        yield rows, centred, (covariances @ linear[:, :, None])[:, :, 0], covariances


def _total_variability_step(
    mixture: Mixture, total: Floats, stats: Statistics, seen: NDArray[np.bool_]
) -> Floats:
    """One step of EM on the total-variability matrix (M, D, R), with minimum divergence.

    Kenny, Boulianne and Dumouchel (2005), with the covariances left alone.

    Parameters
    ----------
    seen
        components that take frames at all, (M,); the others' rows become 0
    """
    n_components, n_columns, dimension = total.shape
    quadratic = np.zeros((n_components, dimension**2))  # sum of N E[w w'], of each component
    linear = np.zeros((n_components * n_columns, dimension))  # sum of F E[w]'
    moment = np.zeros(dimension**2)  # sum of E[w w']
    for rows, centred, means, covariances in _posteriors(mixture, total, stats):
        covariances += means[:, :, None] * means[:, None, :]  # now E[w w']
        moments = covariances.reshape(len(means), -1)
        quadratic += stats.zeroth[rows].T @ moments
        linear += centred.reshape(len(means), -1).T @ means
        moment += moments.sum(axis=0)
    better = np.zeros_like(total)
    better[seen] = np.linalg.solve(
        quadratic.reshape(-1, dimension, dimension)[seen],
        linear.reshape(total.shape)[seen].transpose(0, 2, 1),
    ).transpose(0, 2, 1)
    moment /= len(stats.first)
    result: Floats = better @ np.linalg.cholesky(moment.reshape(dimension, dimension))
    return result
