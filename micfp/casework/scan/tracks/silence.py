"""Digital silence: samples that are all exactly the same."""

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Float32
from micfp.casework.scan.track import Change, Track

SHORTEST_S = 0.01
USUAL_PER_MINUTE = 6.0  # more runs are the recorder's own: a gate, or few bits
CLIPPED = 0.98  # of the largest magnitude: a flat top is no silence
STEP_S = 1.0
_BLOCK = 1 << 22
_FALSE_ALARMS_PER_HOUR = 4.0  # of benchmarks/scan_tracks.py, its worst material


def silence(samples: Float32, rate_hz: int) -> Track:
    """Find runs of equal samples of SHORTEST_S or longer; values: share of each second.

    What a microphone hears is never still, but a decoder pads with zeros at both ends (no mark),
    and some recorders write zeros whenever it is quiet: then none is marked, and `unseen` says so.

    Parameters
    ----------
    samples
        float32 (n,), as decoded.
    rate_hz
        > 0.
    """
    starts, stops = runs(samples, max(2, round(SHORTEST_S * rate_hz)))
    step = round(STEP_S * rate_hz)
    edges = np.arange(len(samples) // step + 2) * step
    corners = np.stack([starts, stops], axis=1).ravel()
    silent = np.stack([np.zeros_like(starts), stops - starts], axis=1).ravel().cumsum()
    before = np.interp(edges, corners, silent) if len(corners) else np.zeros(len(edges))
    share = np.diff(before) / step
    inside = (starts > 0) & (stops < len(samples))
    unseen = None
    minutes = max(len(samples) / rate_hz / 60, 1 / 6)
    if inside.sum() > USUAL_PER_MINUTE * minutes:
        unseen = (
            f"This recorder writes digital silence by itself ({inside.sum()} runs of "
            f"{SHORTEST_S * 1000:g} ms or longer), so none is marked."
        )
        inside[:] = False
    changes = tuple(
        Change(
            start / rate_hz,
            (start / rate_hz, (start + 1) / rate_hz),
            "digital silence",
            None,
            f"{(stop - start) / rate_hz:.3f} s of samples that are all {samples[start]:.6g}",
        )
        for start, stop in zip(starts[inside].tolist(), stops[inside].tolist(), strict=True)
    )
    times_s = (np.arange(len(share), dtype=np.float64) + 0.5) * STEP_S
    return Track(
        "digital silence", times_s, share, "share", changes, _FALSE_ALARMS_PER_HOUR, unseen
    )


def runs(samples: Float32, shortest: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and ends of runs of at least `shortest` equal samples that are not clipped."""
    starts_found: list[NDArray[np.int64]] = []
    stops_found: list[NDArray[np.int64]] = []
    last_change = 0
    for first in range(1, len(samples) + 1, _BLOCK):
        last = min(len(samples), first + _BLOCK)
        different = samples[first:last] != samples[first - 1 : last - 1]
        at = np.concatenate([[last_change], np.flatnonzero(different) + first])
        if last == len(samples):
            at = np.append(at, last)
        long = np.diff(at) >= shortest
        starts_found.append(at[:-1][long])
        stops_found.append(at[1:][long])
        last_change = int(at[-1])
        if last == len(samples):
            break
    starts = np.concatenate([*starts_found, np.empty(0, np.int64)])
    stops = np.concatenate([*stops_found, np.empty(0, np.int64)])
    if len(starts):
        peak = max(float(samples.max()), -float(samples.min()))
        quiet = np.abs(samples[starts]) < CLIPPED * peak if peak > 0 else np.ones(len(starts), bool)
        starts, stops = starts[quiet], stops[quiet]
    return starts, stops
