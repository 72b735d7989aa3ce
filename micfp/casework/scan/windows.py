"""Content vectors of windows that slide over a recording, one by one: memory is that of vectors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.embedding.content import VARIANCE_FLOOR_DB2, ContentModel
from micfp.fingerprint.embedding.fingerprint import LEAST_ACTIVE_S, range_of
from micfp.fingerprint.embedding.scoring import rounded_s
from micfp.fingerprint.embedding.spectra import (
    ABSENT_BELOW_LOUDEST_DB,
    ABSENT_DB,
    HOP_S,
    LOUDEST,
    N_BANDS,
    SILENT_DBFS,
    STEP,
    Float32,
    Spectra,
    loudest_mean,
)

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
MOST_EMPTY = 0.1
"""Share of the frames of a window in which a band may be empty: encoders change their bandwidth."""


@dataclass(frozen=True)
class Windows:
    """Windows of one length.

    Attributes
    ----------
    starts
        (n,) frames at which they begin.
    n_frames
        Of each.
    vectors
        float32 (n, N_BANDS) in dB; NaN in bands that the window lacks, and of digital silence.
    active_s
        (n,), one of `scoring.DURATIONS_S`.
    """

    starts: Ints
    n_frames: int
    vectors: Float32
    active_s: Array

    def only(self, chosen: slice) -> "Windows":
        """Some of them."""
        return Windows(
            self.starts[chosen], self.n_frames, self.vectors[chosen], self.active_s[chosen]
        )


@dataclass(frozen=True)
class Sliding:
    """A recording over which windows slide.

    Attributes
    ----------
    spectra
        Its frames.
    sounding, active
        (n_frames,) whether a frame is no digital silence, and whether something is heard in it.
    empty
        (n_frames, N_BANDS // STEP), whether a band of each STEP holds nothing.
    content
        What speech is expected to look like.
    """

    spectra: Spectra
    sounding: Bools
    active: Bools
    empty: Bools
    content: ContentModel

    def windows(self, starts: Ints, n_frames: int) -> Windows:
        """Windows of `n_frames` frames from each of `starts` (n,), all within the recording."""
        vectors = np.full((len(starts), N_BANDS), np.nan, np.float32)
        active_s = np.empty(len(starts))
        for k, start in enumerate(starts):
            some = slice(start, start + n_frames)
            sounding = self.sounding[some]
            if sounding.any():
                vectors[k] = self._content(self.spectra.level_db[some][sounding])
                lacking = self.empty[some][sounding].mean(axis=0) > MOST_EMPTY
                vectors[k, np.repeat(lacking, STEP)] = np.nan
            heard_s = np.count_nonzero(self.active[some] & sounding) * HOP_S
            active_s[k] = rounded_s(max(heard_s, LEAST_ACTIVE_S))
        return Windows(starts, n_frames, vectors, active_s)

    def _content(self, level_db: Float32) -> Float32:
        """As the vector `content` of `embedding.vectors`, which sorts for three others besides."""
        of_class = self.content.classes(level_db, self.spectra.present)
        weight = 1 / (self.content.variance_db2[of_class] + np.float32(VARIANCE_FLOOR_DB2))
        residual = level_db - self.content.expected_db[of_class]
        found = (weight * residual).sum(axis=0) / weight.sum(axis=0)
        found[~self.spectra.present] = np.nan
        return np.asarray(found, np.float32)


def sliding(spectra: Spectra, content: ContentModel) -> Sliding:
    """Make a recording ready for windows."""
    levels_db = spectra.levels_db()
    sounding = levels_db > SILENT_DBFS
    empty = np.ones((len(levels_db), N_BANDS // STEP), np.bool_)
    if sounding.any():
        loudest_db = float(loudest_mean(spectra.level_db[sounding], LOUDEST).max())
        least_db = max(loudest_db - ABSENT_BELOW_LOUDEST_DB, ABSENT_DB)
        below = np.less_equal(spectra.level_db, least_db)
        empty = np.asarray(below.reshape(len(levels_db), -1, STEP).any(axis=2))
    return Sliding(spectra, sounding, range_of(spectra).active(levels_db), empty, content)
