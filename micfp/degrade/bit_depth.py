"""Fewer bits."""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32


class BitDepthConfig(DegradationConfig):
    """Rounded to so many bits of full scale."""

    kind: Literal["bit_depth"]
    bits: int = Field(ge=2, le=24, description="a sample")
    dither: bool = Field(False, description="triangular, of two steps, before rounding")


def quantise(samples: Float32, bits: int, rng: np.random.Generator | None = None) -> Float32:
    """Round float32 (n,) samples to steps of 2**(1 - bits), the outermost at full scale.

    Beyond full scale they are cut off. rng: draws dither before rounding, the sum of two uniform
    draws of one step each (triangular), which makes the error independent of the sound (Lipshitz,
    Wannamaker and Vanderkooy 1992); None: no dither.
    """
    steps = 2.0 ** (bits - 1)
    scaled = samples.astype(np.float64) * steps
    if rng is not None:
        scaled += rng.random(len(samples)) - rng.random(len(samples))
    return (np.clip(np.round(scaled), -steps, steps - 1) / steps).astype(np.float32)


KIND = DegradationKind(
    BitDepthConfig,
    lambda x, section, rng: x.having(
        quantise(x.samples, section.bits, rng if section.dither else None)
    ),
)
