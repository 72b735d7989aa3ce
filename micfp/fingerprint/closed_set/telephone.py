"""A telephone call that was encoded again: nothing above 4 kHz is of the device."""

from micfp.fingerprint.embedding.spectra import (
    LOUDEST,
    Spectra,
    band_centres_hz,
    band_edges_hz,
    loudest_mean,
)
from micfp.fingerprint.embedding.vectors import NARROW_HZ

BELOW_HZ = (2400.0, 3400.0)
ABOVE_HZ = 4400.0
LEAST_FALL_DB = 25.0
"""Speech of 1 s through 30 phones falls by 13 dB at most there; a call that a messenger encoded, by
33 dB and more in 19 of 20 pieces."""


def without_images(spectra: Spectra) -> Spectra:
    """Frames of a recording without bands in which there are but images of a telephone's band.

    A messenger encodes a call at a higher rate, and leaves in the bands above 4 kHz what lies 30 dB
    and more below those under it. By the measure of `present_bands`, such bands are there.
    """
    hz = band_centres_hz()
    below = spectra.present & (hz >= BELOW_HZ[0]) & (hz <= BELOW_HZ[1])
    above = spectra.present & (hz >= ABOVE_HZ)
    if not (below.any() and above.any()):
        return spectra
    loud_db = loudest_mean(spectra.level_db, LOUDEST)
    if loud_db[below].mean() - loud_db[above].max() < LEAST_FALL_DB:
        return spectra
    return Spectra(spectra.level_db, spectra.present & (band_edges_hz()[2:] <= NARROW_HZ))
