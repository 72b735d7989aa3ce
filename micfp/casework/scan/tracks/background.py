"""The noise between words: its level in bands, and where it changes."""

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Float32
from micfp.casework.scan.track import Change, Track
from micfp.casework.scan.tracks.peaks import peaks

Array = NDArray[np.float64]

STEP_S = 0.05
BANDS = 16
LOWEST_HZ, HIGHEST_HZ = 100.0, 7200.0
WINDOW = 80  # steps: 4 s, in which there is a pause mostly
QUIET = 5  # percentile of a band's level in a window that counts as its background
# Chosen by `benchmarks/scan_tracks.py` on speakers that do not judge.
THRESHOLD_DB = 4.0
HALF_INTERVAL_S = 1.5  # 95 % of the changes found are nearer
FAINTEST_DB = -100.0  # of full scale, of a band: below it is the quantisation of 16 bits
_FALSE_ALARMS_PER_HOUR = 1.0
_STEPS_AT_ONCE = 4000


def background(samples: Float32, rate_hz: int) -> Track:
    """Follow the background's level, and mark where half of its bands or more change.

    The background of a band is what it falls to in the quietest moments of 4 s; the median over the
    bands of how much that differs between the 4 s before and behind is compared with THRESHOLD_DB.
    Speech without a pause of 4 s hides it. Values: median of the bands' levels, dB of full scale.

    Parameters
    ----------
    samples
        float32 (n,).
    rate_hz
        2000 or more.
    """
    levels = band_levels_db(samples, rate_hz)
    if levels.shape[1] < 2 * WINDOW:
        why = f"The recording is shorter than {2 * WINDOW * STEP_S:g} s."
        return Track("background", np.empty(0), np.empty(0), "dB", (), _FALSE_ALARMS_PER_HOUR, why)
    from scipy.ndimage import percentile_filter

    quiet = percentile_filter(levels, QUIET, size=(1, WINDOW), mode="nearest")
    step_db = changes_db(quiet)
    size_db = np.median(np.abs(step_db), axis=0)
    changes = []
    for i in peaks(size_db, THRESHOLD_DB, WINDOW):
        time_s = float(i * STEP_S)
        up, down = np.sum(step_db[:, i] > 1), np.sum(step_db[:, i] < -1)
        what = (
            f"the noise between words changes by {np.median(step_db[:, i]):+.1f} dB in the median "
            f"of {BANDS} bands ({up} rise, {down} fall, by {step_db[:, i].min():+.0f} to "
            f"{step_db[:, i].max():+.0f} dB)"
        )
        interval_s = (time_s - HALF_INTERVAL_S, time_s + HALF_INTERVAL_S)
        changes.append(Change(time_s, interval_s, "background", None, what))
    edge_s = WINDOW // 2 * STEP_S
    return Track(
        "background",
        (np.arange(quiet.shape[1]) + 0.5) * STEP_S,
        np.median(quiet, axis=0),
        "dB",
        tuple(changes),
        _FALSE_ALARMS_PER_HOUR,
        f"Nothing is seen in the first and last {edge_s:g} s, nor less than {THRESHOLD_DB:g} dB.",
    )


def changes_db(quiet_db: Array) -> Array:
    """(bands, n): window behind less window before; 0 within half a window of the ends."""
    half = WINDOW // 2
    step_db = np.zeros(quiet_db.shape)
    step_db[:, half:-half] = quiet_db[:, 2 * half :] - quiet_db[:, : -2 * half]
    return step_db


def band_levels_db(samples: Float32, rate_hz: int) -> Array:
    """(BANDS, n) mean power in bands of equal ratio, of frames of STEP_S, dB of full scale."""
    step = round(STEP_S * rate_hz)
    window = np.hanning(step).astype(np.float32)
    # A full-scale sine has 0 dB in the sum of its bins.
    scale = 4 / window.sum() ** 2
    hz = np.fft.rfftfreq(step, 1 / rate_hz)
    edges_hz = np.geomspace(LOWEST_HZ, min(HIGHEST_HZ, 0.45 * rate_hz), BANDS + 1)
    first = np.searchsorted(hz, edges_hz[:-1])
    last = np.maximum(np.searchsorted(hz, edges_hz[1:]), first + 1)
    n = len(samples) // step
    levels = np.empty((BANDS, n))
    for start in range(0, n, _STEPS_AT_ONCE):
        stop = min(n, start + _STEPS_AT_ONCE)
        frames = samples[start * step : stop * step].reshape(-1, step)
        frames = np.nan_to_num(frames, nan=0.0, posinf=0.0, neginf=0.0)
        power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2 * scale
        sums = np.concatenate([np.zeros((len(power), 1)), power.cumsum(axis=1)], axis=1)
        levels[:, start:stop] = (sums[:, last] - sums[:, first]).T
    return np.maximum(10 * np.log10(levels + 1e-20), FAINTEST_DB)
