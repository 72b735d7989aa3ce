"""DC offset: the mean of the samples, and where it changes."""

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Float32
from micfp.casework.scan.peaks import peaks
from micfp.casework.scan.track import Change, Track

Array = NDArray[np.float64]

STEP_S = 0.1
WINDOW = 40  # steps on either side: 4 s
SHORTEST = 15  # steps on either side without which nothing is said
# Chosen by `benchmarks/scan_tracks.py` on speakers that do not judge.
THRESHOLD = 10.0  # standard errors
SMALLEST = 1 / 65536  # of full scale: half a step of 16 bits
HALF_INTERVAL_S = 1.0
_FALSE_ALARMS_PER_HOUR = 1.0
_STEPS_AT_ONCE = 200


def offset(samples: Float32, rate_hz: int) -> Track:
    """Follow the mean of each STEP_S, and mark where its level of 4 s jumps.

    A recorder's offset is its own; a piece of another recording brings another one, and so may a
    change of gain. High-pass filters, as in most lossy codecs, remove it.

    Parameters
    ----------
    samples
        float32 (n,).
    rate_hz
        > 0.
    """
    means = _means(samples, round(STEP_S * rate_hz))
    if len(means) < 2 * SHORTEST:
        why = f"The recording is shorter than {2 * SHORTEST * STEP_S:g} s."
        return Track(
            "offset", np.empty(0), np.empty(0), "full scale", (), _FALSE_ALARMS_PER_HOUR, why
        )
    before, behind, errors = steps(means)
    score = np.where(np.abs(behind - before) >= SMALLEST, errors, 0.0)
    changes = []
    for i in peaks(score, THRESHOLD, WINDOW):
        time_s = float(i * STEP_S)
        what = (
            f"the mean of the samples goes from {before[i]:+.6f} to {behind[i]:+.6f} of full scale "
            f"({errors[i]:.0f} standard errors)"
        )
        interval_s = (time_s - HALF_INTERVAL_S, time_s + HALF_INTERVAL_S)
        changes.append(Change(time_s, interval_s, "offset", None, what))
    return Track(
        "offset",
        (np.arange(len(means), dtype=np.float64) + 0.5) * STEP_S,
        means,
        "full scale",
        tuple(changes),
        _FALSE_ALARMS_PER_HOUR,
        f"Nothing is seen in the first and last {SHORTEST * STEP_S:g} s.",
    )


def steps(means: Array) -> tuple[Array, Array, Array]:
    """Median before and behind each place, and their difference in standard errors; (n + 1,) each.

    The error is from the median absolute deviation on either side: a burst of wind counts little.
    """
    n = len(means)
    padded = np.pad(means, WINDOW, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)
    sides = [windows[: n + 1], windows[WINDOW : WINDOW + n + 1]]
    middles, variances = [], []
    for side in sides:
        middle = np.full(n + 1, np.nan)
        variance = np.full(n + 1, np.nan)
        enough = np.sum(~np.isnan(side), axis=1) >= SHORTEST
        middle[enough] = np.nanmedian(side[enough], axis=1)
        deviation = np.nanmedian(np.abs(side[enough] - middle[enough, None]), axis=1) * 1.4826
        # Of a median of normal values: pi / 2 times that of their mean.
        count = np.sum(~np.isnan(side[enough]), axis=1)
        variance[enough] = np.pi / 2 * deviation**2 / count
        middles.append(middle)
        variances.append(variance)
    error = np.sqrt(variances[0] + variances[1]) + 1e-8
    return middles[0], middles[1], np.nan_to_num(np.abs(middles[1] - middles[0]) / error)


def _means(samples: Float32, step: int) -> Array:
    n = len(samples) // step
    means = np.empty(n)
    for start in range(0, n, _STEPS_AT_ONCE):
        stop = min(n, start + _STEPS_AT_ONCE)
        frames = samples[start * step : stop * step].reshape(-1, step)
        frames = np.nan_to_num(frames, nan=0.0, posinf=0.0, neginf=0.0)
        means[start:stop] = frames.mean(axis=1, dtype=np.float64)
    return means
