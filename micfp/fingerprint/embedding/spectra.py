"""Spectra of short frames in mel bands, and which of the bands a recording has.

Levels are power densities, so that they hang neither on the sample rate nor on the width of a band:
dB re 1 / Hz, of samples with full scale 1.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Bools = NDArray[np.bool_]

N_BANDS = 128
TOP_HZ = 16_000.0
WINDOW_S, HOP_S = 0.064, 0.016
FLOOR = 1e-20
FRAMES_AT_A_TIME = 512
LOUDEST = 0.2
"""Share of the frames of a band whose mean is its loud level."""
ABSENT_BELOW_LOUDEST_DB = 80.0
"""Further below the loudest band than any microphone's noise: what a resampler leaves."""
GAP, STEP = 3, 4
ABSENT_DB = -138.0
"""5 dB above the noise of rounding to 16 bits at 32 kHz (1/12 LSB^2 over 16 kHz: -143)."""
SILENT_DBFS = -140.0
"""A frame below is digital silence: rounding to 16 bits alone makes -101 (re 1^2)."""


@dataclass(frozen=True)
class Spectra:
    """Frames of one recording.

    Attributes
    ----------
    level_db
        float32 (n_frames, N_BANDS).
    present
        (N_BANDS,), whether the recording has the band.
    """

    level_db: Float32
    present: Bools

    def part(self, start_s: float, stop_s: float) -> "Spectra":
        """Frames that lie wholly within a stretch of time, at least one."""
        first = int(np.ceil(start_s / HOP_S - 1e-9))
        last = int(np.floor((min(stop_s, 1e9) - WINDOW_S) / HOP_S + 1e-9)) + 1
        return Spectra(self.level_db[first : max(last, first + 1)], self.present)

    def levels_db(self) -> Float32:
        """Level (n_frames,) of each frame over the bands that are present, dB re full scale^2."""
        width_hz = band_widths_hz() * self.present
        power = 10 ** (self.level_db.astype(np.float64) / 10) @ width_hz
        return np.asarray(10 * np.log10(np.maximum(power, 1e-20)), np.float32)

    def sounding(self) -> "tuple[Spectra, Float32]":
        """The frames that are no digital silence, which is of an editor or a gate; their levels."""
        levels_db = self.levels_db()
        kept = levels_db > SILENT_DBFS
        return Spectra(self.level_db[kept], self.present), levels_db[kept]


