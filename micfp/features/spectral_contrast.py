"""Spectral contrast: peaks over valleys in octave bands, as `librosa.feature.spectral_contrast`.

Jiang, Lu, Zhang, Tao and Cai 2002, "Music type classification by spectral contrast feature". In
each band the mean of the highest 2 % of magnitudes over the mean of the lowest 2 %, in dB.

librosa refuses bands above the Nyquist frequency. Here such a band is NaN, and so is one that is
narrower than the bins, so that recordings of different rates keep the same columns.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from pydantic import Field

from micfp.features.family import Family, Values, numbered
from micfp.features.settings import FrameSettings
from micfp.features.spectrum import Block, Float32, Segment, bin_frequencies_hz, power_to_db

_SHARE = 0.02
_TOP_DB = 80.0


class SpectralContrastSettings(FrameSettings):
    """The octave bands of the contrast."""

    contrast_bands: int = Field(6, ge=1, le=64, description="octaves above contrast_min_hz")
    contrast_min_hz: float = Field(
        200.0, gt=0, description="upper edge of the lowest band of spectral_contrast"
    )


def peaks_and_valleys(block: Block, n_bands: int, min_hz: float) -> Float32:
    """Mean of the highest and of the lowest magnitudes, float32 (frames, 2 * (n_bands + 1)).

    The first half of the columns are peaks, the second valleys; columns go up in frequency.
    """
    layout = _layout(block.segment.sample_rate_hz, block.segment.n_fft, n_bands, min_hz)
    out = np.full((block.stop - block.first, 2 * len(layout)), np.nan, np.float32)
    for k, (first, stop, n_extreme) in enumerate(layout):
        if stop > first:
            ordered = np.sort(block.magnitude[:, first:stop], axis=1)
            out[:, k] = ordered[:, -n_extreme:].mean(axis=1)
            out[:, len(layout) + k] = ordered[:, :n_extreme].mean(axis=1)
    return out


def contrast_db(peaks_and_valleys: Float32) -> Float32:
    """Contrast of a whole segment in dB, float32 (frames, n_bands + 1).

    Peaks and valleys are each limited to 80 dB below their highest value in the segment.
    """
    peaks, valleys = np.split(peaks_and_valleys, 2, axis=1)
    return _limited_db(peaks) - _limited_db(valleys)


def _limited_db(values: Float32) -> Float32:
    decibels = power_to_db(values)
    if np.isnan(decibels).all():
        return decibels
    return np.maximum(decibels, np.nanmax(decibels) - np.float32(_TOP_DB))


@lru_cache(maxsize=32)
def _layout(
    sample_rate_hz: int, n_fft: int, n_bands: int, min_hz: float
) -> tuple[tuple[int, int, int], ...]:
    """First bin, end bin and number of extreme bins of each band; end = first for no band.

    The first band is 0..min_hz, each further one an octave; each begins one bin below its lower
    edge and, except the last, gives up its highest bin; the last reaches to Nyquist.
    """
    frequencies = bin_frequencies_hz(sample_rate_hz, n_fft)
    edges_hz = [0.0, *(min_hz * 2.0**k for k in range(n_bands + 1))]
    layout = []
    for k in range(n_bands + 1):
        inside = np.flatnonzero((frequencies >= edges_hz[k]) & (frequencies <= edges_hz[k + 1]))
        if edges_hz[k] >= sample_rate_hz / 2.0 or inside.size == 0:
            layout.append((0, 0, 0))
            continue
        first = max(int(inside[0]) - 1, 0) if k > 0 else int(inside[0])
        stop = int(inside[-1]) + 1 if k < n_bands else len(frequencies)
        # The number of extremes follows from the band before its highest bin is given up.
        n_extreme = max(int(np.rint(_SHARE * (stop - first))), 1)
        layout.append((first, stop - 1 if k < n_bands else stop, n_extreme))
    return tuple(layout)


def by_librosa(feature: Any, segment: Segment, settings: SpectralContrastSettings) -> Values:
    """Contrast (bands, frames) by `librosa.feature`; NaN where it refuses a band."""
    import librosa

    try:
        contrast: Values = feature.spectral_contrast(
            n_bands=settings.contrast_bands, fmin=settings.contrast_min_hz, **segment.for_librosa
        )
    except (librosa.ParameterError, IndexError):  # above the Nyquist frequency; without a bin
        contrast = np.full((settings.contrast_bands + 1, 1), np.nan)
    return contrast


FAMILY = Family(
    settings=SpectralContrastSettings,
    rows=lambda settings: numbered(settings.contrast_bands + 1),
    of_block=lambda block, settings: peaks_and_valleys(
        block, settings.contrast_bands, settings.contrast_min_hz
    ),
    finish=lambda values, _: contrast_db(values),
    librosa=by_librosa,
    unit="dB",
)
