"""A lower sample rate."""

from typing import Literal

from pydantic import Field

from micfp.degrade.codec import at_rate
from micfp.degrade.kind import DegradationConfig, DegradationKind, Sound


class ResampleConfig(DegradationConfig):
    """PCM at a lower sample rate."""

    kind: Literal["resample"]
    rate_hz: int = Field(ge=1000)


def resampled(sound: Sound, lower_hz: int) -> Sound:
    """At a lower sample rate, float32 (ceil(n lower_hz / rate),); one not lower changes nothing."""
    if lower_hz >= sound.rate_hz:
        return sound
    return Sound(at_rate(sound.samples, sound.rate_hz, lower_hz), lower_hz)


KIND = DegradationKind(ResampleConfig, lambda x, section, rng: resampled(x, section.rate_hz))
