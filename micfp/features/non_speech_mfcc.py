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
from micfp.features.ltas import inner_frames
from micfp.features.spectrum import (
    Float32,
    filtered,
    mel_filters,
    power_spectrum,
    power_to_db,
    quietest,
)

_SILENT_RMS = 2.0**-23
_FRAMES_A_BLOCK = 64


def of_segment(
    samples: Float32,
    sample_rate_hz: int,
    n_fft: int,
    hop_samples: int,
    n_mels: int,
    n_mfcc: int,
    quiet_share: float,
) -> Float32:
    """MFCC of the non-speech frames, float32 (frames, n_mfcc), of samples (n,) with n >= 1.

    No rows where every frame is digitally silent.
    """
    frames = inner_frames(samples, n_fft, hop_samples)
    log_mel = [
        power_to_db(filtered(power, mel_filters, sample_rate_hz, n_fft, n_mels))
        for power in power_of(frames, non_speech(frames, quiet_share), n_fft)
    ]
    if not log_mel:
        return np.empty((0, n_mfcc), np.float32)
    return mfcc.cepstra(np.concatenate(log_mel), n_mfcc)


def non_speech(frames: Float32, quiet_share: float) -> NDArray[np.intp]:
    """Numbers of the frames of (frames, n) that count as non-speech, ascending; maybe none."""
    energy = np.vecdot(frames, frames)
    heard = np.flatnonzero(energy > frames.shape[1] * _SILENT_RMS**2)
    return heard[quietest(energy[heard], quiet_share)]


def power_of(frames: Float32, chosen: NDArray[np.intp], n_fft: int) -> Iterator[Float32]:
    """Power spectra of the chosen frames, some (frames, n_fft // 2 + 1) at a time."""
    for first in range(0, len(chosen), _FRAMES_A_BLOCK):
        yield power_spectrum(frames[chosen[first : first + _FRAMES_A_BLOCK]], n_fft)
