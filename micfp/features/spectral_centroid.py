"""Spectral centroid: mean frequency weighted by magnitude, as `librosa.feature.spectral_centroid`.

Klapuri and Davy, Signal Processing Methods for Music Transcription, chapter 5, 2006.
"""

import numpy as np

from micfp.features.family import Family
from micfp.features.settings import FrameSettings
from micfp.features.spectrum import Block, Float32, bin_frequencies_hz


def of_block(block: Block) -> Float32:
    """Centroids in Hz, float32 (frames, 1); 0 Hz in digital silence."""
    frequencies = bin_frequencies_hz(block.segment.sample_rate_hz, block.segment.n_fft)
    weighted = block.magnitude @ frequencies.astype(np.float32)
    return (weighted / magnitude_sum(block))[:, None]


def magnitude_sum(block: Block) -> Float32:
    """Sum over bins, float32 (frames,), and 1 where it is as good as zero (as librosa)."""
    total = block.magnitude.sum(axis=1)
    return np.where(total < np.finfo(np.float32).tiny, np.float32(1.0), total)


FAMILY = Family(
    settings=FrameSettings,
    of_block=lambda block, _: of_block(block),
    librosa=lambda feature, segment, _: feature.spectral_centroid(**segment.for_librosa),
    unit="Hz",
)
