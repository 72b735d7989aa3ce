"""Noise-floor spectrum: the long-term average spectrum of the quietest frames only.

The quietest `quiet_share` of the frames by energy, at least one, taken as in `ltas`: between words
the microphone's own noise and the room are heard, not the speech.
"""

import numpy as np

from micfp.config.features import BandsConfig
from micfp.features.ltas import band_levels_db, inner_frames, mean_power
from micfp.features.spectrum import Float32, quietest


def of_segment(
    samples: Float32,
    sample_rate_hz: int,
    n_fft: int,
    hop_samples: int,
    bands: BandsConfig,
    quiet_share: float,
) -> Float32:
    """Levels of the bands in dB, float32 (n_bands,), of samples (n,) with n >= 1."""
    frames = inner_frames(samples, n_fft, hop_samples)
    energy = np.vecdot(frames, frames)
    power = mean_power(frames, n_fft, quietest(energy, quiet_share))
    return band_levels_db(power, sample_rate_hz, n_fft, bands)
