"""Fourier coefficient histogram of near-silence.

After Buchholz, Kraetzer and Dittmann 2009, "Microphone classification using Fourier coefficients":
the spectra of near-silent frames, collected over the recording. Here the magnitudes of each frame
are divided by their sum, so that a frame is a histogram over frequency that adds up to 1 whatever
its level, and the mean is taken over the frames. Near-silent are the non-speech frames of
`non_speech_mfcc`, a share of the frames: their threshold, an amplitude, would follow the gain.
"""

import numpy as np
from pydantic import Field

from micfp.features.family import Family, numbered
from micfp.features.ltas import inner_frames
from micfp.features.non_speech_mfcc import non_speech, power_of
from micfp.features.settings import QuietSettings
from micfp.features.spectrum import Float32, Segment


class FourierHistogramSettings(QuietSettings):
    """Its own frames, and which of them are quiet."""

    fourier_n_fft: int = Field(
        512,
        ge=16,
        le=2**16,
        description="frame length of fourier_histogram in samples; hop half of it",
    )


def of_segment(segment: Segment, settings: FourierHistogramSettings) -> Float32:
    """Share of each coefficient above 0 Hz, float32 (fourier_n_fft // 2,).

    Frames overlap by half. NaN where every frame is digitally silent.
    """
    n_fft = settings.fourier_n_fft
    frames = inner_frames(segment.samples, n_fft, n_fft // 2)
    chosen = non_speech(frames, settings.quiet_share)
    if len(chosen) == 0:
        return np.full(n_fft // 2, np.nan, np.float32)
    total = np.zeros(n_fft // 2)
    for power in power_of(frames, chosen, n_fft):
        magnitude = np.sqrt(power[:, 1:])
        tiny = np.finfo(np.float32).tiny  # a frame of a constant has nothing above 0 Hz
        total += (magnitude / np.maximum(magnitude.sum(axis=1, keepdims=True), tiny)).sum(axis=0)
    return (total / len(chosen)).astype(np.float32)


FAMILY = Family(
    settings=FourierHistogramSettings,
    rows=lambda settings: numbered(settings.fourier_n_fft // 2),
    spectrum=of_segment,
)
