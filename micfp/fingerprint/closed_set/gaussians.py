"""Known devices as Gaussians with one covariance (Fisher's linear discriminant).

What is within a device is that of the two-covariance model. Where a device lies is what its
training pieces let expect, so that a band that it lacks is filled in by the others.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.config.recipe import RecipeConfig
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.scoring import LEAST_BANDS, rounded_s
from micfp.fingerprint.embedding.training import TrainingPieces
from micfp.fingerprint.embedding.two_covariance import (
    LEVEL_VARIANCE_DB2,
    TwoCovariance,
    aligned,
    fit_two_covariance,
    label_means,
)
from micfp.fingerprint.embedding.vectors import VECTORS

Array = NDArray[np.float64]
RECIPE = RecipeConfig()
NAMED_BY = ("loud", "content", "ct")
"""Of VECTORS, those by which a device is named."""
COPIES = 4.0
"""How much of what is learned from copies counts: codecs do more than they."""
OWN_VARIANCE_DB2 = 1.0
"""Of each band alone, which no copy shows."""


@dataclass(frozen=True)
class DeviceGaussians:
    """Devices by one kind of vector.

    Attributes
    ----------
    covariances
        What is within and between devices.
    expected_db
        (n_devices, N_BANDS), where each device lies, less the mean of `covariances`.
    """

    covariances: TwoCovariance
    expected_db: Array

    def log_likelihoods(self, vectors: NDArray[np.float32], active_s: Sequence[float]) -> Array:
        """Log density (n, n_devices) of vectors (n, N_BANDS) with so many active seconds.

        0 of vectors with fewer than 4 bands. The level counts as a Gaussian far wider than any, and
        active seconds are rounded to `DURATIONS_S`.
        """
        data = aligned(self.covariances, vectors, RECIPE.outlier_sd)
        groups: dict[tuple[bytes, float], list[int]] = defaultdict(list)
        for k, seconds in enumerate(active_s):
            groups[np.isfinite(data[k]).tobytes(), rounded_s(seconds)].append(k)
        found = np.zeros((len(data), len(self.expected_db)))
        for (there, seconds), rows in groups.items():
            bands = np.frombuffer(there, np.bool_)
            if np.count_nonzero(bands) >= LEAST_BANDS:
                found[rows] = self._densities(data[rows][:, bands], bands, seconds)
        return found

    def _densities(self, data: Array, bands: NDArray[np.bool_], active_s: float) -> Array:
        import scipy.linalg

        chosen, model = np.ix_(bands, bands), self.covariances
        within = COPIES * model.copies[chosen] + model.sessions[chosen]
        within += model.content[chosen] / active_s + OWN_VARIANCE_DB2 * np.eye(len(within))
        root = np.linalg.cholesky(within + LEVEL_VARIANCE_DB2)
        whitened = scipy.linalg.solve_triangular(
            root, np.vstack([data, self.expected_db[:, bands]]).T, lower=True
        ).T
        tests, devices = whitened[: len(data)], whitened[len(data) :]
        distance = np.square(tests[:, None] - devices).sum(axis=2)
        log_determinant = 2 * np.log(np.diag(root)).sum()
        constant = log_determinant + np.count_nonzero(bands) * np.log(2 * np.pi)
        return np.asarray(-(distance + constant) / 2)


Branch = tuple[DeviceGaussians, ...]
"""Devices by each vector of NAMED_BY."""


def branch_log_likelihoods(branch: Branch, fingerprints: Sequence[Fingerprint]) -> Array:
    """Sum over vectors (n, n_devices): as if they told nothing of each other, which they do."""
    active_s = [one.active_s for one in fingerprints]
    vectors = np.array([one.vectors for one in fingerprints], np.float32)
    rows = [VECTORS.index(name) for name in NAMED_BY]
    each = [
        devices.log_likelihoods(vectors[:, row], active_s)
        for devices, row in zip(branch, rows, strict=True)
    ]
    return np.asarray(np.sum(each, axis=0))


def fit_branch(training: TrainingPieces) -> Branch:
    """Fit to pieces of recordings and their copies; devices are numbered from 0."""
    rows = [VECTORS.index(name) for name in NAMED_BY]
    return tuple(_fit(training.vectors[:, row], training) for row in rows)


def _fit(vectors: NDArray[np.float32], training: TrainingPieces) -> DeviceGaussians:
    model = fit_two_covariance(
        vectors,
        training.devices,
        training.recordings,
        training.copies,
        training.active_s,
        shrinkage=RECIPE.shrinkage,
        prior_share=RECIPE.prior_share,
        content_by_time=True,
    )
    means = label_means(aligned(model, vectors, RECIPE.outlier_sd), training.devices)
    original = training.copies == 0
    expected = np.empty_like(means)
    for device, mean in enumerate(means):
        own = original & (training.devices == device)
        n_recordings = len(np.unique(training.recordings[own]))
        error = model.sessions / n_recordings + model.content / training.active_s[own].sum()
        expected[device] = expected_vector(model, mean, error)
    return DeviceGaussians(model, expected)


def expected_vector(model: TwoCovariance, mean: Array, error: Array) -> Array:
    """What a device's vector is expected to be, (N_BANDS,).

    Parameters
    ----------
    model
        Whose `between` says what devices are like.
    mean
        (N_BANDS,) of the device's pieces, less the model's mean; NaN in bands that it lacks.
    error
        (N_BANDS, N_BANDS), covariance of that mean about the device's vector.
    """
    there = np.isfinite(mean)
    chosen = np.ix_(there, there)
    # The pieces' level is unknown as that of any recording.
    total = model.between[chosen] + error[chosen] + LEVEL_VARIANCE_DB2
    return np.asarray(model.between[:, there] @ np.linalg.solve(total, mean[there]))
