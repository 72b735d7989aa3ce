"""A recording at a low sample rate, made block by block."""

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Float32

BLOCK = 1 << 16  # low-rate samples made at once: bounds the memory
TAPS_PER_STEP = 12  # between 0.36 and 0.64 of the new rate the filter goes from 0 to -50 dB


def low_rate(samples: Float32, rate_hz: int, wanted_hz: int) -> tuple[NDArray[np.float64], float]:
    """Keep every q-th sample behind a low-pass; q is the largest that leaves `wanted_hz` or more.

    Up to 0.36 of the new rate it is as it was; above, it is weaker and mixed with its mirror.

    Parameters
    ----------
    samples
        float32 (n,). NaN and infinity count as 0.
    rate_hz, wanted_hz
        Of the samples, and of the answer; both > 0.

    Returns
    -------
    float64 (n // q,), and its rate in Hz, `rate_hz / q`. Sample i stands at i q of the input.
    """
    step = max(1, rate_hz // wanted_hz)
    n_low = len(samples) // step
    low = np.empty(n_low)
    if step == 1:
        low[:] = np.nan_to_num(samples[:n_low], nan=0.0, posinf=0.0, neginf=0.0)
        return low, float(rate_hz)
    from scipy.signal import firwin, upfirdn

    half = TAPS_PER_STEP * step // 2
    taps = firwin(2 * half + 1, 1 / step).astype(np.float32)
    for first in range(0, n_low, BLOCK):
        last = min(n_low, first + BLOCK)
        start, stop = first * step - half, (last - 1) * step + half + 1
        piece = samples[max(0, start) : max(0, stop)]
        piece = np.nan_to_num(piece, nan=0.0, posinf=0.0, neginf=0.0)
        piece = np.pad(piece, (max(0, -start), max(0, stop - len(samples))))
        # Of the full convolution, the output in the middle of the taps is what belongs here.
        filtered = upfirdn(taps, piece, 1, step)
        offset = 2 * half // step
        low[first:last] = filtered[offset : offset + last - first]
    return low, rate_hz / step
