"""What is measured on either side of a change, besides the device: noise, room, codec and voice."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.casework.scan.voice import pitch_hz
from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.fingerprint import Fingerprint, Range, fingerprint
from micfp.fingerprint.embedding.spectra import (
    HOP_S,
    STEP,
    Float32,
    Spectra,
    band_centres_hz,
    band_widths_hz,
    present_bands,
    upper_edge_hz,
)
from micfp.fingerprint.embedding.vectors import VECTORS

Array = NDArray[np.float64]
FALL_FRAMES = 4
STEEPEST = 0.05
"""Share of all falls of level that are the steepest: what is left of them is the room's decay."""
DEEP, HIGH_HZ = 0.05, 2000.0


@dataclass(frozen=True)
class Side:
    """A stretch of sound on one side of a change.

    Attributes
    ----------
    fingerprint
        By which devices are compared.
    noise_db
        (N_BANDS,) level of the quietest 20 % of its frames in each band, dB; NaN: absent.
    noise_level_db
        Of all bands together, against the active level.
    bandwidth_hz
        Up to where it holds anything.
    holes_db
        How far below the median the lowest twentieth of the levels above 2 kHz lie: encoders leave
        holes.
    fall_db_s
        How steeply sound falls where it falls fastest, positive: a room slows it down.
    pitch_octaves, pitch_spread_octaves
        Median pitch of the voice in octaves above 1 Hz, and half the distance of its quartiles; NaN
        where there is no voice.
    """

    fingerprint: Fingerprint
    noise_db: Float32
    noise_level_db: float
    bandwidth_hz: float
    holes_db: float
    dips_low_db: float
    dips_high_db: float
    fall_db_s: float
    pitch_octaves: float
    pitch_spread_octaves: float


def side(
    spectra: Spectra, samples: Float32, rate_hz: int, content: ContentModel, of_whole: Range
) -> Side:
    """Measure a stretch: its frames and the samples of the same seconds."""
    found = fingerprint(spectra, content, of_whole)
    noise_db = found.vectors[VECTORS.index("quiet")]
    sounding, levels_db = spectra.sounding()
    active = of_whole.active(levels_db)
    heard_db = (
        float(np.median(levels_db[active]))
        if active.any()
        else float(np.max(levels_db, initial=-140.0))
    )
    power = np.where(np.isfinite(noise_db), 10 ** (noise_db.astype(np.float64) / 10), 0)
    noise_level_db = 10 * np.log10(max(float(power @ band_widths_hz()), 1e-14)) - heard_db
    voiced = np.log2(pitch_hz(samples, rate_hz))
    quartiles = np.quantile(voiced, [0.25, 0.5, 0.75]) if len(voiced) > 5 else np.full(3, np.nan)
    return Side(
        found,
        noise_db,
        noise_level_db,
        upper_edge_hz(sounding.present & present_bands(sounding.level_db)),
        _holes_db(sounding),
        *_dips_db(sounding),
        _fall_db_s(sounding),
        float(quartiles[1]),
        float(quartiles[2] - quartiles[0]) / 2,
    )


def _holes_db(spectra: Spectra) -> float:
    bands = spectra.present & (band_centres_hz() > HIGH_HZ)
    if not bands.any() or len(spectra.level_db) == 0:
        return 0.0
    low, middle = np.quantile(spectra.level_db[:, bands], [DEEP, 0.5], axis=0)
    return float((middle - low).mean())


def _dips_db(spectra: Spectra) -> tuple[float, float]:
    """How far the lowest fiftieth of the levels lies below the lowest fifth, below and above 3 kHz.

    Steady noise has dips of a few dB; encoders leave deeper ones.
    """
    hz = band_centres_hz()
    if len(spectra.level_db) == 0:
        return 0.0, 0.0
    low, quiet = np.quantile(spectra.level_db, [0.02, 0.2], axis=0)
    found = []
    for bands in (hz < 3000, hz >= 3000):
        there = bands & spectra.present
        found.append(float((quiet - low)[there].mean()) if there.any() else 0.0)
    return found[0], found[1]


def _fall_db_s(spectra: Spectra) -> float:
    """Of groups of STEP bands between 300 and 4000 Hz."""
    hz = band_centres_hz()
    bands = spectra.present & (hz > 300) & (hz < 4000)
    if not bands.any() or len(spectra.level_db) <= FALL_FRAMES:
        return 0.0
    level = spectra.level_db[:, bands]
    level = level[:, : level.shape[1] // STEP * STEP].reshape(len(level), -1, STEP).mean(axis=2)
    falls = level[:-FALL_FRAMES] - level[FALL_FRAMES:]
    return float(np.quantile(falls, 1 - STEEPEST, axis=0).mean() / (FALL_FRAMES * HOP_S))
