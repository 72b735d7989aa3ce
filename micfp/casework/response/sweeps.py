"""Where a stimulus has exponential sweeps: phrases between silence whose pitch rises evenly."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Float32

Array = NDArray[np.float64]
SILENT_DBFS = -66.0
"""Of samples; digital silence in a file that an encoder or dither has gone through."""
PAUSE_S = 0.1
LEAST_S = 0.5
FRAME_S = 0.08
HOP_S = 0.02
LEAST_HZ = 80.0
"""Below it a frame holds too few periods to tell the pitch."""
LEAST_OCTAVES = 4.0
FURTHEST = 0.03
"""Pitch may be so far from an even rise, as a share of it, in nine of ten frames."""


@dataclass(frozen=True)
class Sweep:
    """A sweep of a stimulus.

    Attributes
    ----------
    start_s
        When it begins.
    samples
        float32 (n,), at the rate of the stimulus.
    low_hz, high_hz
        Where it begins and ends.
    """

    start_s: float
    samples: Float32
    low_hz: float
    high_hz: float


def sweeps(stimulus: Float32, rate_hz: int) -> list[Sweep]:
    """Every rising exponential sweep of a stimulus, in order.

    Parameters
    ----------
    stimulus
        float32 (n,), full scale 1; sweeps stand between silence of 0.1 s or more.
    rate_hz
        8000 or more.
    """
    found = []
    for start, stop in _phrases(stimulus, rate_hz):
        phrase = stimulus[start:stop]
        ends = _ends_hz(phrase, rate_hz)
        if ends is not None:
            found.append(Sweep(start / rate_hz, phrase, *ends))
    return found


def _phrases(samples: Float32, rate_hz: int) -> Iterator[tuple[int, int]]:
    """Starts and ends of what is no silence, and long enough for a sweep."""
    sounding = np.flatnonzero(np.abs(samples) > 10 ** (SILENT_DBFS / 20))
    if len(sounding) == 0:
        return
    gaps = np.flatnonzero(np.diff(sounding) > PAUSE_S * rate_hz)
    starts = sounding[np.concatenate([[0], gaps + 1])]
    stops = sounding[np.concatenate([gaps, [len(sounding) - 1]])] + 1
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        if stop - start >= LEAST_S * rate_hz:
            yield start, stop


def _ends_hz(phrase: Float32, rate_hz: int) -> tuple[float, float] | None:
    """Frequencies at which a phrase begins and ends, if it is a sweep."""
    n, hop = round(FRAME_S * rate_hz), round(HOP_S * rate_hz)
    frames = np.lib.stride_tricks.sliding_window_view(phrase, n)[::hop] * np.hanning(n)
    power = np.square(np.abs(np.fft.rfft(frames, 4 * n, axis=1)))
    hz = power.argmax(axis=1) * rate_hz / (4 * n)
    time_s = (np.arange(len(frames)) * hop + n / 2) / rate_hz
    used = (hz >= LEAST_HZ) & (hz <= 0.45 * rate_hz)
    if np.count_nonzero(used) < 8:
        return None
    rise, at_0 = np.polyfit(time_s[used], np.log(hz[used]), 1)
    off = np.abs(np.log(hz[used]) - at_0 - rise * time_s[used])
    if np.quantile(off, 0.9) > FURTHEST or rise * time_s[used][-1] - rise * time_s[used][0] < (
        LEAST_OCTAVES * np.log(2)
    ):
        return None
    # By the even middle once more, so that no stray frame tilts the line.
    even = used.copy()
    even[used] = off <= FURTHEST
    rise, at_0 = np.polyfit(time_s[even], np.log(hz[even]), 1)
    duration_s = len(phrase) / rate_hz
    return float(np.exp(at_0)), float(min(np.exp(at_0 + rise * duration_s), rate_hz / 2))
