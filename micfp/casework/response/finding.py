"""Where the sweeps of a stimulus are in a recording, and how far the clocks of both differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Float32
from micfp.casework.response.sweeps import Sweep

Array = NDArray[np.float64]
LEAST_LIKENESS = 0.05
"""Share of the energy of a stretch that is the sweep: noise and speech have less than 0.01."""
SAME_PLAY_S = 1.0
"""A stimulus that was stopped and played again is later by more."""
MOST_PPM = 1000.0
"""Clocks of audio devices differ by less than 200."""


@dataclass(frozen=True)
class Arrival:
    """A sweep that was found.

    Attributes
    ----------
    sweep
        Number among those of the stimulus.
    start
        Sample of the recording at which it begins.
    likeness
        Share of the energy there that is the sweep, 0..1.
    """

    sweep: int
    start: int
    likeness: float


def arrivals(recording: Float32, rate_hz: int, played: Sequence[Float32]) -> list[Arrival]:
    """Every place where one of some sweeps was recorded, in order; several times where repeated.

    Parameters
    ----------
    recording
        float32 (n,).
    rate_hz
        Of all of them.
    played
        float32 (n_k,) each, the sweeps.

    References
    ----------
    Turin (1960), An introduction to matched filters. Both sides are differentiated, so that low
    frequencies, of which a sweep has most, do not decide alone.
    """
    heard = np.diff(recording.astype(np.float64))
    power = np.concatenate([[0.0], np.cumsum(np.square(heard))])
    found = [
        Arrival(number, start, likeness)
        for number, sweep in enumerate(played)
        if len(sweep) < len(recording)
        for start, likeness in _peaks(heard, power, np.diff(sweep.astype(np.float64)))
    ]
    kept: list[Arrival] = []
    for one in sorted(found, key=lambda arrival: -arrival.likeness):
        length = len(played[one.sweep])
        if all(
            abs(one.start - other.start) >= min(length, len(played[other.sweep])) / 2
            for other in kept
        ):
            kept.append(one)
    return sorted(kept, key=lambda arrival: arrival.start)


def _peaks(heard: Array, power: Array, sweep: Array) -> list[tuple[int, float]]:
    """The likest places, half a sweep or more apart."""
    from scipy.signal import oaconvolve

    n = len(sweep)
    matched = np.square(oaconvolve(heard, sweep[::-1], mode="valid"))
    around = power[n:] - power[:-n]
    likeness = matched / np.maximum(around * float(sweep @ sweep), 1e-30)
    found = []
    while likeness[best := int(likeness.argmax())] > LEAST_LIKENESS:
        found.append((best, float(likeness[best])))
        likeness[max(0, best - n // 2) : best + n // 2] = 0
    return found


def clock_ppm(found: Sequence[Arrival], sweeps: Sequence[Sweep], rate_hz: int) -> float | None:
    """How much longer a second lasts in the recording, in parts per million.

    None where no two sweeps are of one playing of the stimulus.
    """
    played_s = np.array([sweeps[one.sweep].start_s for one in found])
    heard_s = np.array([one.start for one in found]) / rate_hz
    again = np.abs(np.diff(heard_s - played_s)) > SAME_PLAY_S
    play = np.concatenate([[0], np.cumsum(again | (np.diff(played_s) <= 0))]).astype(np.int64)
    x, y = np.zeros(0), np.zeros(0)
    for number in np.unique(play):
        own = play == number
        x = np.concatenate([x, played_s[own] - played_s[own].mean()])
        y = np.concatenate([y, heard_s[own] - heard_s[own].mean()])
    if not (x @ x) > 0:
        return None
    ppm = 1e6 * (float(x @ y) / float(x @ x) - 1)
    return ppm if abs(ppm) < MOST_PPM else None
