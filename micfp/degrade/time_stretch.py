"""Another speed at the same pitch (librosa's phase vocoder)."""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32

N_FFT = 2048
LEAST_SAMPLES = 16  # fewer are no window


class TimeStretchConfig(DegradationConfig):
    """Slower or faster at the same pitch: the recording's length changes."""

    kind: Literal["time_stretch"]
    percent: float = Field(ge=-20, le=20, description="longer by")


def stretch_time(samples: Float32, percent: float) -> Float32:
    """Make float32 (n,) samples longer by so many per cent at the same pitch.

    Returns
    -------
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


KIND = DegradationKind(
    TimeStretchConfig, lambda x, section, rng: x.having(stretch_time(x.samples, section.percent))
)
