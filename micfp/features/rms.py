"""Root mean square of the samples of a frame, as `librosa.feature.rms` (zeros outside)."""

import numpy as np

from micfp.features.family import Family
from micfp.features.settings import FrameSettings
from micfp.features.spectrum import Block, Float32


def of_block(block: Block) -> Float32:
    """RMS, full scale 1, float32 (frames, 1)."""
    energy: Float32 = np.vecdot(block.frames, block.frames)
    root: Float32 = np.sqrt(energy / np.float32(block.segment.n_fft))
    return root[:, None]


FAMILY = Family(
    settings=FrameSettings,
    of_block=lambda block, _: of_block(block),
    librosa=lambda feature, segment, _: feature.rms(
        y=segment.samples, frame_length=segment.n_fft, hop_length=segment.hop_samples
    ),
    unit="of full scale",
)
