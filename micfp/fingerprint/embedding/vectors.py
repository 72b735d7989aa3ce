"""From the frames of a piece of sound to its vectors, a value per band in dB."""

import numpy as np

from micfp.fingerprint.embedding.content import VARIANCE_FLOOR_DB2, ContentModel
from micfp.fingerprint.embedding.spectra import (
    LOUDEST,
    Float32,
    Spectra,
    loudest_mean,
)

VECTORS = ("loud", "content", "ct", "quiet")
CT_LOUDEST = 0.3
QUIETEST = 0.2


def vectors(spectra: Spectra, content: ContentModel) -> Float32:
    """The vectors of a piece, float32 (4, N_BANDS) in the order of VECTORS.

    - `loud`: mean of the loudest 20 % of the frames in each band;
    - `content`: mean over frames of what they have beyond the expectation of their class, weighted
      by 1 / (variance + 4 dB^2);
    - `ct`: mean of the same over the loudest 30 % of the frames in each band;
    - `quiet`: mean of the quietest 20 % of the frames in each band.

    NaN in a band that the recording does not have.
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
    found[:, ~spectra.present] = np.nan
    return np.asarray(found, np.float32)
