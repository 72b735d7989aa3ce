"""Gaussian mixtures over frames (GMM), and what they make of a sample: statistics, supervectors.

A mixture of all devices' frames, the universal background model (UBM), is fitted by expectation
maximisation (EM). A sample is then its Baum-Welch statistics under the UBM: how many frames each
component takes, and their sum. From these come the means adapted to the sample (Reynolds, Quatieri
and Dunn 2000) and its i-vector, see `ivectors`.

Everything is float64. Fitting uses one BLAS thread, so that the same frames give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.errors import MicfpError

Floats = NDArray[np.float64]
Frames = NDArray[np.float32 | np.float64]
Blocks = Callable[[], Iterable[Frames]]

CHUNK_FRAMES = 2048
"""Frames taken at once: with 64 components their densities are 1 MB, which a cache holds."""

START_FRAMES = 100
"""Frames a component that k-means starts from, drawn from all."""

START_ITERATIONS = 10

EMPTY_FRAMES = 1e-6
"""A component that takes fewer frames than this has no evidence of its own."""


@dataclass(frozen=True)
class Mixture:
    """Gaussians with diagonal covariance.

    Parameters
    ----------
    weights
        of the components, (M,); above 0, their sum 1
    means
        (M, D)
    variances
        (M, D); above 0

    Raises
    ------
    MicfpError
        where shapes or values are not such
    """

    weights: Floats
    means: Floats
    variances: Floats

    def __post_init__(self) -> None:
        shape = self.means.shape
        if len(shape) != 2 or self.variances.shape != shape or self.weights.shape != shape[:1]:
            raise MicfpError(
                f"a mixture cannot have weights of shape {self.weights.shape}, means of {shape} and"
                f" variances of {self.variances.shape}: it needs (M,), (M, D) and (M, D)"
            )
        above_0 = bool((self.weights > 0).all() and (self.variances > 0).all())
        finite = all(np.isfinite(a).all() for a in (self.weights, self.means, self.variances))
        if not above_0 or not finite or abs(self.weights.sum() - 1) > 1e-6:
            raise MicfpError(
                "a mixture must be finite, its weights and variances above 0 and the sum of its"
                f" weights 1, not {self.weights.sum():.6g}: fit it again"
            )


@dataclass(frozen=True)
class Statistics:
    """Baum-Welch statistics of n samples under a mixture of M components in D dimensions.

    Parameters
    ----------
    zeroth
        frames that each component takes, (n, M); a row's sum is the sample's frames
    first
        sum of the frames that each component takes, (n, M, D); not centred
    """

    zeroth: Floats
    first: Floats


def fit_mixture(
    blocks: Blocks,
    n_components: int,
    rng: np.random.Generator,
    iterations: int = 20,
    variance_floor: float = 1e-3,
) -> Mixture:
    """A mixture fitted to frames by EM, which starts from k-means on frames drawn from all.

    How the frames are divided into blocks changes nothing beyond rounding.

    Parameters
    ----------
    blocks
        gives all frames anew, in blocks (n, D), each time it is called: once for the start and once
        an iteration. What is kept in memory does not grow with their number
    n_components
        M, at least 1 and at most the number of frames
    rng
        draws the frames that k-means starts from
    iterations
        of EM
    variance_floor
        least variance of a component, as a share of that of all frames

    Raises
    ------
    MicfpError
        too few frames, a frame that is not finite, a constant column, blocks of different widths,
        or fewer than one component
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    if n_components < 1:
        raise MicfpError(f"cannot fit a mixture of {n_components} components: ask for at least 1")
    with threadpool_limits(1):
        drawn, variance = _survey(blocks, n_components, rng)
        mixture = Mixture(
            np.full(n_components, 1 / n_components),
            _k_means(drawn / np.sqrt(variance), n_components, rng) * np.sqrt(variance),
            np.tile(variance, (n_components, 1)),
        )
        for _ in range(iterations):
            mixture, _ = em_step(mixture, blocks, variance_floor * variance)
    return mixture


