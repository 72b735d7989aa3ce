"""Noise-floor spectrum: the long-term average spectrum of the quietest frames only.

The quietest `quiet_share` of the frames by energy, at least one, taken as in `ltas`: between words
the microphone's own noise and the room are heard, not the speech.
"""

import numpy as np

from micfp.features import ltas
from micfp.features.family import Family
from micfp.features.ltas import band_levels_db, inner_frames, mean_power
from micfp.features.settings import BandSettings, QuietSettings
from micfp.features.spectrum import Float32, Segment, quietest


class NoiseFloorSettings(QuietSettings, BandSettings):
    """Bands, and which frames are quiet."""


def of_segment(segment: Segment, settings: NoiseFloorSettings) -> Float32:
    """Levels of the bands in dB, float32 (n_bands,)."""
    frames = inner_frames(segment.samples, segment.n_fft, segment.hop_samples)
    energy = np.vecdot(frames, frames)
    power = mean_power(frames, segment.n_fft, quietest(energy, settings.quiet_share))
    return band_levels_db(power, segment.sample_rate_hz, segment.n_fft, settings.bands)


FAMILY = Family(settings=NoiseFloorSettings, rows=ltas.FAMILY.rows, spectrum=of_segment)