def band_spectra(samples: Float32, rate_hz: int) -> Spectra:
    """Hann frames of 64 ms every 16 ms, in 128 mel bands to 16 kHz.

    Parameters
    ----------
    samples
        float32 (n,), finite; shorter than a frame is filled with zeros. Each frame's mean is
        taken off: what a converter adds would stand in the lowest band.
    rate_hz
        8000 to 192 000.

    Returns
    -------
    Spectra
        Bands above half the rate are absent, and so are those that are further below the loudest
        than any microphone's noise: an encoder or a resampler took them.
    """
    import scipy.fft

    n, hop = round(WINDOW_S * rate_hz), HOP_S * rate_hz
    if len(samples) < n:
        samples = np.pad(samples, (0, n - len(samples)))
    n_frames = int((len(samples) - n) / hop) + 1
    starts = np.round(np.arange(n_frames) * hop).astype(np.int64)
    window, filters = _window(n), _filters(rate_hz, n)
    level_db = np.empty((n_frames, N_BANDS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, n)
    for first in range(0, n_frames, FRAMES_AT_A_TIME):
        some = slice(first, first + FRAMES_AT_A_TIME)
        windowed = frames[starts[some]] * window
        windowed -= (windowed.sum(axis=1, keepdims=True) / window.sum()) * window
        spectra = scipy.fft.rfft(windowed, axis=1)[:, : len(filters)]
        power = np.square(spectra.real) + np.square(spectra.imag)
        level_db[some] = 10 * np.log10(np.maximum(power @ filters, FLOOR))
    sounding, _ = Spectra(level_db, np.ones(N_BANDS, np.bool_)).sounding()
    there = present_bands(sounding.level_db)
    there[int(np.count_nonzero(band_edges_hz()[2:] <= rate_hz / 2)) // STEP * STEP :] = False
    return Spectra(level_db, there)


def present_bands(level_db: Float32) -> Bools:
    """Which bands (N_BANDS,) hold anything, of levels (n_frames, N_BANDS).

    One stretch about the loudest band: it ends where GAP bands in a row are empty, and its ends are
    multiples of STEP, so that few different sets of bands occur. Without a frame there is no band.
    """
    if len(level_db) == 0:
        return np.zeros(N_BANDS, np.bool_)
    loud = loudest_mean(level_db, LOUDEST)
    peak = int(np.argmax(loud))
    empty = loud <= max(float(loud[peak]) - ABSENT_BELOW_LOUDEST_DB, ABSENT_DB)
    gaps = np.flatnonzero(np.convolve(empty, np.ones(GAP), "valid") == GAP)
    first = max((gap + GAP for gap in gaps if gap + GAP <= peak), default=0)
    stop = min((gap for gap in gaps if gap > peak), default=N_BANDS)
    present = np.zeros(N_BANDS, np.bool_)
    present[-(-first // STEP) * STEP : stop // STEP * STEP] = True
    return present


def upper_edge_hz(present: Bools) -> float:
    """Upper edge of the highest band of (N_BANDS,) that is present; 0 where none is."""
    edges_hz = band_edges_hz()[2:][present]
    return float(edges_hz[-1]) if len(edges_hz) else 0.0


def loudest_mean(level_db: Float32, share: float) -> Float32:
    """Mean of the loudest frames of each band, (N_BANDS,)."""
    n = max(1, round(share * len(level_db)))
    top = np.partition(level_db, len(level_db) - n, axis=0)[len(level_db) - n :]
    return np.asarray(top.mean(axis=0), np.float32)


@lru_cache(maxsize=1)
def band_edges_hz() -> NDArray[np.float64]:
    """Edges (N_BANDS + 2,) of the bands: band k rises from k, peaks at k + 1, ends at k + 2.

    Evenly spaced on Slaney's mel scale: linear to 1 kHz, logarithmic above.
    """
    step_hz, log_step = 200 / 3, np.log(6.4) / 27
    top = 1000 / step_hz + np.log(TOP_HZ / 1000) / log_step
    mel = np.linspace(0, top, N_BANDS + 2)
    return np.asarray(
        np.where(mel < 15, mel * step_hz, 1000 * np.exp(log_step * (np.maximum(mel, 15) - 15)))
    )


def band_centres_hz() -> NDArray[np.float64]:
    """Where each band peaks, (N_BANDS,)."""
    return band_edges_hz()[1:-1]


def band_widths_hz() -> NDArray[np.float64]:
    """Half the base of each triangle, (N_BANDS,): what a density is multiplied by."""
    return np.diff(band_edges_hz())[1:]


@lru_cache(maxsize=16)
def _window(n: int) -> Float32:
    return np.hanning(n + 1)[:n].astype(np.float32)


@lru_cache(maxsize=16)
def _filters(rate_hz: int, n: int) -> Float32:
    """From power of bins (n_bins,) to density of bands; of bins to 16 kHz or half the rate."""
    hz = np.arange(n // 2 + 1) * rate_hz / n
    hz = hz[hz <= TOP_HZ]
    edges = band_edges_hz()
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rise = (hz[:, None] - low) / (centre - low)
    fall = (high - hz[:, None]) / (high - centre)
    triangles = np.maximum(np.minimum(rise, fall), 0)
    weights = triangles / np.maximum(triangles.sum(axis=0), 1e-12)
    # One-sided density of |X|^2: 2 / (rate * sum of squares of the window).
    scale = 2 / (rate_hz * np.sum(_window(n).astype(np.float64) ** 2))
    return np.asarray(weights * scale, np.float32)
