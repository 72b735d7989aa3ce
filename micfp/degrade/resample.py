"""A lower sample rate."""

from typing import Literal

from pydantic import Field

from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.degrade.rates import at_rate


class ResampleConfig(DegradationConfig):
    """Through a lower sample rate, and back."""

    kind: Literal["resample"]
    rate_hz: int = Field(ge=1000)


def resampled(samples: Float32, sample_rate_hz: int, lower_hz: int) -> Float32:
    """To a lower sample rate and back, float32 (n,); one that is not lower changes nothing."""
    if lower_hz >= sample_rate_hz:
        return samples
    return at_rate(samples, sample_rate_hz, lower_hz, lambda sent: sent)


KIND = DegradationKind(
    ResampleConfig,
    lambda x, rate_hz, section, rng: resampled(x, rate_hz, section.rate_hz),
)
