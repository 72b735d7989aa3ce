"""Mains hum of a recording: lines at multiples of 50 or 60 Hz that stand still."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.embedding.spectra import Float32

Array = NDArray[np.float64]
MAINS_HZ = (50.0, 60.0)
N_HARMONICS = 8
FRAME_S = 4.0
LEAST_S = 6.0
"""Of a shorter recording three frames would not tell a line from a held tone."""
LEAST_EXCESS_DB = 10.0
LEAST_LINES = 2
WANDERS = 0.004
"""How far mains are from their nominal frequency, as a share of it, at most."""
AROUND_HZ = (1.5, 8.0)
"""From a line: where its floor is measured; its own lobe is narrower."""


@dataclass(frozen=True)
class Hum:
    """Hum that was found.

    Attributes
    ----------
    mains_hz
        50 or 60, nominal.
    n_lines
        Harmonics that stand out.
    level_dbfs
        Their power together, re a sine of full scale 1 at RMS 1 (mean square).
    """

    mains_hz: float
    n_lines: int
    level_dbfs: float


def hum(samples: Float32, rate_hz: int) -> Hum | None:
    """Measure hum; None where fewer than two lines stand out by 10 dB, or less than 6 s are there.

    Speech and noise come and go: the median over frames of 4 s is what stays.

    Parameters
    ----------
    samples
        float32 (n,), full scale 1.
    rate_hz
        8000 or more.
    """
    if len(samples) < LEAST_S * rate_hz:
        return None
    hz, power = _lasting(samples, rate_hz)
    found = [_lines(hz, power, mains_hz) for mains_hz in MAINS_HZ]
    best = max(found, key=lambda one: one.n_lines)
    return best if best.n_lines >= LEAST_LINES else None


def _lasting(samples: Float32, rate_hz: int) -> tuple[Array, Array]:
    """Frequencies, and median over Hann frames of the power (mean square) of a line there."""
    n = round(FRAME_S * rate_hz)
    starts = range(0, len(samples) - n + 1, n // 2)
    window = np.hanning(n + 1)[:n]
    top = int(N_HARMONICS * max(MAINS_HZ) * (1 + WANDERS) * FRAME_S + AROUND_HZ[1] * FRAME_S) + 1
    frames = []
    for start in starts:
        spectrum = np.fft.rfft(samples[start : start + n] * window)[: top + 1]
        frames.append(np.square(np.abs(spectrum)) * 2 / window.sum() ** 2)
    return np.arange(top + 1) / FRAME_S, np.median(frames, axis=0)


def _lines(hz: Array, power: Array, mains_hz: float) -> Hum:
    n_lines, total = 0, 0.0
    for number in range(1, N_HARMONICS + 1):
        line_hz = number * mains_hz
        distance = np.abs(hz - line_hz)
        peak = float(power[distance <= max(WANDERS * line_hz, 1 / FRAME_S)].max())
        around = (distance >= AROUND_HZ[0]) & (distance <= AROUND_HZ[1])
        floor = float(np.median(power[around]))
        if peak > floor * 10 ** (LEAST_EXCESS_DB / 10):
            n_lines += 1
            total += peak
    return Hum(mains_hz, n_lines, 10 * float(np.log10(max(total, 1e-20))))
