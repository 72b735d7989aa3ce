"""Spectral bandwidth: spread around the centroid, as `librosa.feature.spectral_bandwidth`.

Square root of the mean squared distance from the centroid, weighted by magnitude (p = 2).
"""

import numpy as np

from micfp.features import spectral_centroid
from micfp.features.family import Family
from micfp.features.settings import FrameSettings
from micfp.features.spectrum import Block, Float32, bin_frequencies_hz


def of_block(block: Block) -> Float32:
    """Bandwidths in Hz, float32 (frames, 1); 0 Hz in digital silence."""
    frequencies = bin_frequencies_hz(block.segment.sample_rate_hz, block.segment.n_fft)
    distance = frequencies.astype(np.float32)[None, :] - spectral_centroid.of_block(block)
    np.square(distance, out=distance)
    spread: Float32 = np.vecdot(distance, block.magnitude) / spectral_centroid.magnitude_sum(block)
    bandwidth: Float32 = np.sqrt(spread)
    return bandwidth[:, None]


FAMILY = Family(
    settings=FrameSettings,
    of_block=lambda block, _: of_block(block),
    librosa=lambda feature, segment, _: feature.spectral_bandwidth(**segment.for_librosa),
    unit="Hz",
)