def em_step(mixture: Mixture, blocks: Blocks, least_variance: Floats) -> tuple[Mixture, float]:
    """One step of EM: the better mixture, and the mean log-likelihood a frame of the one given.

    The log-likelihood never falls, if no variance was below the least: one that would go below is
    best at the least. A component that takes no frames stays where it is, with next to no weight.

    Parameters
    ----------
    blocks
        gives all frames, in blocks (n, D)
    least_variance
        of each dimension, (D,)

    Raises
    ------
    MicfpError
        no frames, a frame that is not finite, or one of another width
    """
    n_frames, total = 0, 0.0
    n_components, n_columns = mixture.means.shape
    zeroth, moments = np.zeros(n_components), np.zeros((n_components, 2 * n_columns))
    for block in blocks():
        for frames in _chunks(block, n_columns):
            log_likelihood, shares, powers = _expectation(mixture, frames)
            n_frames += len(frames)
            total += float(log_likelihood.sum())
            zeroth += shares.sum(axis=0)
            moments += shares.T @ powers
    if n_frames == 0:
        raise MicfpError("no frames to fit a mixture on: blocks() must give them at every call")
    seen = (zeroth > EMPTY_FRAMES)[:, None]
    zeroth = np.maximum(zeroth, EMPTY_FRAMES)
    first, second = np.hsplit(moments / zeroth[:, None], 2)
    means = np.where(seen, first + _centre(mixture), mixture.means)
    variances = np.where(seen, np.maximum(second - first**2, least_variance), mixture.variances)
    return Mixture(zeroth / zeroth.sum(), means, variances), total / n_frames


def log_likelihoods(mixture: Mixture, frames: Frames) -> Floats:
    """Natural log of the mixture's density at each frame, float64 (n,).

    Parameters
    ----------
    frames
        (n, D)

    Raises
    ------
    MicfpError
        a frame that is not finite, or of another width than the mixture
    """
    chunks = _chunks(frames, mixture.means.shape[1])
    return np.concatenate([np.empty(0), *(_expectation(mixture, chunk)[0] for chunk in chunks)])


def statistics(mixture: Mixture, samples: Iterable[Frames]) -> Statistics:
    """Baum-Welch statistics of samples, taken one at a time; memory is that of the result.

    Parameters
    ----------
    samples
        the frames of each, (T, D); T may differ, and be 0

    Raises
    ------
    MicfpError
        a frame that is not finite, or of another width than the mixture
    """
    zeroth = []

    def sums() -> Iterator[Floats]:
        for sample in samples:
            taken, summed = np.zeros(len(mixture.weights)), np.zeros(mixture.means.shape)
            for frames in _chunks(sample, mixture.means.shape[1]):
                shares = _expectation(mixture, frames)[1]
                taken += shares.sum(axis=0)
                summed += shares.T @ frames
            zeroth.append(taken)
            yield summed

    # An array that grows: a list of all sums beside their array would need their memory twice.
    number: Any = np.dtype((np.float64, mixture.means.shape))
    first = np.fromiter(sums(), dtype=number)
    return Statistics(np.reshape(zeroth, (len(first), len(mixture.weights))), first)


def supervectors(
    mixture: Mixture, stats: Statistics, relevance: float = 10.0
) -> NDArray[np.float32]:
    """The mixture's means adapted to each sample by maximum a posteriori, float32 (n, M, D).

    Reynolds, Quatieri and Dunn (2000), the means only: a component that takes N
    frames goes N / (N + relevance) of the way from its own mean to theirs. Not scaled.

    Parameters
    ----------
    relevance
        frames that weigh as much as the mixture's own mean; above 0

    Raises
    ------
    MicfpError
        a relevance of 0 or less, or statistics of another mixture
    """
    if not relevance > 0:
        raise MicfpError(f"a relevance factor of {relevance} adapts nothing: give one above 0")
    check_statistics(mixture, stats)
    adapted = np.empty(stats.first.shape, dtype=np.float32)
    for row, (zeroth, first) in enumerate(zip(stats.zeroth, stats.first, strict=True)):
        adapted[row] = (first + relevance * mixture.means) / (zeroth + relevance)[:, None]
    return adapted


def check_statistics(mixture: Mixture, stats: Statistics) -> None:
    """Raise MicfpError where statistics are not of this mixture."""
    shape = mixture.means.shape
    if stats.first.shape[1:] != shape or stats.zeroth.shape != stats.first.shape[:2]:
        raise MicfpError(
            f"statistics of shapes {stats.zeroth.shape} and {stats.first.shape} do not belong to a"
            f" mixture with means of shape {shape}: make them with this mixture"
        )


