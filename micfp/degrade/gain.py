"""A volume slider."""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32


class GainConfig(DegradationConfig):
    """A volume slider."""

    kind: Literal["gain"]
    gain_db: float = Field(ge=-120, le=120, description="by which all samples become louder")


def gain(samples: Float32, gain_db: float) -> Float32:
    """Multiply float32 (n,) samples by a gain in dB; nothing is cut off at full scale."""
    return samples * np.float32(10 ** (gain_db / 20))


KIND = DegradationKind(
    GainConfig, lambda x, section, rng: x.having(gain(x.samples, section.gain_db))
)
