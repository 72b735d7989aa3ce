"""Frame matrices: a fixed number of frames of a segment, each a row of numbers.

Pre-emphasis over the segment, frames without padding, Hamming window, power spectrum, mel bands
(Slaney's scale and areas, as librosa's), natural logarithm, orthonormal DCT-II. A frame is as long
as `frame_s` says; its spectrum has the next power of two of points.
"""

import math
from functools import lru_cache

import numpy as np

from micfp.audio import resample
from micfp.config.frames import FrameSet
from micfp.errors import MicfpError
from micfp.features.delta_mfcc import slopes
from micfp.features.mfcc import dct_matrix
from micfp.features.spectrum import Float32, mel_filters, read_only

N_CEPSTRA = 13
FLOOR = 1e-10


def frame_matrix(samples: Float32, sample_rate_hz: int, settings: FrameSet) -> Float32:
    """Frames of one segment, float32 (n_frames, `width`).

    `samples` (n,) in -1..1, one channel. All NaN for a segment that is not finite. MicfpError for
    one that has fewer frames than are wanted.
    """
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    if samples.size and not np.isfinite([samples.min(), samples.max()]).all():
        return np.full((settings.n_frames, width(settings)), np.nan, np.float32)
    rate_hz = sample_rate_hz if settings.rate_hz == "native" else settings.rate_hz
    samples = resample(samples, sample_rate_hz, rate_hz)
    if settings.family == "waveform":
        return _waveform(samples, settings.n_frames)
    frame_samples = max(1, round(settings.frame_s * rate_hz))
    starts = frame_starts(len(samples), frame_samples, rate_hz, settings)
    within = starts[:, None] + np.arange(frame_samples)
    emphasised = pre_emphasised(samples, settings.pre_emphasis)
    energies = mel_energies(emphasised[within], rate_hz, settings)
    if settings.family == "log_mel":
        decibels: Float32 = 10 * np.log10(np.maximum(energies, np.float32(FLOOR)))
        return decibels
    cepstra = np.log(np.maximum(energies, np.float32(FLOOR))) @ dct_matrix(
        settings.n_mels, N_CEPSTRA
    )
    if settings.family == "mfcc39":
        static = _normalised(cepstra) if settings.cmvn else cepstra
        return _with_slopes(static, settings.delta_width)
    frame_energy = np.square(samples[within], dtype=np.float64).sum(axis=1)
    log_energy = np.log(np.maximum(frame_energy, FLOOR))[:, None].astype(np.float32)
    static = np.hstack([cepstra[:, 1:], log_energy])
    return np.hstack([_with_slopes(static, settings.delta_width), energies])


def width(settings: FrameSet) -> int:
    """Numbers a frame: 73 for timing_tandem with 34 mel bands, 39 for mfcc39."""
    if settings.family == "waveform":
        return 1
    if settings.family == "mfcc39":
        return 3 * N_CEPSTRA
    return settings.n_mels + (3 * N_CEPSTRA if settings.family == "timing_tandem" else 0)


def _waveform(samples: Float32, n_samples: int) -> Float32:
    if len(samples) < n_samples:
        raise MicfpError(
            f"{len(samples)} samples, and {n_samples} are wanted: cut longer segments, or set "
            "n_frames of the frame set lower"
        )
    return samples[:n_samples, None]


def frame_starts(
    n_samples: int, frame_samples: int, rate_hz: int, settings: FrameSet
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
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


def mel_energies(frames: Float32, rate_hz: int, settings: FrameSet) -> Float32:
    """Power of (n, frame) samples through the mel filters, float32 (n, n_mels)."""
    import scipy.fft

    n_fft = 1 << math.ceil(math.log2(frames.shape[1]))
    windowed = frames * hamming(frames.shape[1])
    power = np.square(np.abs(scipy.fft.rfft(windowed, n_fft, axis=1)))
    energies: Float32 = power @ mel_filters(rate_hz, n_fft, settings.n_mels).T
    return energies


@lru_cache(maxsize=32)
def hamming(n_samples: int) -> Float32:
    """Periodic Hamming window, float32 (n_samples,)."""
    phase = 2 * np.pi * np.arange(n_samples) / n_samples
    return read_only((0.54 - 0.46 * np.cos(phase)).astype(np.float32))


def _with_slopes(static: Float32, delta_width: int) -> Float32:
    """Static numbers, their slopes and the slopes of these, side by side."""
    first = slopes(static, delta_width)
    return np.hstack([static, first, slopes(first, delta_width)])


def _normalised(cepstra: Float32) -> Float32:
    """Each coefficient with mean 0 and standard deviation 1 over the frames; constant ones 0."""
    centred = cepstra - cepstra.mean(axis=0)
    deviation = centred.std(axis=0)
    normalised: Float32 = centred / np.where(deviation > 1e-6, deviation, 1.0)
    return normalised
