"""Parameters of the feature sets."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from micfp.config.base import Section

FamilyName = Literal[
    "mfcc",
    "delta_mfcc",
    "spectral_centroid",
    "spectral_bandwidth",
    "spectral_rolloff",
    "spectral_flatness",
    "spectral_contrast",
    "zero_crossing_rate",
    "rms",
    "hnr",
    "ltas",
    "noise_floor",
    "bed",
    "lfcc",
    "lpcc",
    "fourier_histogram",
    "non_speech_mfcc",
    "noise_mfcc",
    "loud_spectrum",
]
LIBROSA_FAMILIES: tuple[FamilyName, ...] = (
    *("mfcc", "delta_mfcc", "spectral_centroid", "spectral_bandwidth", "spectral_rolloff"),
    *("spectral_flatness", "spectral_contrast", "zero_crossing_rate", "rms"),
)
"""The families that librosa has a function for."""

Quantile = Annotated[float, Field(ge=0, le=1)]
Aggregate = Literal["mean", "std"] | Quantile


class BandsConfig(Section):
    """Bands of a long-term or noise-floor spectrum.

    Fixed in Hz, so that a column means the same at every sample rate; a band above the Nyquist
    frequency of a recording is NaN there.
    """

    n_bands: int = Field(256, ge=2)
    min_hz: float = Field(0.0, ge=0)
    max_hz: float = Field(16000.0, gt=0)
    scale: Literal["linear", "mel"] = "linear"
    relative: bool = Field(True, description="mean over bands subtracted: no level, only shape")

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.max_hz <= self.min_hz:
            raise ValueError(f"max_hz ({self.max_hz:g}) must be above min_hz ({self.min_hz:g})")
        return self


class FeatureSet(Section):
    """One feature table: its families and their settings; librosa's definitions and defaults."""

    families: tuple[FamilyName, ...] = Field(("mfcc", "zero_crossing_rate", "rms"), min_length=1)
    engine: Literal["fast", "librosa"] = Field(
        "fast", description="librosa: by librosa itself; the same columns, but slower"
    )
    rate_hz: Annotated[int, Field(gt=0)] | Literal["native"] = Field(
        22050, description="resampled to this rate, or the recording's own"
    )
    aggregates: tuple[Aggregate, ...] = Field(
        ("mean",), min_length=1, description="over frames: mean, std, quantiles 0..1"
    )
    n_fft: int = Field(2048, ge=16, description="frame length in samples")
    hop_samples: int = Field(512, ge=1)
    n_mfcc: int = Field(20, ge=1, description="coefficients of mfcc and its kin, and of lfcc")
    n_mels: int = Field(128, ge=2, description="filters of mfcc and its kin, and of lfcc")
    delta_width: int = Field(9, ge=3, description="frames of the fitted line; odd")
    rolloff_share: float = Field(0.85, gt=0, lt=1)
    contrast_bands: int = Field(6, ge=1)
    contrast_min_hz: float = Field(200.0, gt=0)
    hnr_min_pitch_hz: float = Field(75.0, gt=0)
    bands: BandsConfig = BandsConfig()
    quiet_share: float = Field(
        0.1, gt=0, le=1, description="share of frames, quietest first, that are noise and no speech"
    )
    loud_share: float = Field(
        0.2, gt=0, le=1, description="share of frames, of each band its loudest, of loud_spectrum"
    )
    lpc_order: int = Field(12, ge=1, description="order of the linear prediction of lpcc")
    bed_n_fft: int = Field(256, ge=16, description="frame length of bed in samples; hop half of it")
    fourier_n_fft: int = Field(
        512, ge=16, description="frame length of fourier_histogram in samples; hop half of it"
    )

    content_normalised: bool = Field(
        False,
        description="of each column the mean over all that devices recorded together of one sound "
        "subtracted; such a model cannot judge a recording by itself",
    )

    @field_validator("families", "aggregates")
    @classmethod
    def _named_once(cls, names: tuple[object, ...]) -> tuple[object, ...]:
        if len(set(names)) < len(names):
            raise ValueError(f"each may be named once only, not {list(names)}")
        return names

    @field_validator("delta_width")
    @classmethod
    def _is_odd(cls, width: int) -> int:
        if width % 2 == 0:
            raise ValueError(f"must be odd, not {width}")
        return width

    @model_validator(mode="after")
    def _has_functions_for_its_families(self) -> Self:
        lacking = [family for family in self.families if family not in LIBROSA_FAMILIES]
        if self.engine == "librosa" and lacking:
            raise ValueError(
                f"librosa has no function for {', '.join(lacking)} (it has: "
                f"{', '.join(LIBROSA_FAMILIES)}); take them out of families or set engine: fast"
            )
        return self

    @model_validator(mode="after")
    def _has_bands_for_its_cepstra(self) -> Self:
        if self.n_mfcc > self.n_mels:
            raise ValueError(f"n_mfcc ({self.n_mfcc}) cannot exceed n_mels ({self.n_mels})")
        return self

    @model_validator(mode="after")
    def _has_samples_for_its_order(self) -> Self:
        if self.lpc_order >= self.n_fft:
            raise ValueError(f"lpc_order ({self.lpc_order}) must be below n_fft ({self.n_fft})")
        return self
