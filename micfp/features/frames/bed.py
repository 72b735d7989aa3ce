"""Band energy differences of each frame: how each point of `dft` differs from the one below.

Luo, Korus and Huang 2018; the feature family `bed` has them of the mean over a segment.
"""

import numpy as np

from micfp.features.frames import dft
from micfp.features.frames.dft import DftSettings
from micfp.features.frames.family import FrameFamily
from micfp.features.spectrum import Float32


def _matrix(samples: Float32, rate_hz: int, settings: DftSettings) -> Float32:
    differences: Float32 = np.diff(dft.decibels(samples, rate_hz, settings), axis=1)
    return differences


FAMILY = FrameFamily(DftSettings, lambda settings: settings.dft_points // 2 - 1, _matrix)
