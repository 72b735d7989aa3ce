"""Spectral roll-off: the frequency below which a share of the magnitude lies.

As `librosa.feature.spectral_rolloff`: the lowest bin at which the cumulative sum of
magnitudes reaches `share` of its total.
"""

import numpy as np
from pydantic import Field

from micfp.features.family import Family
from micfp.features.settings import FrameSettings
from micfp.features.spectrum import Block, Float32, bin_frequencies_hz


class SpectralRolloffSettings(FrameSettings):
    """The share of the magnitude that lies below the roll-off."""

    rolloff_share: float = Field(
        0.85, gt=0, lt=1, description="of the power that lies below the rolloff"
    )


def of_block(block: Block, share: float) -> Float32:
    """Roll-off frequencies in Hz, float32 (frames, 1); 0 Hz in digital silence."""
    cumulative = np.cumsum(block.magnitude, axis=1)
    reached = cumulative >= np.float32(share) * cumulative[:, -1:]
    frequencies = bin_frequencies_hz(block.segment.sample_rate_hz, block.segment.n_fft)
    rolloff: Float32 = frequencies[reached.argmax(axis=1)].astype(np.float32)
    return rolloff[:, None]


FAMILY = Family(
    settings=SpectralRolloffSettings,
    of_block=lambda block, settings: of_block(block, settings.rolloff_share),
    librosa=lambda feature, segment, settings: feature.spectral_rolloff(
        roll_percent=settings.rolloff_share, **segment.for_librosa
    ),
    unit="Hz",
)
