"""Settings that several frame families read; a family's own stand in its file."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from micfp.config.base import Section


class FrameSettings(Section):
    """What every family reads."""

    rate_hz: Annotated[int, Field(gt=0)] | Literal["native"] = Field(
        "native", description="resampled to this rate, or the recording's own"
    )
    n_frames: int = Field(128, ge=3)


class MelSettings(FrameSettings):
    """How a segment is cut into frames, and their mel bands."""

    fixed_by: Literal["hop", "cut"] = Field(
        "hop",
        description="n_frames from a segment by choosing the hop that spreads them over it, or by "
        "cutting after the first n_frames at hop_s",
    )
    frame_s: float = Field(0.032, gt=0, description="length of a frame")
    hop_s: float = Field(0.020, gt=0, description="from frame to frame, where fixed_by is cut")
    pre_emphasis: float = Field(0.97, ge=0, lt=1, description="0: none")
    n_mels: int = Field(34, ge=13, description="mel bands from 0 Hz to half the rate")


class CepstraSettings(MelSettings):
    """Cepstra of the mel bands, and their slopes."""

    delta_width: int = Field(9, ge=3, description="frames of the fitted line; odd")

    @field_validator("delta_width")
    @classmethod
    def _is_odd(cls, width: int) -> int:
        if width % 2 == 0:
            raise ValueError(f"must be odd, not {width}")
        return width
