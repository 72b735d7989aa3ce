"""Hard cuts: places where the next samples do not follow from the last ones."""

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Float32
from micfp.casework.scan.peaks import peaks
from micfp.casework.scan.track import Change, Track

Array = NDArray[np.float32]

ORDER = 16
FRAME = 1024  # samples of which a predictor is made; the middle half is predicted by it
CELL_S = 0.00025
GUARD, REACH = 2, 60  # cells beside a cell: not compared, and compared
CELLS = 400  # of a step of the track: 0.1 s
AROUND, RANK = 50, 3  # steps on either side, and which of the largest there a cut is held against
THRESHOLD = 3.0  # benchmarks/scan_tracks.py
_FALSE_ALARMS_PER_HOUR = 20.0  # of benchmarks/scan_tracks.py, its worst material
_STEPS_AT_ONCE = 40


def discontinuities(samples: Float32, rate_hz: int) -> Track:
    """Find places where prediction fails far worse than in the 15 ms before and behind.

    A linear predictor of the neighbourhood is run forwards and backwards. Speech has moments that
    it cannot foretell, but most come with every period of the voice; a cut comes once, and at the
    same place in both directions. Voices differ in how often one comes alone, so a place is marked
    only where it stands out THRESHOLD times from the third largest of the 5 s on either side (the
    second largest may be the other end of an insertion). Values: the largest ratio in each 0.1 s.

    Parameters
    ----------
    samples
        float32 (n,), as decoded. NaN and infinity count as 0.
    rate_hz
        > 0.
    """
    per_cell = round(CELL_S * rate_hz)
    n_steps = len(samples) // (per_cell * CELLS)
    values = np.zeros(n_steps)
    places = np.zeros(n_steps, np.int64)
    for first in range(0, n_steps, _STEPS_AT_ONCE):
        steps = np.arange(first, min(n_steps, first + _STEPS_AT_ONCE))
        inside = steps[0] * CELLS * per_cell, (steps[-1] + 1) * CELLS * per_cell
        more = (REACH + 2) * per_cell + FRAME
        more -= more % -per_cell
        start = max(0, inside[0] - more)
        piece = samples[start : inside[1] + more]
        piece = np.nan_to_num(piece, nan=0.0, posinf=0.0, neginf=0.0)
        ratio, place = failure_ratio(piece, per_cell)
        cells = slice((inside[0] - start) // per_cell, (inside[1] - start) // per_cell)
        rows = ratio[cells].reshape(len(steps), CELLS)
        best = rows.argmax(axis=1)
        values[steps] = rows.max(axis=1)
        places[steps] = start + place[cells].reshape(rows.shape)[np.arange(len(steps)), best]
    at = peaks(_standing_out(values), THRESHOLD, 1)
    changes = tuple(
        Change(
            float(places[i] / rate_hz),
            ((places[i] - per_cell) / rate_hz, (places[i] + per_cell) / rate_hz),
            "discontinuity",
            None,
            f"the samples do not follow from one another: prediction fails {values[i]:.1f} times "
            "worse than in the 15 ms on either side",
        )
        for i in at
    )
    unseen = None
    if n_steps == 0:
        unseen = f"The recording is shorter than {CELLS * CELL_S:g} s."
    times_s = (np.arange(n_steps) + 0.5) * CELLS * per_cell / rate_hz
    return Track(
        "discontinuity",
        times_s,
        values,
        "ratio of errors",
        changes,
        _FALSE_ALARMS_PER_HOUR,
        unseen,
        THRESHOLD,
    )


def _standing_out(values: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.ndimage import rank_filter

    # One cut may show in two neighbouring steps; it counts once.
    around = np.pad(values, 1)
    single = np.where((values > around[:-2]) & (values >= around[2:]), values, 0.0)
    held_against = rank_filter(single, -RANK, size=2 * AROUND + 1, mode="constant")
    return np.asarray(single / np.maximum(held_against, 1.0), np.float64)


def failure_ratio(x: Float32, per_cell: int) -> tuple[Array, NDArray[np.int64]]:
    """How much worse prediction fails in each cell of `per_cell` samples than beside it, and where.

    Returns
    -------
    float32 (n // per_cell,), the error over the largest within REACH cells, GUARD left out, in the
    direction in which that is less; and the sample of the error.
    """
    from scipy.ndimage import maximum_filter1d

    n = len(x) // per_cell
    lesser = np.full(n, np.inf, np.float32)
    place = np.zeros(n, np.int64)
    for error in _errors(x):
        rows = error[: n * per_cell].reshape(n, per_cell)
        cells = rows.max(axis=1)
        size = REACH - GUARD
        largest = maximum_filter1d(cells, size, mode="constant")
        offset = GUARD + 1 + size // 2
        beside = np.zeros_like(cells)
        beside[offset:] = largest[:-offset]
        beside[:-offset] = np.maximum(beside[:-offset], largest[offset:])
        # The directions fail on either side of a cut, which may be those of a cell's edge.
        ratio = cells / (beside + 1e-6)
        lesser = np.minimum(lesser, maximum_filter1d(ratio, 3, mode="constant"))
        place = rows.argmax(axis=1)
    return lesser, place + np.arange(n) * per_cell


def _errors(x: Float32) -> tuple[Array, Array]:
    """(n,) each: magnitudes of the errors of prediction, forwards and backwards."""
    forwards, backwards = np.zeros(len(x), np.float32), np.zeros(len(x), np.float32)
    half, quarter = FRAME // 2, FRAME // 4
    n_frames = (len(x) - FRAME) // half + 1
    if n_frames < 1:
        return forwards, backwards
    frames = np.lib.stride_tricks.sliding_window_view(x, FRAME)[::half][:n_frames]
    predictors = _predictors(frames * np.hanning(FRAME).astype(np.float32)).astype(np.float32)
    ahead = np.zeros((n_frames, half), np.float32)
    back = np.zeros((n_frames, half), np.float32)
    for lag in range(ORDER + 1):
        weight = predictors[:, lag : lag + 1]
        ahead += weight * frames[:, quarter - lag : quarter - lag + half]
        back += weight * frames[:, quarter + lag : quarter + lag + half]
    inside = slice(quarter, quarter + n_frames * half)
    forwards[inside] = np.abs(ahead).ravel()
    backwards[inside] = np.abs(back).ravel()
    return forwards, backwards


def _predictors(frames: Array) -> NDArray[np.float64]:
    """(frames, ORDER + 1) error filters by autocorrelation, Levinson and Durbin's recursion."""
    power = np.abs(np.fft.rfft(frames, 2 * FRAME, axis=1)) ** 2
    correlation = np.fft.irfft(power, axis=1)[:, : ORDER + 1].astype(np.float64)
    correlation[:, 0] = correlation[:, 0] * (1 + 1e-4) + 1e-10
    filters = np.zeros((len(frames), ORDER + 1))
    filters[:, 0] = 1
    error = correlation[:, 0].copy()
    for m in range(1, ORDER + 1):
        reflection = -np.sum(filters[:, :m] * correlation[:, m:0:-1], axis=1) / error
        filters[:, 1 : m + 1] += reflection[:, None] * filters[:, m - 1 :: -1][:, :m]
        error *= 1 - reflection**2
    return filters
