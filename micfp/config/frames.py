"""Parameters of frame matrices: what networks, and mixtures of Gaussians, learn from."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from micfp.config.base import RateHz, Section

MOST_FRAMES = 2**14
FrameFamily = Literal["timing_tandem", "mfcc39", "log_mel", "waveform"]


class FrameSet(Section):
    """One table of frame matrices, each of `n_frames` frames of a segment.

    timing_tandem: 12 MFCC, log energy, their first and second slopes, and the mel energies before
    the logarithm (Zeng, Zhao and Wang 2024, IV-A); mfcc39: 13 MFCC and their two slopes; log_mel:
    the mel energies in dB; waveform: the samples themselves, `n_frames` of them, for training
    against perturbations of them.
    """

    family: FrameFamily
    rate_hz: RateHz | Literal["native"] = Field(
        "native", description="resampled to this rate, or the recording's own"
    )
    n_frames: int = Field(128, ge=3, le=2**21)
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
    n_mels: int = Field(34, ge=13, le=1024, description="mel bands from 0 Hz to half the rate")
    delta_width: int = Field(9, ge=3, le=999, description="frames of the fitted line; odd")
    cmvn: bool = Field(
        False, description="cepstral mean and variance normalised over each segment (mfcc39)"
    )

    @field_validator("delta_width")
    @classmethod
    def _is_odd(cls, width: int) -> int:
        if width % 2 == 0:
            raise ValueError(f"must be odd, not {width}")
        return width

    @model_validator(mode="after")
    def _normalises_cepstra(self) -> Self:
        if self.cmvn and self.family != "mfcc39":
            raise ValueError(f"cmvn normalises mfcc39, not {self.family}")
        return self

    @model_validator(mode="after")
    def _fits_in_memory(self) -> Self:
        if self.family != "waveform" and self.n_frames > MOST_FRAMES:
            raise ValueError(
                f"n_frames is {self.n_frames}, and at most {MOST_FRAMES} but of waveform"
            )
        return self
