"""How much of a sound repeats at the pitch of a voice: what noise does not do."""

from functools import lru_cache

import numpy as np

from micfp.fingerprint.embedding.spectra import WINDOW_S, Float32

HOP_S = 0.032
BAND_HZ = (60.0, 3400.0)
PERIODS_S = (0.0025, 0.0125)
"""Of voices from 80 to 400 Hz."""
N_LAGS = 1024
"""Points of the autocorrelation of a frame: steps of 62.5 us."""
FRAMES_AT_A_TIME = 256


def harmonicity(samples: Float32, rate_hz: int) -> float:
    """Share of the power between 60 and 3400 Hz that repeats within 2.5 to 12.5 ms, -1..1.

    Of each frame of 64 ms the greatest autocorrelation within those lags (Boersma 1993), weighted
    by the frame's power, so that loud frames count: 1 of a steady vowel, near 0.2 of noise. Noise
    that comes and goes has a level like that of speech, but no pitch.

    Parameters
    ----------
    samples
        float32 (n,), finite; shorter than a frame is filled with zeros.
    rate_hz
        At least 8000.

    Returns
    -------
    float
        0 where there is no power in the band.
    """
    import scipy.fft

    n, hop = round(WINDOW_S * rate_hz), round(HOP_S * rate_hz)
    if len(samples) < n:
        samples = np.pad(samples, (0, n - len(samples)))
    frames = np.lib.stride_tricks.sliding_window_view(samples, n)[::hop]
    window, n_fft = np.hanning(n + 1)[:n].astype(np.float32), scipy.fft.next_fast_len(n, real=True)
    first, stop = (round(hz * n_fft / rate_hz) for hz in BAND_HZ)
    step_s = n_fft / rate_hz / N_LAGS
    lags = slice(round(PERIODS_S[0] / step_s), round(PERIODS_S[1] / step_s))
    of_window = _of_window(n, n_fft)[lags]
    repeated = power = 0.0
    for start in range(0, len(frames), FRAMES_AT_A_TIME):
        some = frames[start : start + FRAMES_AT_A_TIME] * window
        spectra = scipy.fft.rfft(some, n_fft, axis=1)[:, :stop]
        spectra[:, :first] = 0
        # The longest lag is a fifth of the frame: what goes round the end of it is next to nothing.
        correlation = scipy.fft.irfft(np.square(np.abs(spectra)), N_LAGS, axis=1)
        repeated += float((correlation[:, lags] / of_window).max(axis=1).sum(dtype=np.float64))
        power += float(correlation[:, 0].sum(dtype=np.float64))
    return repeated / power if power > 0 else 0.0


@lru_cache(maxsize=16)
def _of_window(n: int, n_fft: int) -> Float32:
    """Autocorrelation (N_LAGS,) of the window itself, 1 at lag 0: by it a frame's own falls."""
    spectrum = np.fft.rfft(np.hanning(n + 1)[:n], n_fft)[: N_LAGS // 2]
    correlation = np.fft.irfft(np.square(np.abs(spectrum)), N_LAGS)
    return np.asarray(correlation / correlation[0], np.float32)