def _chunks(frames: Frames, n_columns: int | None) -> Iterator[Floats]:
    """Frames (n, D) as float64, CHUNK_FRAMES at a time, after a check of width and values."""
    if frames.ndim != 2 or n_columns not in (None, frames.shape[1]):
        raise MicfpError(
            f"frames must be an array (n, {n_columns or 'D'}), not of shape {frames.shape}"
        )
    for start in range(0, len(frames), CHUNK_FRAMES):
        chunk = frames[start : start + CHUNK_FRAMES].astype(np.float64)
        finite = np.isfinite(chunk)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            raise MicfpError(
                f"number {column} of frame {start + row} is {chunk[row, column]}: frames must be"
                " finite, so check the recording they were made from"
            )
        yield chunk


def _centre(mixture: Mixture) -> Floats:
    """Mean of the whole mixture, (D,)."""
    centre: Floats = mixture.weights @ mixture.means
    return centre


def _expectation(mixture: Mixture, frames: Floats) -> tuple[Floats, Floats, Floats]:
    """What the mixture makes of frames (n, D).

    Returns
    -------
    log-likelihood of each frame (n,); each component's share in it (n, M), a row's sum being 1; the
    frame less the mixture's mean, then its squares (n, 2 D). Squares of what is far from 0 would
    leave no digits for the differences
    """
    centre, precisions = _centre(mixture), 1 / mixture.variances
    means = mixture.means - centre
    powers = np.empty((len(frames), 2 * len(centre)))
    centred = np.subtract(frames, centre, out=powers[:, : len(centre)])
    np.square(centred, out=powers[:, len(centre) :])
    constant = np.log(mixture.weights) - 0.5 * (
        np.log(2 * np.pi * mixture.variances) + means**2 * precisions
    ).sum(axis=1)
    # Log of weight times density, then in place what is left of it against the largest.
    shares = powers @ np.hstack([means * precisions, -0.5 * precisions]).T
    shares += constant
    largest = shares.max(axis=1, keepdims=True)
    shares -= largest
    np.exp(shares, out=shares)
    sums = shares.sum(axis=1, keepdims=True)
    shares /= sums
    return (np.log(sums) + largest)[:, 0], shares, powers


def _survey(blocks: Blocks, n_components: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Frames to start from, (up to n_components * START_FRAMES, D), and variance of all, (D,).

    Each frame draws a number and the lowest stay: which ones is a matter of their order alone, not
    of the blocks. Variances are merged as in Chan, Golub and LeVeque (1983).
    """
    n_frames, n_columns = 0, None
    for block in blocks():
        for frames in _chunks(block, n_columns):
            if n_columns is None:
                n_columns = frames.shape[1]
                mean, scatter = np.zeros(n_columns), np.zeros(n_columns)
                lots, drawn = np.empty(0), np.empty((0, n_columns))
            n_new = len(frames)
            apart = frames.mean(axis=0) - mean
            scatter += frames.var(axis=0) * n_new + apart**2 * n_frames * n_new / (n_frames + n_new)
            n_frames += n_new
            mean += apart * n_new / n_frames
            lots = np.concatenate([lots, rng.random(n_new)])
            lowest = np.argsort(lots)[: n_components * START_FRAMES]
            lots, drawn = lots[lowest], np.concatenate([drawn, frames])[lowest]
    if n_frames < n_components:
        raise MicfpError(
            f"cannot fit {n_components} components on {n_frames} frames: give more frames or ask"
            " for fewer components"
        )
    variance = scatter / n_frames
    constant = np.flatnonzero(variance <= (1e-12 * mean) ** 2)  # rounding leaves less than that
    if len(constant):
        raise MicfpError(
            f"column {constant[0]} is {mean[constant[0]]:.6g} in all {n_frames} frames: leave it"
            " out, or check the recordings they were made from"
        )
    return drawn, variance


def _k_means(frames: Floats, n_components: int, rng: np.random.Generator) -> Floats:
    """Means of clusters of frames, (n_components, D)."""
    from sklearn.cluster import KMeans

    seed = int(rng.integers(2**31))
    k_means = KMeans(n_components, n_init=1, max_iter=START_ITERATIONS, random_state=seed)
    means: Floats = k_means.fit(frames).cluster_centers_
    return means
