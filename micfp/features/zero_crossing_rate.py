"""Zero-crossing rate: share of samples whose sign differs from the one before.

As `librosa.feature.zero_crossing_rate`: values within 1e-10 of zero count as positive, frames are
centred and the segment's first and last sample continue outside it, the first sample of a frame
never counts.
"""

import numpy as np

from micfp.features.family import Family
from micfp.features.settings import FrameSettings
from micfp.features.spectrum import Block, Float32

_ZERO = np.float32(1e-10)


def of_block(block: Block) -> Float32:
    """Crossings a sample, 0..1, float32 (frames, 1)."""
    start = max(block.start_sample, 0)
    negative = block.segment.samples[start : max(block.stop_sample, 0)] < -_ZERO
    crossings = start + 1 + np.flatnonzero(negative[1:] != negative[:-1])
    first = block.start_sample + np.arange(block.stop - block.first) * block.hop
    before = np.searchsorted(crossings, first, side="right")
    until = np.searchsorted(crossings, first + block.segment.n_fft)
    rate = (until - before) / block.segment.n_fft
    return rate.astype(np.float32)[:, None]


FAMILY = Family(
    settings=FrameSettings,
    of_block=lambda block, _: of_block(block),
    librosa=lambda feature, segment, _: feature.zero_crossing_rate(
        segment.samples, frame_length=segment.n_fft, hop_length=segment.hop_samples
    ),
    unit="per sample",
)
