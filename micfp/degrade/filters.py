"""Filters without their delay."""

import numpy as np

from micfp.degrade.kind import Float32


def without_delay(samples: Float32, taps: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Float32:
    """Samples (n,) through an odd number of symmetric taps, lined up with what they were."""
    from scipy.signal import oaconvolve

    heard: Float32 = oaconvolve(samples, taps.astype(np.float32))
    return heard[len(taps) // 2 :][: len(samples)].astype(np.float32)
