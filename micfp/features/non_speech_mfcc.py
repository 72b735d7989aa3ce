"""MFCC of the frames without speech.

Hanilçi and Kinnunen 2014, "Source cell-phone recognition from recorded speech using non-speech
segments", Digital Signal Processing 35: between words the device is heard and not the speaker. The
voice activity detector is the simplest there is, by energy: the quietest `quiet_share` of the
frames, at least one, count as free of speech. Frames lie wholly inside the segment, as in
`noise_floor`. A frame below -138 dBFS (one step of 24 bits) is digitally silent: a gap, or silence
put in by software, of which no microphone is to be heard; it does not count.

The decibels are limited to 80 below the highest of these frames, not of the segment: a quiet room's
noise lies further than that below speech.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from micfp.features import mfcc
from micfp.features.family import Family
from micfp.features.ltas import inner_frames
from micfp.features.settings import CepstraSettings, QuietSettings
from micfp.features.spectrum import (
    Float32,
    Segment,
    filtered,
    mel_filters,
    power_spectrum,
    power_to_db,
    quietest,
)

_SILENT_RMS = 2.0**-23
_FRAMES_A_BLOCK = 64


class NonSpeechSettings(QuietSettings, CepstraSettings):
    """Cepstra, and which frames are quiet."""


def of_segment(segment: Segment, settings: NonSpeechSettings) -> Float32:
    """MFCC of the non-speech frames, float32 (frames, n_mfcc).

    No rows where every frame is digitally silent.
    """
    n_fft = segment.n_fft
    frames = inner_frames(segment.samples, n_fft, segment.hop_samples)
    chosen = non_speech(frames, settings.quiet_share)
    log_mel = [
        power_to_db(filtered(power, mel_filters, segment.sample_rate_hz, n_fft, settings.n_mels))
        for power in power_of(frames, chosen, n_fft)
    ]
    if not log_mel:
        return np.empty((0, settings.n_mfcc), np.float32)
    return mfcc.cepstra(np.concatenate(log_mel), settings.n_mfcc)


def non_speech(frames: Float32, quiet_share: float) -> NDArray[np.intp]:
    """Numbers of the frames of (frames, n) that count as non-speech, ascending; maybe none."""
    energy = np.vecdot(frames, frames)
    heard = np.flatnonzero(energy > frames.shape[1] * _SILENT_RMS**2)
    return heard[quietest(energy[heard], quiet_share)]


def power_of(frames: Float32, chosen: NDArray[np.intp], n_fft: int) -> Iterator[Float32]:
    """Power spectra of the chosen frames, some (frames, n_fft // 2 + 1) at a time."""
    for first in range(0, len(chosen), _FRAMES_A_BLOCK):
        yield power_spectrum(frames[chosen[first : first + _FRAMES_A_BLOCK]], n_fft)


FAMILY = Family(settings=NonSpeechSettings, rows=mfcc.FAMILY.rows, of_segment=of_segment)
