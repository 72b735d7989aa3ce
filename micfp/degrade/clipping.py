"""Clipping, as by an overdriven input."""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32


class ClippingConfig(DegradationConfig):
    """Cut off at a level below the peak, as an overdriven input does."""

    kind: Literal["clipping"]
    below_peak_db: float = Field(ge=0, le=60, description="where samples are cut off")


def clip(samples: Float32, below_peak_db: float) -> Float32:
    """Cut float32 (n,) samples off so many dB below their greatest magnitude."""
    most = np.abs(samples).max() * np.float32(10 ** (-below_peak_db / 20))
    return np.clip(samples, -most, most)


KIND = DegradationKind(
    ClippingConfig, lambda x, section, rng: x.having(clip(x.samples, section.below_peak_db))
)
