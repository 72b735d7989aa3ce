"""Of a telephone call, encoded once or again: the bands that are of the device."""

from micfp.fingerprint.embedding.spectra import (
    LOUDEST,
    Bools,
    Spectra,
    band_centres_hz,
    band_edges_hz,
    loudest_mean,
)

NARROW_HZ = 4000.0
"""Half of a telephone's sample rate."""
TELEPHONE_HZ = (100.0, 3700.0)
"""What lies at the edges of a telephone's band is made by its codec."""
BELOW_HZ = (2400.0, 3400.0)
ABOVE_HZ = 4400.0
LEAST_FALL_DB = 25.0
"""Speech of 1 s through 30 phones falls by 13 dB at most there; a call that a messenger encoded, by
33 dB and more in 19 of 20 pieces."""


def is_narrow(present: Bools) -> bool:
    """Whether a recording with these bands ends at 4 kHz."""
    return not (band_edges_hz()[2:][present] > NARROW_HZ).any()


def of_device(spectra: Spectra) -> Spectra:
    """Frames of a whole recording with the bands that are of its device.

    Of a telephone call those from 100 to 3700 Hz, of any other recording all. A call may have bands
    above 4 kHz: a messenger that encodes it at a higher rate leaves in them what lies 30 dB and
    more below those under it. By the measure of `present_bands`, they are there.
    """
    if not (is_narrow(spectra.present) or _falls_at_4_khz(spectra)):
        return spectra
    edges_hz = band_edges_hz()
    within = (edges_hz[1:-1] >= TELEPHONE_HZ[0]) & (edges_hz[1:-1] <= TELEPHONE_HZ[1])
    return Spectra(spectra.level_db, spectra.present & within)


def _falls_at_4_khz(spectra: Spectra) -> bool:
    hz = band_centres_hz()
    below = spectra.present & (hz >= BELOW_HZ[0]) & (hz <= BELOW_HZ[1])
    above = spectra.present & (hz >= ABOVE_HZ)
    if not (below.any() and above.any()):
        return False
    loud_db = loudest_mean(spectra.sounding()[0].level_db, LOUDEST)
    return bool(loud_db[below].mean() - loud_db[above].max() >= LEAST_FALL_DB)
