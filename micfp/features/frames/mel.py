"""Frames of a segment, their mel energies and cepstra: what most frame families are made of.

Pre-emphasis over the segment, frames without padding, Hamming window, power spectrum, mel bands
(Slaney's scale and areas, as librosa's), natural logarithm, orthonormal DCT-II. A frame is as long
as `frame_s` says; its spectrum has the next power of two of points.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from micfp.errors import MicfpError
from micfp.features.delta_mfcc import slopes
from micfp.features.frames.settings import CutSettings, MelSettings
from micfp.features.mfcc import dct_matrix
from micfp.features.spectrum import Float32, mel_filters, read_only

N_CEPSTRA = 13
FLOOR = 1e-10


def windowed_frames(samples: Float32, rate_hz: int, settings: CutSettings) -> Float32:
    """Frames (n_frames, frame) of samples (n,), pre-emphasised and windowed."""
    within = frames_within(len(samples), rate_hz, settings)
    emphasised = pre_emphasised(samples, settings.pre_emphasis)
    return emphasised[within] * hamming(within.shape[1])


def frames_within(n_samples: int, rate_hz: int, settings: CutSettings) -> NDArray[np.int64]:
    """Numbers of the samples in each frame (n_frames, frame)."""
    frame_samples = max(1, round(settings.frame_s * rate_hz))
    starts = frame_starts(n_samples, frame_samples, rate_hz, settings)
    within: NDArray[np.int64] = starts[:, None] + np.arange(frame_samples)
    return within


def cepstra(energies: Float32) -> Float32:
    """The first 13 MFCC, float32 (n, 13), of mel energies (n, n_mels)."""
    mfcc: Float32 = log_energies(energies) @ dct_matrix(energies.shape[1], N_CEPSTRA)
    return mfcc


def log_energies(energies: Float32) -> Float32:
    """Natural logarithm of mel energies (n, n_mels), none below that of `FLOOR`."""
    logs: Float32 = np.log(np.maximum(energies, np.float32(FLOOR)))
    return logs


def frame_starts(
    n_samples: int, frame_samples: int, rate_hz: int, settings: CutSettings
) -> NDArray[np.int64]:
    """First sample of each frame (n_frames,).

    Spread evenly from the first to the last that fits, rounded to whole samples; or at a hop.
    MicfpError where fewer frames fit than are wanted.
    """
    last = n_samples - frame_samples
    if settings.fixed_by == "hop":
        starts = np.linspace(0, max(last, 0), settings.n_frames).round().astype(np.int64)
        fit = min(settings.n_frames, last + 1)
    else:
        hop_samples = max(1, round(settings.hop_s * rate_hz))
        starts = np.arange(settings.n_frames, dtype=np.int64) * hop_samples
        fit = last // hop_samples + 1
    if fit < settings.n_frames:
        raise MicfpError(
            f"{n_samples / rate_hz:.3f} s of audio have {max(fit, 0)} frames of "
            f"{settings.frame_s:g} s, and {settings.n_frames} are wanted: cut longer segments, or "
            "set n_frames or hop_s of the frame set lower"
        )
    return starts


def pre_emphasised(samples: Float32, coefficient: float) -> Float32:
    """x[n] - coefficient x[n - 1], with x[-1] = 0."""
    out = samples.copy()
    out[1:] -= np.float32(coefficient) * samples[:-1]
    return out


def mel_energies(windowed: Float32, rate_hz: int, settings: MelSettings) -> Float32:
    """Power of windowed frames (n, frame) through the mel filters, float32 (n, n_mels)."""
    import scipy.fft

    n_fft = 1 << math.ceil(math.log2(windowed.shape[1]))
    power = np.square(np.abs(scipy.fft.rfft(windowed, n_fft, axis=1)))
    energies: Float32 = power @ mel_filters(rate_hz, n_fft, settings.n_mels).T
    return energies


@lru_cache(maxsize=32)
def hamming(n_samples: int) -> Float32:
    """Periodic Hamming window, float32 (n_samples,)."""
    phase = 2 * np.pi * np.arange(n_samples) / n_samples
    return read_only((0.54 - 0.46 * np.cos(phase)).astype(np.float32))


def with_slopes(static: Float32, delta_width: int) -> Float32:
    """Static numbers, their slopes and the slopes of these, side by side."""
    first = slopes(static, delta_width)
    return np.hstack([static, first, slopes(first, delta_width)])
