"""Follows the mains frequency, and brings its harmonics to rest."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Number = TypeVar("Number", np.float64, np.complex128)

MAINS_HZ = (50.0, 60.0)
HARMONICS = 6  # 300 or 360 Hz
BLOCK_S = 0.1
RANGE_HZ = 0.2  # of the mains frequency about its nominal one, clock of the recorder included
STEP_HZ = 0.005
WINDOW = 40  # blocks in which a frequency is read: 4 s
HOP = 10
REACH = 4  # steps that the frequency may go from one window to the next: 20 mHz in 1 s
COST = 30.0  # of a step, in nats of evidence
LINE_HALF, LINE_MEAN_HALF = 5, 200  # blocks: a second, and 40 s
_AT_ONCE = 2000  # blocks that are demodulated at once


@dataclass(frozen=True)
class Mains:
    """The mains as it stands in a recording.

    Attributes
    ----------
    nominal_hz
        50 or 60.
    times_s, frequency_hz
        (m,) each: its frequency, one a second.
    still
        complex (HARMONICS, n): the harmonics with the frequency's drift taken out, one value per
        block of BLOCK_S: their phase stands still while nothing is cut.
    """

    nominal_hz: float
    times_s: Array
    frequency_hz: Array
    still: Complex


def follow(low: Array, rate_hz: float) -> Mains:
    """Find which mains there is, follow its frequency, and demodulate its harmonics.

    Parameters
    ----------
    low
        float64 (n,), n of at least WINDOW blocks.
    rate_hz
        Between 750 and 4000: such that 360 Hz is inside.
    """
    best: tuple[float, float, Array] | None = None
    for nominal_hz in MAINS_HZ:
        evidence = _evidence(_demodulate(low, rate_hz, nominal_hz, None), None)
        path, total = _cheapest_path(evidence)
        if best is None or total > best[0]:
            best = total, nominal_hz, path
    assert best is not None
    _, nominal_hz, path = best
    offset_hz = _smooth(path)
    still = _demodulate(low, rate_hz, nominal_hz, _gained(offset_hz, len(low) / rate_hz))
    # Once more, now that it is known on which harmonics there is a line and not speech.
    better, _ = _cheapest_path(_evidence(still, line_power(still)))
    offset_hz = offset_hz + _smooth(better)
    still = _demodulate(low, rate_hz, nominal_hz, _gained(offset_hz, len(low) / rate_hz))
    return Mains(nominal_hz, _times_s(len(path)), nominal_hz + offset_hz, still)


def _smooth(path: Array) -> Array:
    """The grid's frequency is smooth, and a jump of phase bends the path for a few seconds."""
    kernel = np.hanning(15)[1:-1]
    smooth = np.convolve(np.pad(path, 6, mode="edge"), kernel / kernel.sum(), "valid")
    return np.asarray(smooth, np.float64)


def _times_s(n: int) -> Array:
    return (np.arange(n, dtype=np.float64) * HOP + WINDOW / 2) * BLOCK_S


def _gained(offset_hz: Array, duration_s: float) -> tuple[Array, Array]:
    """Times in s, and cycles that the fundamental has by then gained on the nominal one."""
    times_s = np.arange(0, duration_s + 1, BLOCK_S)
    at_times = np.interp(times_s, _times_s(len(offset_hz)), offset_hz)
    gained = np.concatenate([[0.0], np.cumsum((at_times[1:] + at_times[:-1]) / 2 * BLOCK_S)])
    return times_s, gained


def noise_power(z: Complex) -> Array:
    """(K, n) power of what is no steady line, from second differences: 1/6 of theirs."""
    power = np.abs(z[:, :-2] - 2 * z[:, 1:-1] + z[:, 2:]) ** 2 / 6
    return np.pad(power, ((0, 0), (1, 1)), mode="edge")


