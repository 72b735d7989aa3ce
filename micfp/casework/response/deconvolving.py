"""From a recorded sweep to an impulse response, and to its level over frequency."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Float32

Array = NDArray[np.float64]
BEFORE_S = 0.01
"""Of a response before the sweep arrives; distortion lies further before it (Farina)."""
AFTER_S = 0.7
"""Of it afterwards: the stimulus is silent for 0.75 s or more."""
PAUSE_S = (0.45, 0.05)
"""Before the sweep, where noise alone is heard."""
LEAST_PAUSE = 1024
"""Samples; of fewer the noise is not known."""
FADE_S = 0.005
FLOOR = 1e-6
"""Of the strongest bin's power: what the sweep hardly excites is not blown up."""


@dataclass(frozen=True)
class Measured:
    """One recorded sweep.

    Attributes
    ----------
    impulse
        float64 (n,), impulse response; the sweep arrives BEFORE_S after its start.
    power, noise
        (n_bands,), squared response, and what noise alone would give; NaN where no pause is there.
    """

    impulse: Array
    power: Array
    noise: Array


def deconvolved(
    recording: Float32, start: int, sweep: Float32, rate_hz: int, edges_hz: Array
) -> Measured:
    """Divide a recorded sweep by what was played.

    Parameters
    ----------
    recording
        float32 (n,).
    start
        Sample at which the sweep arrives.
    sweep
        float32 (m,), what was played, by the recording's clock.
    rate_hz
        Of both.
    edges_hz
        (n_bands + 1,) rising, of the bands wanted.

    References
    ----------
    Farina (2000), Simultaneous measurement of impulse response and distortion with a swept-sine
    technique. Mueller and Massarani (2001), Transfer-function measurement with sweeps.
    """
    from scipy import fft

    before, after = round(BEFORE_S * rate_hz), round(AFTER_S * rate_hz)
    heard = _cut(recording, start - before, start + len(sweep) + after)
    n = fft.next_fast_len(len(heard) + len(sweep), real=True)
    x = fft.rfft(sweep.astype(np.float64), n)
    power = np.square(np.abs(x))
    power += FLOOR * power.max()
    response = fft.irfft(fft.rfft(heard, n) * x.conj() / power, n)
    impulse = response[: before + after] * _window(before + after, rate_hz)
    hz = fft.rfftfreq(n, 1 / rate_hz)
    noise = len(impulse) * _density(_pause(recording, start, rate_hz), n) / power
    return Measured(
        impulse,
        _in_bands(np.square(np.abs(fft.rfft(impulse, n))), hz, edges_hz),
        _in_bands(noise, hz, edges_hz),
    )


def _cut(recording: Float32, start: int, stop: int) -> Array:
    """A stretch of the recording, zeros beyond its ends."""
    inside = recording[max(start, 0) : max(stop, 0)].astype(np.float64)
    return np.pad(inside, (max(-start, 0), max(stop - max(start, 0) - len(inside), 0)))


def _pause(recording: Float32, start: int, rate_hz: int) -> Array:
    first, last = (max(start - round(one * rate_hz), 0) for one in PAUSE_S)
    return recording[first:last].astype(np.float64)


def _density(pause: Array, n: int) -> Array:
    """Power (n // 2 + 1,) that a sample of noise adds to each bin; NaN without a pause."""
    if len(pause) < LEAST_PAUSE:
        return np.full(n // 2 + 1, np.nan)
    window = np.hanning(len(pause))
    power = np.square(np.abs(np.fft.rfft(pause * window, n)))
    return np.asarray(power / np.square(window).sum())


def _window(n: int, rate_hz: int) -> Array:
    """1, with ends that fade: 5 ms before, the last tenth after."""
    window = np.ones(n)
    for length, end in ((round(FADE_S * rate_hz), window), (n // 10, window[::-1])):
        end[:length] = np.sin(np.linspace(0, np.pi / 2, length)) ** 2
    return window


def _in_bands(power: Array, hz: Array, edges_hz: Array) -> Array:
    """Mean of a power over the bins of each band; of a narrow one, what lies at its middle."""
    total = np.concatenate([[0.0], np.cumsum(power)])
    at = np.searchsorted(hz, edges_hz)
    n_bins = np.diff(at)
    middle = np.interp(np.sqrt(edges_hz[:-1] * edges_hz[1:]), hz, power)
    mean = (total[at[1:]] - total[at[:-1]]) / np.maximum(n_bins, 1)
    return np.where(n_bins >= 3, mean, middle)
