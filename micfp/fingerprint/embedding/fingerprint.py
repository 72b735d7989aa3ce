"""What is kept of a piece of sound to compare its device with others."""

from dataclasses import dataclass

import numpy as np

from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.spectra import (
    HOP_S,
    N_BANDS,
    SILENT_DBFS,
    WINDOW_S,
    Bools,
    Float32,
    Spectra,
    upper_edge_hz,
)
from micfp.fingerprint.embedding.vectors import VECTORS, vectors

ACTIVE_BELOW_LOUD_DB, ACTIVE_ABOVE_QUIET_DB = 25.0, 3.0
LOUD_QUANTILE, QUIET_QUANTILE = 0.9, 0.1
LEAST_ACTIVE_S = 0.1


@dataclass(frozen=True)
class Fingerprint:
    """Vectors of a piece of sound, and how far they can be trusted.

    Attributes
    ----------
    vectors
        float32 (4, N_BANDS) in dB, NaN in bands that do not count (see `vectors`).
    active_s
        Seconds in which something is heard, at least 0.1: what is said hides the device less the
        more of it there is.
    duration_s
        Length of the piece.
    bandwidth_hz
        Upper edge of the highest band that the recording has, at most 16 kHz; measured.
    snr_db
        Active level over the level of the quietest tenth of the frames.
    """

    vectors: Float32
    active_s: float
    duration_s: float
    bandwidth_hz: float
    snr_db: float


@dataclass(frozen=True)
class Range:
    """Levels of a whole recording, by which a pause is known as one.

    Attributes
    ----------
    loud_db, quiet_db
        What a tenth of its frames is above, and what a tenth is below.
    """

    loud_db: float
    quiet_db: float

    def active(self, levels_db: Float32) -> Bools:
        """Which frames are heard: within 25 dB of the loud level, and 3 dB above the quiet one.

        Of a recording that holds nothing but its noise, hardly any.
        """
        least_db = max(self.loud_db - ACTIVE_BELOW_LOUD_DB, self.quiet_db + ACTIVE_ABOVE_QUIET_DB)
        return np.asarray(levels_db > least_db)


def range_of(spectra: Spectra) -> Range:
    """The levels of a whole recording, digital silence left out."""
    return _range(spectra.sounding()[1])


def _range(levels_db: Float32) -> Range:
    if len(levels_db) == 0:
        return Range(SILENT_DBFS, SILENT_DBFS)
    quiet_db, loud_db = np.quantile(levels_db, [QUIET_QUANTILE, LOUD_QUANTILE])
    return Range(float(loud_db), float(quiet_db))


def fingerprint(
    spectra: Spectra, content: ContentModel, of_whole: Range | None = None
) -> Fingerprint:
    """Take the fingerprint of frames; of digital silence, one without any band.

    Parameters
    ----------
    spectra
        Frames of a recording, or of a piece of one.
    content
        What speech is expected to look like.
    of_whole
        Levels of the whole recording; None: the frames are a whole recording.
    """
    duration_s = (len(spectra.level_db) - 1) * HOP_S + WINDOW_S
    sounding, levels_db = spectra.sounding()
    if len(levels_db) == 0:
        nothing = np.full((len(VECTORS), N_BANDS), np.nan, np.float32)
        return Fingerprint(nothing, LEAST_ACTIVE_S, duration_s, 0.0, 0.0)
    active = (of_whole or _range(levels_db)).active(levels_db)
    quiet_db = float(np.quantile(levels_db, QUIET_QUANTILE))
    heard_db = float(levels_db[active].mean()) if active.any() else quiet_db
    return Fingerprint(
        vectors(sounding, content),
        max(np.count_nonzero(active) * duration_s / len(spectra.level_db), LEAST_ACTIVE_S),
        duration_s,
        upper_edge_hz(spectra.present),
        heard_db - quiet_db,
    )


def pieces(spectra: Spectra, length_s: float) -> list[Spectra]:
    """Whole pieces of a recording, one after the other; of a shorter recording none."""
    total_s = (len(spectra.level_db) - 1) * HOP_S + WINDOW_S
    n = int((total_s + 2 * HOP_S) // length_s)
    return [spectra.part(k * length_s, (k + 1) * length_s) for k in range(n)]