def line_power(z: Complex) -> Array:
    """(K, n) power of each harmonic's line, from how well it agrees with itself a second later.

    The mean of a second times the conjugate of that of the next is, over 20 s, the line's power
    turned by what is left of its frequency; speech and noise have no phase in common and cancel. No
    product counts more than three times the median, so that no burst is taken for a line.
    """
    from scipy.ndimage import median_filter

    weight = _weight(z)
    second = running_mean(z * weight, LINE_HALF) / running_mean(weight, LINE_HALF)
    lag = 2 * LINE_HALF + 1
    product = second[:, :-lag] * np.conj(second[:, lag:])
    size = np.abs(product)
    usual = median_filter(size[:, ::5], (1, 2 * (LINE_MEAN_HALF // 5) + 1), mode="nearest")
    usual = np.repeat(usual, 5, axis=1)[:, : size.shape[1]]
    product *= np.minimum(1, 3 * usual / (size + 1e-30))
    # What products without a common phase leave in a mean of so many.
    chance = 2 * running_mean(np.abs(product) ** 2, LINE_MEAN_HALF) * lag / (2 * LINE_MEAN_HALF + 1)
    line = np.abs(running_mean(product, LINE_MEAN_HALF)) ** 2 - chance
    line = np.sqrt(np.maximum(line, 0))
    return np.pad(line, ((0, 0), (LINE_HALF, lag - LINE_HALF)), mode="edge")


def running_mean(rows: NDArray[Number], half: int) -> NDArray[Number]:
    """Mean over 2 half + 1 values along the last axis; the edges are repeated."""
    padded = np.pad(rows, ((0, 0), (half + 1, half)), mode="edge")
    padded[:, 0] = 0
    sums = padded.cumsum(axis=1)
    means = (sums[:, 2 * half + 1 :] - sums[:, : -2 * half - 1]) / (2 * half + 1)
    return np.asarray(means, rows.dtype)


def _demodulate(
    low: Array, rate_hz: float, nominal_hz: float, gained: tuple[Array, Array] | None
) -> Complex:
    # A block is a whole number of samples; its length may so differ from BLOCK_S by 0.5 %.
    per_block = round(rate_hz * BLOCK_S)
    n = len(low) // per_block
    z = np.empty((HARMONICS, n), np.complex128)
    for first in range(0, n, _AT_ONCE):
        last = min(n, first + _AT_ONCE)
        seconds = np.arange(first * per_block, last * per_block) / rate_hz
        cycles = nominal_hz * seconds
        if gained is not None:
            cycles = cycles + np.interp(seconds, *gained)
        turn = np.exp(-2j * np.pi * (cycles % 1))
        product = low[first * per_block : last * per_block] * turn
        for k in range(HARMONICS):
            z[k, first:last] = product.reshape(-1, per_block).mean(axis=1)
            product *= turn
    return z


def _weight(z: Complex) -> Array:
    noise = running_mean(noise_power(z), 2)
    return 1 / (noise + 1e-3 * np.median(noise, axis=1, keepdims=True) + 1e-30)


def _evidence(z: Complex, line: Array | None) -> Array:
    """(windows, frequencies): log likelihood of a line in noise of unknown level, all harmonics.

    `line`, where known, is the power that each harmonic's line is expected to have.
    """
    weight = _weight(z)
    offsets_hz = _offsets_hz()
    seconds = (np.arange(WINDOW) - WINDOW / 2) * BLOCK_S
    evidence = np.zeros(((z.shape[1] - WINDOW) // HOP + 1, len(offsets_hz)))
    for k in range(HARMONICS):
        values = sliding_window_view(z[k] * weight[k], WINDOW)[::HOP]
        weights = sliding_window_view(weight[k], WINDOW)[::HOP].sum(axis=1)
        if line is not None:
            weights = weights + 1 / (
                line[k, WINDOW // 2 :][: z.shape[1] - WINDOW + 1 : HOP] + 1e-12
            )
        power = sliding_window_view(np.abs(z[k]) ** 2 * weight[k], WINDOW)[::HOP].sum(axis=1)
        lines = values @ np.exp(-2j * np.pi * (k + 1) * np.outer(seconds, offsets_hz))
        explained = np.abs(lines) ** 2 / (weights * power + 1e-30)[:, None]
        evidence -= WINDOW * np.log(np.maximum(1 - explained, 1e-5))
    return evidence


def _offsets_hz() -> Array:
    steps = round(RANGE_HZ / STEP_HZ)
    return np.arange(-steps, steps + 1, dtype=np.float64) * STEP_HZ


def _cheapest_path(evidence: Array) -> tuple[Array, float]:
    """Viterbi: the offsets in Hz with the most evidence less the cost of their steps."""
    cost = COST * np.abs(np.arange(-REACH, REACH + 1))
    total = evidence[0].copy()
    came_from = np.zeros(evidence.shape, np.int64)
    here = np.arange(evidence.shape[1])
    for step in range(1, len(evidence)):
        padded = np.pad(total, REACH, constant_values=-np.inf)
        choices = sliding_window_view(padded, 2 * REACH + 1) - cost
        came_from[step] = here + choices.argmax(axis=1) - REACH
        total = choices.max(axis=1) + evidence[step]
    path = np.empty(len(evidence), np.int64)
    path[-1] = total.argmax()
    for step in range(len(evidence) - 1, 0, -1):
        path[step - 1] = came_from[step, path[step]]
    return _offsets_hz()[path], float(total.max())
