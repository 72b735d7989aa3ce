"""Time and pitch, each changed without the other (librosa's phase vocoder)."""

import numpy as np

from micfp.audio import Float32, resample

N_FFT = 2048
LEAST_SAMPLES = 16  # fewer are no window
_PER_MILLE = 1000


def stretch_time(samples: Float32, percent: float) -> Float32:
    """Make float32 (n,) samples longer by so many per cent at the same pitch.

    Returns:
        float32 (round(n (1 + percent / 100)),), at least one: the one degradation that changes the
        length. What is sudden lies within half a window of 2048 samples of its place.
    """
    import librosa

    factor = 1 + percent / 100
    if percent == 0:
        return samples
    padded = np.pad(samples, (0, max(0, LEAST_SAMPLES - len(samples))))
    n_fft = min(N_FFT, len(padded))
    stretched = librosa.effects.time_stretch(padded, rate=1 / factor, n_fft=n_fft)
    n_wanted = max(1, round(len(samples) * factor))
    stretched = np.asarray(stretched[:n_wanted], np.float32)
    return np.pad(stretched, (0, n_wanted - len(stretched)))


def shift_pitch(samples: Float32, sample_rate_hz: int, percent: float) -> Float32:
    """Raise all frequencies of float32 (n,) samples by so many per cent, to a tenth of a per cent.

    They are stretched in time, and then played that much faster.
    """
    tenths = round(percent * 10)
    if tenths == 0:
        return samples
    longer = stretch_time(samples, tenths / 10)
    # As if they had been taken at a higher rate: what is between the two is the pitch.
    back = resample(longer, _PER_MILLE + tenths, _PER_MILLE)[: len(samples)]
    return np.pad(back, (0, len(samples) - len(back)))
