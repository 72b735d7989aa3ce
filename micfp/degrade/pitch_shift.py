"""Another pitch at the same speed."""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.degrade.time_stretch import stretch_time

_PER_MILLE = 1000


class PitchShiftConfig(DegradationConfig):
    """Higher or lower at the same speed."""

    kind: Literal["pitch_shift"]
    percent: float = Field(ge=-20, le=20, description="higher by")


def shift_pitch(samples: Float32, sample_rate_hz: int, percent: float) -> Float32:
    """Raise all frequencies of float32 (n,) samples by so many per cent, to a tenth of a per cent.

    They are stretched in time, and then played that much faster.
    """
    from micfp.audio import resample

    tenths = round(percent * 10)
    if tenths == 0:
        return samples
    longer = stretch_time(samples, tenths / 10)
    # As if they had been taken at a higher rate: what is between the two is the pitch.
    back = resample(longer, _PER_MILLE + tenths, _PER_MILLE)[: len(samples)]
    return np.pad(back, (0, len(samples) - len(back)))


KIND = DegradationKind(
    PitchShiftConfig,
    lambda x, section, rng: x.having(shift_pitch(x.samples, x.rate_hz, section.percent)),
)
