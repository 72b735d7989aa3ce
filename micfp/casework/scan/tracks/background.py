"""The noise between words: its level in bands, and where it changes."""

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Float32
from micfp.casework.scan.peaks import peaks
from micfp.casework.scan.track import Change, Track

Array = NDArray[np.float64]

STEP_S = 0.05
BANDS = 16
LOWEST_HZ, HIGHEST_HZ = 100.0, 7200.0
WINDOW = 80  # steps: 4 s, in which there is a pause mostly
QUIET = 5  # percentile of a band's level in a window that counts as its background
# A steady background is what a band falls back to again and again: its 30th percentile is within
# 7 dB of its 5th. Without one (no pause, or no noise between words) nothing is said.
OFTEN, STEADY_DB, STEADY_BANDS = 30, 7.0, 8
# Chosen by `benchmarks/scan_tracks.py` on speakers that do not judge.
THRESHOLD_DB = 5.0
HALF_INTERVAL_S = 1.5  # 95 % of the changes found are nearer
FAINTEST_DB = -100.0  # of full scale, of a band: below it is the quantisation of 16 bits
_FALSE_ALARMS_PER_HOUR = 8.0  # of benchmarks/scan_tracks.py, its worst material
UNIT = "dB of full scale"
_STEPS_AT_ONCE = 500


def background(samples: Float32, rate_hz: int) -> Track:
    """Follow the background's level, and mark where half of its steady bands or more change.

    The background of a band is what it falls to in the quietest moments of 4 s; the median over the
    steady bands of how much that differs between the 4 s before and behind is held against
    THRESHOLD_DB. Values: median of the bands' backgrounds, dB of full scale, NaN where less than
    STEADY_BANDS are steady.

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
        none = np.empty(0)
        return Track("background", none, none, UNIT, (), _FALSE_ALARMS_PER_HOUR, why)
    from scipy.ndimage import percentile_filter

    quiet = percentile_filter(levels, QUIET, size=(1, WINDOW), mode="nearest")
    often = percentile_filter(levels, OFTEN, size=(1, WINDOW), mode="nearest")
    steady = often - quiet <= STEADY_DB
    step_db, size_db = changes_db(quiet, steady)
    changes = []
    for i in peaks(size_db, THRESHOLD_DB, WINDOW):
        time_s = float(i * STEP_S)
        bands = step_db[~np.isnan(step_db[:, i]), i]
        what = (
            f"the noise between words changes by {np.median(bands):+.1f} dB in the median of "
            f"{len(bands)} steady bands ({np.sum(bands > 1)} rise, {np.sum(bands < -1)} fall, by "
            f"{bands.min():+.0f} to {bands.max():+.0f} dB)"
        )
        interval_s = (time_s - HALF_INTERVAL_S, time_s + HALF_INTERVAL_S)
        changes.append(Change(time_s, interval_s, "background", None, what))
    enough = steady.sum(axis=0) >= STEADY_BANDS
    values = np.where(enough, np.median(quiet, axis=0), np.nan)
    unseen = f"Nothing is seen in the first and last {WINDOW // 2 * STEP_S:g} s."
    if enough.mean() < 0.95:
        unseen = f"A steady background is seen in {enough.mean():.0%} of the recording only."
    return Track(
        "background",
        (np.arange(len(values), dtype=np.float64) + 0.5) * STEP_S,
        values,
        UNIT,
        tuple(changes),
        _FALSE_ALARMS_PER_HOUR,
        unseen,
    )


def changes_db(quiet_db: Array, steady: NDArray[np.bool_]) -> tuple[Array, Array]:
    """(bands, n): window behind less window before, NaN where not steady; and (n,) their size.

    The size is the median of the magnitudes, 0 where less than STEADY_BANDS are steady on both
    sides, and within half a window of the ends.
    """
    half = WINDOW // 2
    step_db = np.full(quiet_db.shape, np.nan)
    both = steady[:, 2 * half :] & steady[:, : -2 * half]
    difference_db = quiet_db[:, 2 * half :] - quiet_db[:, : -2 * half]
    step_db[:, half:-half] = np.where(both, difference_db, np.nan)
    size_db = np.zeros(quiet_db.shape[1])
    enough = np.sum(~np.isnan(step_db), axis=0) >= STEADY_BANDS
    size_db[enough] = np.nanmedian(np.abs(step_db[:, enough]), axis=0)
    return step_db, size_db


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
    return np.asarray(np.maximum(10 * np.log10(levels + 1e-20), FAINTEST_DB), np.float64)
