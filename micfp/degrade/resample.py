"""A lower sample rate."""

from typing import Literal

from pydantic import Field

from micfp.degrade.codec import at_rate
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32, Sound


class ResampleConfig(DegradationConfig):
    """PCM at a lower sample rate."""

    kind: Literal["resample"]
    rate_hz: int = Field(ge=1000, description="resampled to this rate")


def resampled(samples: Float32, sample_rate_hz: int, lower_hz: int) -> Sound:
    """At a lower sample rate, float32 (ceil(n lower_hz / sample_rate_hz),), lined up.

    One that is not lower changes nothing.
    """
    rate_hz = min(sample_rate_hz, lower_hz)
    return Sound(at_rate(samples, sample_rate_hz, rate_hz), rate_hz)


KIND = DegradationKind(
    ResampleConfig, lambda x, section, rng: resampled(x.samples, x.rate_hz, section.rate_hz)
)
