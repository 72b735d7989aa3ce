"""MFCC of the frames without speech.

Hanilçi and Kinnunen 2014, "Source cell-phone recognition from recorded speech using non-speech
segments", Digital Signal Processing 35: between words the device is heard and not the speaker.
Which frames those are `voice_activity` says; they lie wholly inside the segment, as in
`noise_floor`.

The decibels are limited to 80 below the highest of these frames, not of the segment: a quiet room's
noise lies further than that below speech.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from micfp.features import mfcc
from micfp.features.family import Family
from micfp.features.ltas import inner_frames
from micfp.features.settings import CepstraSettings
from micfp.features.spectrum import (
    Float32,
    Segment,
    filtered,
    mel_filters,
    power_spectrum,
    power_to_db,
)
from micfp.features.voice_activity import SpeechFreeSettings, speech_free

_FRAMES_A_BLOCK = 64


class NonSpeechSettings(SpeechFreeSettings, CepstraSettings):
    """Cepstra, and which frames are free of speech."""


def of_segment(segment: Segment, settings: NonSpeechSettings) -> Float32:
    """MFCC of the frames free of speech, float32 (frames, n_mfcc).

    No rows where every frame is digitally silent.
    """
    n_fft = segment.n_fft
    frames = inner_frames(segment.samples, n_fft, segment.hop_samples)
    chosen = speech_free(segment, frames, segment.hop_samples, settings.vad_mode)
    log_mel = [
        power_to_db(filtered(power, mel_filters, segment.sample_rate_hz, n_fft, settings.n_mels))
        for power in power_of(frames, chosen, n_fft)
    ]
    if not log_mel:
        return np.empty((0, settings.n_mfcc), np.float32)
    return mfcc.cepstra(np.concatenate(log_mel), settings.n_mfcc)


def power_of(frames: Float32, chosen: NDArray[np.intp], n_fft: int) -> Iterator[Float32]:
    """Power spectra of the chosen frames, some (frames, n_fft // 2 + 1) at a time."""
    for first in range(0, len(chosen), _FRAMES_A_BLOCK):
        yield power_spectrum(frames[chosen[first : first + _FRAMES_A_BLOCK]], n_fft)


FAMILY = Family(settings=NonSpeechSettings, rows=mfcc.FAMILY.rows, of_segment=of_segment)
