"""Spectrum of what is loud: each band's mean level in dB over the frames in which it is loudest.

Of each band by itself the loudest `loud_share` of the frames, at least one, counts: there the sound
stands above noise that was added later, so that it tells microphones apart also in noise. Bands and
frames are those of `ltas`.

Above the highest band that is there, less a tenth for the slope of a filter, all bands are NaN: a
recording that went through 8 kHz says nothing of what its microphone does above. A band is there
where it is 10 dB above the rounding noise of 16 bits, or reaches to half the sample rate or to the
last band. With `relative` the mean over the bands that are there is subtracted.
"""

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from micfp.features import ltas
from micfp.features.family import Family
from micfp.features.ltas import band_edges_hz, band_shares, inner_frames
from micfp.features.settings import BandsConfig, BandSettings
from micfp.features.spectrum import Float32, Float64, Segment, hann, power_spectrum

_FLOOR_POWER = 1e-20
_FRAMES_A_BLOCK = 64
# A step of 16 bits is 2**-15 of full scale; rounding to it leaves a twelfth of its square.
ROUNDING_POWER = 2.0**-30 / 12
THERE_DB = 10.0
SLOPE_SHARE = 0.1


class LoudSpectrumSettings(BandSettings):
    """Bands, and how many frames of each count as loud."""

    loud_share: float = Field(
        0.2, gt=0, le=1, description="share of frames, of each band its loudest, of loud_spectrum"
    )


def of_segment(segment: Segment, settings: LoudSpectrumSettings) -> Float32:
    """Levels of the bands in dB, float32 (n_bands,)."""
    n_fft, bands = segment.n_fft, settings.bands
    frames = inner_frames(segment.samples, n_fft, segment.hop_samples)
    shares = band_shares(segment.sample_rate_hz, n_fft, bands).T.astype(np.float32)
    window_energy = max(float(np.square(hann(frames.shape[1])).sum()), 1e-6)
    # All frames' levels are held, since which are the loudest is known at the end: 45 kB a second.
    levels = np.empty((bands.n_bands, len(frames)), np.float32)
    for first in range(0, len(frames), _FRAMES_A_BLOCK):
        rows = slice(first, first + _FRAMES_A_BLOCK)
        power = power_spectrum(frames[rows], n_fft) @ shares
        scaled = power * (2.0 / n_fft / window_energy)
        levels[:, rows] = 10.0 * np.log10(np.maximum(scaled, _FLOOR_POWER)).T
    n_loud = max(1, int(settings.loud_share * len(frames)))
    levels.partition(-n_loud, axis=1)
    loud: Float64 = levels[:, -n_loud:].mean(axis=1, dtype=np.float64)
    loud[~_there(loud, segment.sample_rate_hz, bands)] = np.nan
    if bands.relative and not np.isnan(loud).all():
        loud -= np.nanmean(loud)
    return loud.astype(np.float32)


def _there(levels_db: Float64, sample_rate_hz: int, bands: BandsConfig) -> NDArray[np.bool_]:
    """Which bands the recording has."""
    edges_hz = band_edges_hz(bands)
    nyquist_hz = sample_rate_hz / 2.0
    whole = edges_hz[1:] <= nyquist_hz * (1.0 + 1e-9)
    rounding = ROUNDING_POWER * np.diff(edges_hz) / nyquist_hz
    heard = whole & (levels_db > 10.0 * np.log10(rounding) + THERE_DB)
    if not heard.any():
        return heard
    if heard[whole][-1]:
        return whole
    highest_hz = edges_hz[1:][heard][-1]
    below: NDArray[np.bool_] = edges_hz[1:] <= highest_hz * (1.0 - SLOPE_SHARE)
    return below


FAMILY = Family(settings=LoudSpectrumSettings, rows=ltas.FAMILY.rows, spectrum=of_segment)
