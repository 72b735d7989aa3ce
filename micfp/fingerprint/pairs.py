"""What a score of two recordings hangs on, beside the devices: measured of both."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.spectra import Bools

Array = NDArray[np.float64]
MEASURES = ("log2_active_s", "narrow_band", "snr_10_db")
"""Columns of `pair_quality`."""
NARROW_HZ = 4200.0
ACTIVE_S = (0.125, 16.0)
SNR_DB = (0.0, 40.0)
"""What lies beyond counts as the end of it: it changes a score no further."""
LEAST_BANDS = 8
"""In common; fewer are no comparison."""


def pair_quality(references: Sequence[Fingerprint], tests: Sequence[Fingerprint]) -> Array:
    """Measures of pairs, float64 (n_references, n_tests, 3): see `MEASURES`.

    log2_active_s
        Seconds in which something is heard, as they count together: a b / (a + b).
    narrow_band
        1 where one of them ends at 4.2 kHz or below, as a telephone does.
    snr_10_db
        The lesser of both SNRs, in units of 10 dB.
    """
    first, second = _measured(references)[:, None], _measured(tests)[None]
    active = first[..., 0] * second[..., 0] / (first[..., 0] + second[..., 0])
    narrow = np.minimum(first[..., 1], second[..., 1]) <= NARROW_HZ
    snr_db = np.minimum(first[..., 2], second[..., 2])
    return np.stack(
        [np.log2(np.clip(active, *ACTIVE_S)), narrow, np.clip(snr_db, *SNR_DB) / 10], axis=-1
    )


def comparable(references: Sequence[Fingerprint], tests: Sequence[Fingerprint]) -> Bools:
    """Whether pairs (n_references, n_tests) have enough bands in common to be compared."""
    first, second = _bands(references), _bands(tests)
    return np.asarray(first @ second.T >= LEAST_BANDS)


def _measured(fingerprints: Sequence[Fingerprint]) -> Array:
    rows = [(one.active_s, one.bandwidth_hz, one.snr_db) for one in fingerprints]
    return np.array(rows, np.float64).reshape(-1, 3)


def _bands(fingerprints: Sequence[Fingerprint]) -> NDArray[np.int64]:
    there = [np.isfinite(one.vectors).all(axis=0) for one in fingerprints]
    return np.array(there, np.int64).reshape(len(there), -1)
