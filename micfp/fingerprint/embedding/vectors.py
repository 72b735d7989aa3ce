"""From the frames of a piece of sound to its vectors, a value per band in dB."""

import numpy as np

from micfp.fingerprint.embedding.content import VARIANCE_FLOOR_DB2, ContentModel
from micfp.fingerprint.embedding.spectra import (
    LOUDEST,
    Bools,
    Float32,
    Spectra,
    band_edges_hz,
    loudest_mean,
)

VECTORS = ("loud", "content", "ct", "quiet")
CT_LOUDEST = 0.3
QUIETEST = 0.2
NARROW_HZ = 4000.0
TELEPHONE_HZ = (300.0, 3400.0)


def vectors(spectra: Spectra, content: ContentModel) -> Float32:
    """The vectors of a piece, float32 (4, N_BANDS) in the order of VECTORS.

    - `loud`: mean of the loudest 20 % of the frames in each band;
    - `content`: mean over frames of what they have beyond the expectation of their class, weighted
      by 1 / (variance + 4 dB^2);
    - `ct`: mean of the same over the loudest 30 % of the frames in each band;
    - `quiet`: mean of the quietest 20 % of the frames in each band.

    NaN in a band that does not count (`counting_bands`).
    """
    level_db = spectra.level_db
    of_class = content.classes(level_db, spectra.present)
    residual = level_db - content.expected_db[of_class]
    weight = 1 / (content.variance_db2[of_class] + np.float32(VARIANCE_FLOOR_DB2))
    n_loud = max(1, round(CT_LOUDEST * len(level_db)))
    loudest = np.argpartition(level_db, len(level_db) - n_loud, axis=0)[len(level_db) - n_loud :]
    n_quiet = max(1, round(QUIETEST * len(level_db)))
    found = np.stack(
        [
            loudest_mean(level_db, LOUDEST),
            (weight * residual).sum(axis=0) / weight.sum(axis=0),
            np.take_along_axis(residual, loudest, axis=0).mean(axis=0),
            np.partition(level_db, n_quiet - 1, axis=0)[:n_quiet].mean(axis=0),
        ]
    )
    found[:, ~counting_bands(spectra.present)] = np.nan
    return np.asarray(found, np.float32)


def counting_bands(present: Bools) -> Bools:
    """Bands by which a recording is compared: those that it has.

    Of a recording that ends at 4 kHz, only 300 to 3400 Hz: what lies at the edges of a telephone's
    band is made by its codec.
    """
    edges = band_edges_hz()
    if not present.any() or edges[2:][present].max() > NARROW_HZ:
        return present
    within = (edges[1:-1] >= TELEPHONE_HZ[0]) & (edges[1:-1] <= TELEPHONE_HZ[1])
    return np.asarray(present & within)
