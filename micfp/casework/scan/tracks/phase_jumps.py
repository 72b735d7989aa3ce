"""Where the phase of the mains jumps: a likelihood ratio at every block, on three scales."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.casework.scan.tracks.mains import (
    HARMONICS,
    Complex,
    Number,
    line_power,
    noise_power,
    running_mean,
)

Array = NDArray[np.float64]

SCALES = (20, 40, 80)  # blocks on either side
SHORTEST = 10  # blocks on either side without which nothing is said
JUMPS = 36  # of the fundamental that are tried: every 10 degrees
SLOPES_HZ = np.linspace(-0.03, 0.03, 9)  # what the frequency may be off ...
SLOPE_SIGMA_HZ = 0.01  # ... and how much it is, mostly
STEADY = 200  # blocks over which the median of the presence is taken
DRIFT_RAD = 0.25  # of the fundamental over a window, before it counts as a jump
_AT_ONCE = 2048


@dataclass(frozen=True)
class Jumps:
    """How much better a jump of phase explains what is heard than none.

    Attributes
    ----------
    score
        (n + 1,) natural log; at i for a jump between blocks i - 1 and i. Geometric mean of the
        scales: a jump shows on each.
    degrees
        (n + 1,) of the fundamental, -180 to 180: the jump that explains best.
    presence
        (n + 1,) natural log of hum (without a jump) against none: median of 20 s.
    """

    score: Array
    degrees: Array
    presence: Array


def find_jumps(z: Complex) -> Jumps:
    """Test at every block whether all harmonics turn together, the k-th by k times the first.

    A cut of t seconds turns harmonic k by 2 pi k f t. Each harmonic is a line of one amplitude on
    both sides in noise of unknown level, and blocks count by how quiet they are there; so speech
    on a harmonic costs that harmonic alone. A line's amplitude is expected to be that of the
    40 s around: what is louder for a moment is no hum. `DRIFT_RAD` keeps slow drift from adding up.

    Parameters
    ----------
    z
        complex (HARMONICS, n) of `mains.follow`.
    """
    n = z.shape[1]
    line = line_power(z)
    beside_line = noise_power(z) + (np.abs(z) - np.sqrt(line)) ** 2
    noise = running_mean(beside_line, 2)
    log_score = np.zeros(n + 1)
    degrees = np.zeros(n + 1)
    presence = np.zeros(n + 1)
    for scale in SCALES:
        gain, angle, hum = _one_scale(z, line, noise, scale)
        if scale == SCALES[0]:
            degrees = angle
        log_score += np.log(np.maximum(gain, 1e-3)) / len(SCALES)
        presence = np.maximum(presence, hum)
    from scipy.ndimage import median_filter

    steady = median_filter(presence[:: STEADY // 40], 41, mode="nearest")
    presence = np.repeat(steady, STEADY // 40)[: n + 1]
    return Jumps(np.exp(log_score), degrees, presence)


def _one_scale(z: Complex, line: Array, noise: Array, scale: int) -> tuple[Array, Array, Array]:
    n = z.shape[1]
    order = np.arange(1, HARMONICS + 1)[:, None]
    weight = 1 / (noise + scale * (DRIFT_RAD * order) ** 2 * line + 1e-20)
    middle = np.arange(n + 1)
    low, high = np.maximum(middle - scale, 0), np.minimum(middle + scale, n)
    n_blocks = (high - low).astype(np.float32)
    weights = _sums(weight)
    powers = _sums(weight * np.abs(z) ** 2)
    power = powers[:, high] - powers[:, low] + 1e-30
    # The prior of the amplitude: zero mean, variance of the line.
    at = np.minimum(middle, n - 1)
    whole = weights[:, high] - weights[:, low] + 1 / (line[:, at] + 1e-12)
    shifts = 2 * np.pi * np.arange(JUMPS) / JUMPS
    cosines = np.cos(order * shifts).astype(np.float32)
    sines = np.sin(order * shifts).astype(np.float32)
    with_jump, without = np.full(n + 1, -np.inf), np.full(n + 1, -np.inf)
    best = np.zeros(n + 1, np.int64)
    for slope_hz in SLOPES_HZ:
        turned = z * weight * np.exp(-2j * np.pi * order * slope_hz * 0.1 * np.arange(n))
        cost = (slope_hz / SLOPE_SIGMA_HZ) ** 2 / 2
        sums = _sums(turned)
        left, right = sums[:, middle] - sums[:, low], sums[:, high] - sums[:, middle]
        scale_by = 1 / (whole * power)
        alone = ((np.abs(left) ** 2 + np.abs(right) ** 2) * scale_by).astype(np.float32)
        both = (2 * np.conj(left) * right * scale_by).astype(np.complex64)
        for first in range(0, n + 1, _AT_ONCE):
            here = slice(first, first + _AT_ONCE)
            unexplained = np.ones((JUMPS, len(middle[here])), np.float32)
            for k in range(HARMONICS):
                explained = cosines[k][:, None] * both[k, here].real
                explained += sines[k][:, None] * both[k, here].imag
                explained += alone[k, here]
                unexplained *= np.maximum(1 - explained, 1e-5)
            least = unexplained.argmin(axis=0)
            gain = -cost - n_blocks[here] * np.log(
                np.take_along_axis(unexplained, least[None], 0)[0]
            )
            better = gain > with_jump[here]
            best[here] = np.where(better, least, best[here])
            with_jump[here] = np.maximum(gain, with_jump[here])
            none = -cost - n_blocks[here] * np.log(unexplained[0])
            without[here] = np.maximum(none, without[here])
    score = with_jump - without
    score[:SHORTEST] = 0
    score[n + 1 - SHORTEST :] = 0
    turned_by = np.degrees(np.angle(np.exp(1j * shifts[best])))
    return score, turned_by, without


def _sums(rows: NDArray[Number]) -> NDArray[Number]:
    return np.concatenate([np.zeros((len(rows), 1), rows.dtype), rows.cumsum(axis=1)], axis=1)
