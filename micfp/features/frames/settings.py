"""Settings that several frame families read; a family's own stand in its file."""

from typing import Literal

from pydantic import Field, field_validator

from micfp.config.base import RateHz, Section


class FrameSettings(Section):
    """What every family reads."""

    rate_hz: RateHz | Literal["native"] = Field(
        "native", description="resampled to this rate, or the recording's own"
    )
    n_frames: int = Field(128, ge=3, le=2**21, description="frames of a matrix")


class CutSettings(FrameSettings):
    """How a segment is cut into frames."""

    fixed_by: Literal["hop", "cut"] = Field(
        "hop",
        description="n_frames from a segment by choosing the hop that spreads them over it, or by "
        "cutting after the first n_frames at hop_s",
    )
    frame_s: float = Field(0.032, ge=0.001, le=1, description="length of a frame")
    hop_s: float = Field(
        0.020, ge=0.0001, le=10, description="from frame to frame, where fixed_by is cut"
    )
    pre_emphasis: float = Field(0.97, ge=0, lt=1, description="0: none")


class MelSettings(CutSettings):
    """The bands of a frame."""

    n_mels: int = Field(
        34,
        ge=13,
        le=1024,
        description="mel bands from 0 Hz to half the rate; of lfcc39 and log_linear equally wide "
        "in hertz",
    )


class CepstraSettings(MelSettings):
    """Cepstra of the mel bands, and their slopes."""

    delta_width: int = Field(9, ge=3, le=999, description="frames of the fitted line; odd")

    @field_validator("delta_width")
    @classmethod
    def _is_odd(cls, width: int) -> int:
        if width % 2 == 0:
            raise ValueError(f"must be odd, not {width}")
        return width
