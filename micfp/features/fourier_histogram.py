"""Histogram of the Fourier coefficients of near-silence.

Zeng, Zhao and Wang 2024, II-A: "Buchholz et al. introduced the use of the Fourier coefficient
histogram as a feature". Buchholz, Kraetzer and Dittmann 2009, "Microphone classification using
Fourier coefficients", take "a Fourier coefficient histogram of near-silence segments of the
recording as the feature vector".

Here each coefficient of each near-silent frame is counted once: in the bin of its frequency and of
its level, in dB over the mean square magnitude of its frame. The counts of a band of frequencies
are divided by their sum, so that each band has a histogram that adds up to 1, whatever gain and
length of the recording. Levels beyond the lowest and highest bin are counted in these.

Near-silent are the frames free of speech, by `voice_activity`: the authors' threshold, an
amplitude, would follow the gain.
"""

from typing import Self

import numpy as np
from pydantic import Field, model_validator

from micfp.features.family import Family, numbered
from micfp.features.ltas import inner_frames
from micfp.features.non_speech_mfcc import power_of
from micfp.features.spectrum import Float32, Float64, Segment
from micfp.features.voice_activity import SpeechFreeSettings, speech_free

_LOWEST_DB, _HIGHEST_DB = -36.0, 12.0


class FourierHistogramSettings(SpeechFreeSettings):
    """Its own frames, and its bins."""

    fourier_n_fft: int = Field(
        512,
        ge=16,
        le=2**16,
        description="frame length of fourier_histogram in samples; hop half of it",
    )
    fourier_bands: int = Field(
        32, ge=1, le=2**15, description="bins of fourier_histogram over frequency, equally wide"
    )
    fourier_levels: int = Field(
        8, ge=2, le=1024, description="bins over level in each band, of -36 to 12 dB"
    )

    @model_validator(mode="after")
    def _has_coefficients_for_its_bands(self) -> Self:
        if self.fourier_bands > self.fourier_n_fft // 2:
            raise ValueError(
                f"fourier_bands ({self.fourier_bands}) cannot exceed half of fourier_n_fft "
                f"({self.fourier_n_fft})"
            )
        return self


def of_segment(segment: Segment, settings: FourierHistogramSettings) -> Float32:
    """Shares of the coefficients above 0 Hz, float32 (fourier_bands * fourier_levels,).

    Band by band, from low to high frequencies and levels. Frames overlap by half. NaN where every
    frame is digitally silent.
    """
    n_fft, n_bands, n_levels = (
        *(settings.fourier_n_fft, settings.fourier_bands),
        settings.fourier_levels,
    )
    frames = inner_frames(segment.samples, n_fft, n_fft // 2)
    chosen = speech_free(segment, frames, n_fft // 2, settings.vad_mode)
    if len(chosen) == 0:
        return np.full(n_bands * n_levels, np.nan, np.float32)
    counts = np.zeros((n_bands, n_levels))
    for power in power_of(frames, chosen, n_fft):
        counts += histogram(power[:, 1:].astype(np.float64), n_bands, n_levels)
    shares: Float32 = (counts / counts.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares.ravel()


def histogram(power: Float64, n_bands: int, n_levels: int) -> Float64:
    """How many squared magnitudes of (frames, n) fall into each bin, (n_bands, n_levels)."""
    tiny = np.finfo(np.float64).tiny  # a frame of a constant has nothing above 0 Hz
    relative = power / np.maximum(power.mean(axis=1, keepdims=True), tiny)
    level_db = 10 * np.log10(np.maximum(relative, tiny))
    width_db = (_HIGHEST_DB - _LOWEST_DB) / n_levels
    level = np.clip(np.floor((level_db - _LOWEST_DB) / width_db), 0, n_levels - 1).astype(int)
    band = np.arange(power.shape[1]) * n_bands // power.shape[1]
    counts = np.bincount((band * n_levels + level).ravel(), minlength=n_bands * n_levels)
    return counts.reshape(n_bands, n_levels).astype(np.float64)


FAMILY = Family(
    settings=FourierHistogramSettings,
    rows=lambda settings: numbered(settings.fourier_bands * settings.fourier_levels),
    spectrum=of_segment,
)
