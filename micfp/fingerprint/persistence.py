"""How long the fine structure of a sound stands: a note's does, that of a voice moves on."""

import numpy as np

from micfp.fingerprint.embedding.spectra import Float32

FRAME_S, HOP_S = 0.128, 0.064
LATER = 3
"""Hops between the frames compared, 0.19 s: most rooms have died away by then."""
BAND_HZ = (300.0, 1500.0)
"""Where the harmonics of voices and notes stand apart."""
NEIGHBOURS_HZ = 120.0
"""A level counts against its neighbours so far to both sides: what is left is fine structure."""
FRAMES_AT_A_TIME = 128


def persistence(samples: Float32, rate_hz: int) -> float:
    """Correlation of the fine spectrum from 300 to 1500 Hz with that 0.19 s later, -1..1.

    The median over all frames: music holds its notes, and a voice changes its pitch all the time.

    Parameters
    ----------
    samples
        float32 (n,), finite.
    rate_hz
        At least 8000.

    Returns
    -------
    float
        0 of less than 0.32 s, and where frames have no fine structure, such as digital silence.
    """
    fine = _fine_spectra(samples, rate_hz)
    before, after = fine[:-LATER], fine[LATER:]
    size = np.sqrt(np.square(before).sum(axis=1) * np.square(after).sum(axis=1))
    there = size > 0
    if not there.any():
        return 0.0
    return float(np.median((before * after).sum(axis=1)[there] / size[there]))


def _fine_spectra(samples: Float32, rate_hz: int) -> Float32:
    """Level of each bin over the mean of its neighbours, (n_frames, n_bins), in nepers of power."""
    import scipy.fft
    from scipy.ndimage import uniform_filter1d

    n, hop = round(FRAME_S * rate_hz), round(HOP_S * rate_hz)
    if len(samples) < n + LATER * hop:
        return np.zeros((LATER + 1, 1), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, n)[::hop]
    window, n_fft = np.hanning(n + 1)[:n].astype(np.float32), scipy.fft.next_fast_len(n, real=True)
    bins = slice(*(round(hz * n_fft / rate_hz) for hz in BAND_HZ))
    around = 2 * round(NEIGHBOURS_HZ * n_fft / rate_hz) + 1
    fine = []
    for start in range(0, len(frames), FRAMES_AT_A_TIME):
        some = frames[start : start + FRAMES_AT_A_TIME] * window
        spectra = scipy.fft.rfft(some, n_fft, axis=1)[:, bins]
        level = np.log(np.square(spectra.real) + np.square(spectra.imag) + np.float32(1e-20))
        fine.append(level - uniform_filter1d(level, around, axis=1))
    return np.concatenate(fine)
