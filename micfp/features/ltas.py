"""Long-term average spectrum: mean power over time in bands fixed in Hz, in dB.

The levels are mean squares relative to full scale 1: a band's level in dB re 1. Frames are Hann
windowed and lie wholly inside the segment: frames that reach over its edge, as librosa pads them,
would spread a step over all bands. A segment shorter than a frame is one frame with a window of
its own length.

A bin of the FFT stands for the frequencies up to half a bin away from it and gives each band the
share that falls into it. A band that reaches above the Nyquist frequency is NaN. No band is lower
than -200 dB, which is also what digital silence gives. With `relative` the mean over the bands is
subtracted: then the gain of the recording has no influence (and digital silence is 0 dB
everywhere).
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from micfp.features.family import Family
from micfp.features.settings import BandsConfig, BandSettings
from micfp.features.spectrum import (
    Float32,
    Float64,
    Segment,
    frame,
    hann,
    hz_to_mel,
    mel_to_hz,
    power_spectrum,
    read_only,
)

_FLOOR_POWER = 1e-20
_FRAMES_A_BLOCK = 64


def of_segment(segment: Segment, settings: BandSettings) -> Float32:
    """Levels of the bands in dB, float32 (n_bands,)."""
    frames = inner_frames(segment.samples, segment.n_fft, segment.hop_samples)
    power = mean_power(frames, segment.n_fft)
    return band_levels_db(power, segment.sample_rate_hz, segment.n_fft, settings.bands)


def inner_frames(samples: Float32, n_fft: int, hop_samples: int) -> Float32:
    """Frames wholly inside the segment, (frames, n_fft), or the short segment as one frame."""
    return frame(samples, min(n_fft, len(samples)), hop_samples)


def mean_power(frames: Float32, n_fft: int, chosen: NDArray[np.intp] | None = None) -> Float64:
    """Mean over frames of the one-sided power spectrum, float64 (n_fft // 2 + 1,).

    Of all frames or of those `chosen` by number. Scaled so that its sum is the mean square of the
    samples. Frames shorter than n_fft are continued by zeros.
    """
    n_frames = len(frames) if chosen is None else len(chosen)
    total = np.zeros(n_fft // 2 + 1)
    for first in range(0, n_frames, _FRAMES_A_BLOCK):
        rows = slice(first, first + _FRAMES_A_BLOCK)
        block = frames[rows] if chosen is None else frames[chosen[rows]]
        total += power_spectrum(block, n_fft).sum(axis=0)
    # A window of one or two samples has no energy to speak of; there the spectrum is at its floor.
    window_energy = max(float(np.square(hann(frames.shape[1])).sum()), 1e-6)
    total *= 2.0 / (n_frames * n_fft * window_energy)
    total[0] /= 2.0
    if n_fft % 2 == 0:
        total[-1] /= 2.0
    return total


def band_levels_db(power: Float64, sample_rate_hz: int, n_fft: int, bands: BandsConfig) -> Float32:
    """Levels of the bands in dB, float32 (n_bands,), of a one-sided power spectrum."""
    levels = 10.0 * np.log10(
        np.maximum(band_shares(sample_rate_hz, n_fft, bands) @ power, _FLOOR_POWER)
    )
    too_high = band_edges_hz(bands)[1:] > sample_rate_hz / 2.0 * (1.0 + 1e-9)
    levels[too_high] = np.nan
    if bands.relative and not too_high.all():
        levels -= np.nanmean(levels)
    return levels.astype(np.float32)


def band_edges_hz(bands: BandsConfig) -> Float64:
    """Edges of the bands, float64 (n_bands + 1,), evenly spaced in Hz or on the mel scale."""
    if bands.scale == "linear":
        return np.linspace(bands.min_hz, bands.max_hz, bands.n_bands + 1)
    lowest, highest = hz_to_mel(np.array([bands.min_hz, bands.max_hz]))
    return mel_to_hz(np.linspace(lowest, highest, bands.n_bands + 1))


def band_names(bands: BandsConfig) -> list[str]:
    """Centres of the bands as in column names, e.g. `00125hz`; they sort by frequency.

    Whole hertz, or with as many decimals as keep neighbours apart.
    """
    edges = band_edges_hz(bands)
    centres = (edges[1:] + edges[:-1]) / 2.0
    for decimals in range(6):
        width = 5 + (decimals + 1 if decimals else 0)
        names = [f"{centre:0{width}.{decimals}f}hz" for centre in centres]
        if len(set(names)) == len(names):
            break
    return names


@lru_cache(maxsize=32)
def band_shares(sample_rate_hz: int, n_fft: int, bands: BandsConfig) -> Float64:
    """Share of each bin that falls into each band, float64 (n_bands, n_fft // 2 + 1)."""
    width = sample_rate_hz / n_fft
    centres = np.arange(n_fft // 2 + 1) * width
    lower = np.maximum(centres - width / 2.0, 0.0)
    upper = np.minimum(centres + width / 2.0, sample_rate_hz / 2.0)
    edges = band_edges_hz(bands)
    overlap = np.minimum(upper, edges[1:, None]) - np.maximum(lower, edges[:-1, None])
    shares: Float64 = np.maximum(overlap, 0.0) / (upper - lower)
    return read_only(shares)


FAMILY = Family(
    settings=BandSettings, rows=lambda settings: band_names(settings.bands), spectrum=of_segment
)
