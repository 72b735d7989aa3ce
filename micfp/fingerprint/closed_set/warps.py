"""Frames with another axis of frequency: what changed the pitch is undone by trying."""

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.embedding.spectra import Bools, Float32, Spectra, band_centres_hz

Ints = NDArray[np.int64]

WARPS = tuple(1 + percent / 100 for percent in range(-6, 7))
"""Factors by which a recording may have been raised; the middle one leaves it as it is."""
UNWARPED = WARPS.index(1.0)


def warped(spectra: Spectra, factor: float) -> Spectra:
    """What a recording was before all its frequencies were raised by a factor (> 0).

    A band gets the level that now lies at its frequency times the factor, linear between the bands.
    It is missing where that lies beyond them, or beside one that is missing.
    """
    below, share, there = _places(factor)
    level_db = spectra.level_db
    between = (1 - share) * level_db[:, below] + share * level_db[:, below + 1]
    both = spectra.present[below] & (spectra.present[below + 1] | (share == 0))
    return Spectra(np.asarray(between, np.float32), both & there)


def bands_of_all(present: Bools) -> Bools:
    """Bands (N_BANDS,) that a recording has by each of WARPS, so that their likelihoods compare."""
    levels = np.zeros((1, len(present)), np.float32)
    every = [warped(Spectra(levels, present), factor).present for factor in WARPS]
    return np.asarray(np.all(every, axis=0))


def _places(factor: float) -> tuple[Ints, Float32, Bools]:
    """Band below each frequency times the factor, way to the next (0..1), whether there is any."""
    hz = band_centres_hz()
    wanted_hz = hz * factor
    place = np.interp(wanted_hz, hz, np.arange(len(hz)))
    below = np.minimum(place.astype(np.int64), len(hz) - 2)
    there = (wanted_hz >= hz[0]) & (wanted_hz <= hz[-1])
    return below, (place - below).astype(np.float32), there
