"""Settings that several feature families read; a family's own stand in its file."""

from typing import Literal, Self

from pydantic import Field, model_validator

from micfp.config.base import Section


class FrameSettings(Section):
    """What every family reads: how a segment is cut into frames."""

    n_fft: int = Field(2048, ge=16, le=2**16, description="frame length in samples")
    hop_samples: int = Field(512, ge=1, le=2**20, description="from one frame to the next")


class CepstraSettings(FrameSettings):
    """Cepstral coefficients of a filter bank."""

    n_mfcc: int = Field(
        20, ge=1, le=1024, description="coefficients of mfcc and its kin, and of lfcc"
    )
    n_mels: int = Field(128, ge=2, le=1024, description="filters of mfcc and its kin, and of lfcc")

    @model_validator(mode="after")
    def _has_bands_for_its_cepstra(self) -> Self:
        if self.n_mfcc > self.n_mels:
            raise ValueError(f"n_mfcc ({self.n_mfcc}) cannot exceed n_mels ({self.n_mels})")
        return self


class BandsConfig(Section):
    """Bands of a long-term or noise-floor spectrum.

    Fixed in Hz, so that a column means the same at every sample rate; a band above the Nyquist
    frequency of a recording is NaN there.
    """

    n_bands: int = Field(256, ge=2, le=4096, description="number of bands")
    min_hz: float = Field(0.0, ge=0, description="lower edge of the lowest band")
    max_hz: float = Field(16000.0, gt=0, description="upper edge of the highest band")
    scale: Literal["linear", "mel"] = Field("linear", description="on which bands are equally wide")
    relative: bool = Field(True, description="mean over bands subtracted: no level, only shape")

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.max_hz <= self.min_hz:
            raise ValueError(f"max_hz ({self.max_hz:g}) must be above min_hz ({self.min_hz:g})")
        return self


class BandSettings(FrameSettings):
    """A spectrum in bands."""

    bands: BandsConfig = BandsConfig()


class QuietSettings(FrameSettings):
    """Frames that hold noise more than speech."""

    quiet_share: float = Field(
        0.1, gt=0, le=1, description="share of frames, quietest first, that noise_floor is of"
    )
