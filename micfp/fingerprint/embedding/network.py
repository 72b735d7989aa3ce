"""A small network from the vectors of a fingerprint to a point whose direction is the device's.

The two-covariance model weighs each vector by itself and takes everything for Gaussian; the network
sees the four together, with what is missing and how long it was listened, and knows of what hangs
together otherwise: noise that hides bands, gain that follows the speech, rooms.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.scoring import LEAST_BANDS
from micfp.fingerprint.embedding.spectra import N_BANDS, STEP, band_centres_hz
from micfp.fingerprint.embedding.vectors import VECTORS

Array = NDArray[np.float64]
Float16 = NDArray[np.float16]
Float32 = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

LEVEL_HZ = (300.0, 3400.0)
"""Where a vector's level is measured: every recording has these bands."""
FURTHEST_SD = 5.0
LEAST_DEVIATION_DB = 1.0
AT_A_TIME = 4096
N_FEATURES = len(VECTORS) * N_BANDS + N_BANDS // STEP + 1
"""Values of the vectors, a flag for every STEP bands, and the seconds that are heard."""
LOUD, QUIET = VECTORS.index("loud"), VECTORS.index("quiet")


@dataclass(frozen=True)
class Network:
    """Two hidden layers, the second beside a way around it; weights are kept in float16.

    Attributes
    ----------
    mean_db, deviation_db
        (4, N_BANDS), of levelled vectors (see `levelled`).
    first, first_bias
        (N_FEATURES, n_hidden) and (n_hidden,).
    second, second_bias
        (n_hidden, n_hidden) and (n_hidden,).
    last, last_bias
        (n_hidden, n_dimensions) and (n_dimensions,).
    slope
        (1,), of the log odds of one device over the cosine of two points, as it was trained.
    """

    mean_db: Float16
    deviation_db: Float16
    first: Float16
    first_bias: Float16
    second: Float16
    second_bias: Float16
    last: Float16
    last_bias: Float16
    slope: Float16

    def points(self, fingerprints: Sequence[Fingerprint]) -> "Points":
        """Where fingerprints lie.

        In float64: in float32 a point would hang, in its last digits, on how many others are
        computed with it.
        """
        n_dimensions = len(self.last_bias)
        directions = np.empty((len(fingerprints), n_dimensions))
        present = np.empty((len(fingerprints), N_BANDS), np.bool_)
        for first in range(0, len(fingerprints), AT_A_TIME):
            some = slice(first, first + AT_A_TIME)
            directions[some], present[some] = self._directions(fingerprints[some])
        sets, of_set = np.unique(present, axis=0, return_inverse=True)
        return Points(directions, sets, np.asarray(of_set).ravel())

    def _directions(self, fingerprints: Sequence[Fingerprint]) -> tuple[Array, Bools]:
        """Directions (n, n_dimensions), and bands (n, N_BANDS) that are there."""
        vectors = np.array([one.vectors for one in fingerprints], np.float32)
        active_s = np.array([one.active_s for one in fingerprints])
        values, present = levelled(vectors)
        mean, deviation = (one.astype(np.float64) for one in (self.mean_db, self.deviation_db))
        x = features(values, present, active_s, mean, deviation)
        x = np.maximum(x @ self.first.astype(np.float64) + self.first_bias, 0)
        x = x + np.maximum(x @ self.second.astype(np.float64) + self.second_bias, 0)
        x = x @ self.last.astype(np.float64) + self.last_bias
        return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9), present

    def scores(self, references: "Points", tests: "Points") -> Array:
        """Scores (n_references, n_tests); 0 where they share fewer than 4 bands."""
        found = references.directions @ tests.directions.T * float(self.slope[0])
        common = references.sets.astype(np.int64) @ tests.sets.T.astype(np.int64)
        enough = common >= LEAST_BANDS
        found[~enough[np.ix_(references.of_set, tests.of_set)]] = 0
        return np.asarray(found, np.float64)


@dataclass(frozen=True)
class Points:
    """Where some fingerprints lie.

    Attributes
    ----------
    directions
        (n, n_dimensions), of length 1; float64 or, once `small`, float32.
    sets
        (n_sets, N_BANDS), the different sets of bands that they have.
    of_set
        (n,), which of the sets each has.
    """

    directions: Array | Float32
    sets: Bools
    of_set: Ints

    def small(self) -> "Points":
        """The same in half as much memory."""
        return replace(self, directions=self.directions.astype(np.float32))


def levelled(vectors: Float32) -> tuple[Array, Bools]:
    """Vectors less their level, so that gain says nothing; and which bands are there.

    Parameters
    ----------
    vectors
        float32 (n, 4, N_BANDS) in dB, NaN in bands that do not count.

    Returns
    -------
    tuple
        (n, 4, N_BANDS) in dB, 0 in bands that are missing: each vector less its mean over LEVEL_HZ,
        but the quiet one less that of the loud one, since noise is told by how far it lies below
        the speech; and (n, N_BANDS), the bands that all four have.
    """
    present = np.asarray(np.isfinite(vectors).all(axis=1))
    hz = band_centres_hz()
    core = present & (hz >= LEVEL_HZ[0]) & (hz <= LEVEL_HZ[1])
    core = np.where(core.any(axis=1, keepdims=True), core, present)
    values = np.where(present[:, None], vectors, 0).astype(np.float64)
    level = (values * core[:, None]).sum(axis=2) / np.maximum(core.sum(axis=1), 1)[:, None]
    level[:, QUIET] = level[:, LOUD]
    return (values - level[:, :, None]) * present[:, None], present


def features(
    values: Array, present: Bools, active_s: Array, mean_db: Array, deviation_db: Array
) -> Array:
    """What the network is given, (n, N_FEATURES), of levelled vectors (n, 4, N_BANDS)."""
    scaled = np.clip((values - mean_db) / deviation_db, -FURTHEST_SD, FURTHEST_SD)
    scaled = scaled * present[:, None]
    flags = present.reshape(len(present), -1, STEP).all(axis=2)
    return np.hstack([scaled.reshape(len(scaled), -1), flags, np.log(active_s)[:, None]])
