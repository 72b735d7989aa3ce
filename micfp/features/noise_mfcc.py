"""MFCC of the noise that spectral subtraction takes away.

Aggarwal, Singh, Roul and Khanna 2014, "Cellphone identification using noise estimates from recorded
audio": what an estimate of the speech leaves of the recording is the device's. The estimate is that
of Boll 1979, "Suppression of acoustic noise in speech using spectral subtraction": the magnitude N
of the noise is the mean over the frames free of speech (those of `non_speech_mfcc`), the speech has
the magnitude max(|X| - N, 0), and so min(|X|, N) is left, bin by bin and frame by frame. From there
on as `mfcc`.
"""

import numpy as np

from micfp.features import mfcc
from micfp.features.family import Family
from micfp.features.ltas import inner_frames
from micfp.features.non_speech_mfcc import NonSpeechSettings, power_of
from micfp.features.spectrum import (
    Block,
    Float32,
    Segment,
    filtered,
    mel_filters,
    power_to_db,
)
from micfp.features.voice_activity import speech_free


def noise_power(segment: Segment, vad_mode: int) -> Float32:
    """Squared noise magnitude N of each bin, float32 (n_fft // 2 + 1,).

    NaN where every frame is digitally silent, and so is then every coefficient.
    """
    frames = inner_frames(segment.samples, segment.n_fft, segment.hop_samples)
    chosen = speech_free(segment, frames, segment.hop_samples, vad_mode)
    total = np.zeros(segment.n_fft // 2 + 1)
    for power in power_of(frames, chosen, segment.n_fft):
        total += np.sqrt(power).sum(axis=0)
    if len(chosen) == 0:
        return np.full(len(total), np.nan, np.float32)
    return np.square(total / len(chosen)).astype(np.float32)


def log_mel(block: Block, noise: Float32, n_mels: int) -> Float32:
    """Mel spectrum of the noise left in a block, in dB, float32 (frames, n_mels).

    `noise` of the whole segment, from `noise_power`.
    """
    segment = block.segment
    left = np.minimum(block.power, noise)
    return power_to_db(filtered(left, mel_filters, segment.sample_rate_hz, segment.n_fft, n_mels))


def of_segment(segment: Segment, settings: NonSpeechSettings) -> Float32:
    """MFCC of the noise left in each frame, float32 (frames, n_mfcc)."""
    noise = noise_power(segment, settings.vad_mode)
    log_mel_db = np.empty((segment.n_frames, settings.n_mels), np.float32)
    for block in segment.blocks():
        log_mel_db[block.first : block.stop] = log_mel(block, noise, settings.n_mels)
    return mfcc.cepstra(log_mel_db, settings.n_mfcc)


FAMILY = Family(settings=NonSpeechSettings, rows=mfcc.FAMILY.rows, of_segment=of_segment)
