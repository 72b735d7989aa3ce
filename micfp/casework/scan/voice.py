"""The pitch of a voice, frame by frame."""

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.embedding.spectra import Float32

FRAME_S, HOP_S = 0.064, 0.016
BAND_HZ = (60.0, 1500.0)
PITCH_HZ = (60.0, 400.0)
VOICED = 0.7
"""Autocorrelation at the pitch, of at most 1."""
QUIETEST_DB = 25.0
"""Frames further below the loudest tenth are not asked."""
N_LAGS = 2048
FRAMES_AT_A_TIME = 256
OCTAVE_SHARE = 0.9
"""The shortest period whose correlation reaches this share of the greatest is the pitch's."""


def pitch_hz(samples: Float32, rate_hz: int) -> NDArray[np.float64]:
    """Pitch (n_voiced,) of the frames that have one, by the autocorrelation (Boersma 1993).

    Parameters
    ----------
    samples
        float32 (n,), finite.
    rate_hz
        At least 8000.
    """
    import scipy.fft

    n, hop = round(FRAME_S * rate_hz), round(HOP_S * rate_hz)
    if len(samples) < n:
        return np.empty(0)
    frames = np.lib.stride_tricks.sliding_window_view(samples, n)[::hop]
    window = np.hanning(n + 1)[:n].astype(np.float32)
    n_fft = scipy.fft.next_fast_len(2 * n, real=True)
    first, stop = (round(hz * n_fft / rate_hz) for hz in BAND_HZ)
    step_s = n_fft / rate_hz / N_LAGS
    lags = np.arange(round(1 / PITCH_HZ[1] / step_s), round(1 / PITCH_HZ[0] / step_s))
    of_window = _correlation(window[None], n_fft, 0, stop)[0]
    found, power = [], []
    for start in range(0, len(frames), FRAMES_AT_A_TIME):
        correlation = _correlation(
            frames[start : start + FRAMES_AT_A_TIME] * window, n_fft, first, stop
        )
        whole = np.maximum(correlation[:, :1], 1e-20)
        found.append(correlation[:, lags] / whole / (of_window[lags] / of_window[0]))
        power.append(correlation[:, 0])
    height, level = np.concatenate(found), 10 * np.log10(np.maximum(np.concatenate(power), 1e-20))
    best = height.max(axis=1)
    place = np.argmax(height >= OCTAVE_SHARE * best[:, None], axis=1)
    # Up the slope to the top of the first that is high enough.
    rising = np.take_along_axis(height, np.minimum(place + 1, len(lags) - 1)[:, None], 1)[:, 0]
    while (up := (rising > np.take_along_axis(height, place[:, None], 1)[:, 0])).any():
        place = np.where(up, np.minimum(place + 1, len(lags) - 1), place)
        after = np.minimum(place + 1, len(lags) - 1)
        rising = np.take_along_axis(height, after[:, None], 1)[:, 0]
    voiced = (best > VOICED) & (level > np.quantile(level, 0.9) - QUIETEST_DB)
    return np.asarray(1 / (lags[place[voiced]] * step_s))


def _correlation(frames: Float32, n_fft: int, first: int, stop: int) -> Float32:
    import scipy.fft

    spectra = scipy.fft.rfft(frames, n_fft, axis=1)[:, :stop]
    spectra[:, :first] = 0
    return np.asarray(scipy.fft.irfft(np.square(np.abs(spectra)), N_LAGS, axis=1), np.float32)
