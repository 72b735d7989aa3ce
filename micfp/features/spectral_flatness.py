"""Spectral flatness: geometric over arithmetic mean of power.

As `librosa.feature.spectral_flatness`: 1 for white noise and for digital silence,
towards 0 for a tone. Dubnov 2004, "Generalization of spectral flatness measure for non-Gaussian
linear processes".
"""

import numpy as np

from micfp.features.family import Family
from micfp.features.settings import FrameSettings
from micfp.features.spectrum import Block, Float32

_POWER_FLOOR = np.float32(1e-10)


def of_block(block: Block) -> Float32:
    """Flatness 0..1, float32 (frames, 1)."""
    power = np.maximum(np.square(block.magnitude), _POWER_FLOOR)
    geometric = np.exp(np.log(power).mean(axis=1))
    flatness: Float32 = geometric / power.mean(axis=1)
    return flatness[:, None]


FAMILY = Family(
    settings=FrameSettings,
    of_block=lambda block, _: of_block(block),
    librosa=lambda feature, segment, _: feature.spectral_flatness(
        y=segment.samples, n_fft=segment.n_fft, hop_length=segment.hop_samples
    ),
    unit="(ratio)",
)
