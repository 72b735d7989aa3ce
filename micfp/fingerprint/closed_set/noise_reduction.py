"""How far noise reduction has dug into speech."""

import numpy as np

from micfp.fingerprint.embedding.fingerprint import Range, range_of
from micfp.fingerprint.embedding.spectra import LOUDEST, Spectra, band_centres_hz, loudest_mean

SPEECH_HZ = (300.0, 3400.0)
HOLE_BELOW_LOUD_DB = 40.0
"""Further below the loud level of its band than the noise of most rooms and phones."""
LEAST_FRAMES, LEAST_BANDS = 4, 4


def noise_reduction(spectra: Spectra, of_whole: Range | None = None) -> float:
    """Share of holes in speech, 0..1.

    Of the frames in which something is heard, each band from 300 to 3400 Hz is looked at: it is a
    hole where it lies 40 dB below the loud level of the band. Noise fills such holes, and noise
    reduction makes them; digital silence makes none, since nothing is heard in it.

    Parameters
    ----------
    spectra
        Frames of a recording, or of a piece of one.
    of_whole
        Levels of the whole recording, by which a frame is heard; None: of these frames.

    Returns
    -------
    float
        0 where fewer than 4 frames are heard, or the recording has fewer than 4 of the bands.
    """
    hz = band_centres_hz()
    bands = spectra.present & (hz >= SPEECH_HZ[0]) & (hz <= SPEECH_HZ[1])
    heard = (of_whole or range_of(spectra)).active(spectra.levels_db())
    if np.count_nonzero(heard) < LEAST_FRAMES or np.count_nonzero(bands) < LEAST_BANDS:
        return 0.0
    level_db = spectra.level_db[:, bands]
    below_db = loudest_mean(level_db, LOUDEST) - level_db[heard]
    return float((below_db > HOLE_BELOW_LOUD_DB).mean())
