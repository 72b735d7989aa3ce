"""Mains hum: its frequency, and where its phase jumps as it does where something was cut."""

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Float32
from micfp.casework.scan.peaks import peaks
from micfp.casework.scan.track import Change, Track
from micfp.casework.scan.tracks.low_rate import low_rate
from micfp.casework.scan.tracks.mains import BLOCK_S, WINDOW, follow
from micfp.casework.scan.tracks.phase_jumps import SCALES, SHORTEST, Jumps, find_jumps

WORK_HZ = 1000
Array = NDArray[np.float64]

LOWEST_HZ = 800  # of a recording: the sixth harmonic of 60 Hz is at 360 Hz
# Chosen by `benchmarks/scan_hum.py --choose` on speakers and noise that do not judge.
VISIBLE = 30.0  # presence that hours without hum do not reach
# Weak hum has longer tails: a jump's score must reach so much at such presence, linear in between.
PRESENCES, THRESHOLDS = (80.0, 200.0), (20.0, 9.0)
HALF_INTERVAL_S = 0.2  # 95 % of the jumps found are nearer
_FALSE_ALARMS_PER_HOUR = 1.0


def hum(samples: Float32, rate_hz: int) -> Track:
    """Follow the mains frequency and find jumps of the hum's phase.

    Values are the frequency in Hz, one a second, NaN where no hum is seen. Jumps of less than 20
    degrees are not found, and a cut of a whole number of periods makes none.

    Parameters
    ----------
    samples
        float32 (n,).
    rate_hz
        800 or more.
    """
    shortest_s = WINDOW * BLOCK_S
    if rate_hz < LOWEST_HZ:
        return _nothing(f"At {rate_hz} Hz there is no room for the harmonics of mains hum.")
    if len(samples) < (shortest_s + BLOCK_S) * rate_hz:
        return _nothing(f"The recording is shorter than {shortest_s:g} s.")
    low, low_hz = low_rate(samples, rate_hz, WORK_HZ)
    # The thresholds belong to this level; digital silence stays what it is.
    mains = follow(low / (low.std() or 1.0), low_hz)
    jumps = find_jumps(mains.still)
    block_s = round(low_hz * BLOCK_S) / low_hz
    seen = jumps.presence >= VISIBLE
    at_times = np.clip(np.round(mains.times_s / block_s).astype(int), 0, len(seen) - 1)
    frequency_hz = np.where(seen[at_times], mains.frequency_hz, np.nan)
    limits = threshold(jumps.presence)
    changes = tuple(
        Change(
            float(i * block_s),
            (float(i * block_s - HALF_INTERVAL_S), float(i * block_s + HALF_INTERVAL_S)),
            "hum",
            None,
            f"the phase of the {mains.nominal_hz:g} Hz mains hum jumps by about "
            f"{jumps.degrees[i]:+.0f} degrees (score {jumps.score[i]:.0f}, at least "
            f"{limits[i]:.0f} wanted)",
        )
        for i in jump_places(jumps)
    )
    return Track(
        "hum", mains.times_s, frequency_hz, "Hz", changes, _FALSE_ALARMS_PER_HOUR, _unseen(seen)
    )


def jump_places(jumps: Jumps) -> NDArray[np.int64]:
    """Blocks before which the phase jumps, in order."""
    score = np.where(jumps.presence >= VISIBLE, jumps.score / threshold(jumps.presence), 0.0)
    return peaks(score, 1.0, SCALES[0])


def threshold(presence: Array) -> Array:
    """Score that a jump has to reach where hum is that present."""
    return np.interp(presence, PRESENCES, THRESHOLDS)


def _nothing(why: str) -> Track:
    none = np.empty(0)
    return Track("hum", none, none, "Hz", (), _FALSE_ALARMS_PER_HOUR, why)


def _unseen(seen: NDArray[np.bool_]) -> str | None:
    share = float(seen.mean())
    if share == 0:
        return "No mains hum stands out at 50 or 60 Hz."
    if share < 0.95:
        return f"Mains hum is seen in {share:.0%} of the recording only."
    return f"Nothing is seen in the first and last {SHORTEST * BLOCK_S:g} s."
