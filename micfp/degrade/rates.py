"""The way through another sample rate, and back."""

from collections.abc import Callable

import numpy as np

from micfp.degrade.kind import Float32


def at_rate(
    samples: Float32, sample_rate_hz: int, rate_hz: int, send: Callable[[Float32], Float32]
) -> Float32:
    """What `send` makes of float32 (n,) samples at another rate, at their own rate and length."""
    from micfp.audio import resample  # opens audio libraries, which planning does without

    received = send(resample(samples, sample_rate_hz, rate_hz))
    back = resample(received, rate_hz, sample_rate_hz)[: len(samples)]
    return np.pad(back, (0, len(samples) - len(back)))
