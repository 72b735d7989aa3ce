"""Frames of a segment in bands of equal width in hertz, as `mel` has them in mel."""

import math

import numpy as np

from micfp.features.frames.mel import windowed_frames
from micfp.features.frames.settings import MelSettings
from micfp.features.spectrum import Float32, linear_filters


def linear_energies(samples: Float32, rate_hz: int, settings: MelSettings) -> Float32:
    """Energies (n_frames, n_mels) in triangular bands, equally wide from 0 Hz to half the rate."""
    frames = windowed_frames(samples, rate_hz, settings)
    n_fft = 1 << math.ceil(math.log2(frames.shape[1]))
    energies: Float32 = power(frames, n_fft) @ linear_filters(rate_hz, n_fft, settings.n_mels).T
    return energies


def power(frames: Float32, n_fft: int) -> Float32:
    """Squared magnitudes of the spectrum of (n, frame) samples, float32 (n, n_fft // 2 + 1)."""
    import scipy.fft

    squared: Float32 = np.square(np.abs(scipy.fft.rfft(frames, n_fft, axis=1)))
    return squared
