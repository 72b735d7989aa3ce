"""The feature families by name, and the parameters of a feature set, composed of theirs."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from micfp.config.base import RateHz, Section
from micfp.features import (
    bed,
    delta_mfcc,
    fourier_histogram,
    hnr,
    lfcc,
    loud_spectrum,
    lpcc,
    ltas,
    mfcc,
    noise_floor,
    noise_mfcc,
    non_speech_mfcc,
    rms,
    spectral_bandwidth,
    spectral_centroid,
    spectral_contrast,
    spectral_flatness,
    spectral_rolloff,
    zero_crossing_rate,
)
from micfp.features.family import Family

FAMILIES: dict[str, Family[Any]] = {
    "mfcc": mfcc.FAMILY,
    "delta_mfcc": delta_mfcc.FAMILY,
    "spectral_centroid": spectral_centroid.FAMILY,
    "spectral_bandwidth": spectral_bandwidth.FAMILY,
    "spectral_rolloff": spectral_rolloff.FAMILY,
    "spectral_flatness": spectral_flatness.FAMILY,
    "spectral_contrast": spectral_contrast.FAMILY,
    "zero_crossing_rate": zero_crossing_rate.FAMILY,
    "rms": rms.FAMILY,
    "hnr": hnr.FAMILY,
    "ltas": ltas.FAMILY,
    "noise_floor": noise_floor.FAMILY,
    "bed": bed.FAMILY,
    "lfcc": lfcc.FAMILY,
    "lpcc": lpcc.FAMILY,
    "fourier_histogram": fourier_histogram.FAMILY,
    "non_speech_mfcc": non_speech_mfcc.FAMILY,
    "noise_mfcc": noise_mfcc.FAMILY,
    "loud_spectrum": loud_spectrum.FAMILY,
}
LIBROSA_FAMILIES = tuple(name for name, family in FAMILIES.items() if family.librosa is not None)
"""The families that librosa has a function for."""

if TYPE_CHECKING:
    FamilyName = str
else:
    FamilyName = Literal[tuple(FAMILIES)]

Quantile = Annotated[float, Field(ge=0, le=1)]
Aggregate = Literal["mean", "std"] | Quantile


class SharedSettings(Section):
    """What belongs to no family."""

    families: tuple[FamilyName, ...] = Field(
        ("mfcc", "zero_crossing_rate", "rms"), min_length=1, description="what is measured, by name"
    )
    engine: Literal["fast", "librosa"] = Field(
        "fast", description="librosa: by librosa itself; the same columns, but slower"
    )
    rate_hz: RateHz | Literal["native"] = Field(
        22050, description="resampled to this rate, or the recording's own"
    )
    aggregates: tuple[Aggregate, ...] = Field(
        ("mean",), min_length=1, description="over frames: mean, std, quantiles 0..1"
    )

    @field_validator("families", "aggregates")
    @classmethod
    def _named_once(cls, names: tuple[object, ...]) -> tuple[object, ...]:
        if len(set(names)) < len(names):
            raise ValueError(f"each may be named once only, not {list(names)}")
        return names

    @model_validator(mode="after")
    def _has_functions_for_its_families(self) -> Self:
        lacking = [family for family in self.families if family not in LIBROSA_FAMILIES]
        if self.engine == "librosa" and lacking:
            raise ValueError(
                f"librosa has no function for {', '.join(lacking)} (it has: "
                f"{', '.join(LIBROSA_FAMILIES)}); take them out of families or set engine: fast"
            )
        return self


# pydantic lists the fields of the last base first: so does params.yaml. A family without settings
# of its own need not stand here.
class FeatureSet(
    fourier_histogram.FourierHistogramSettings,
    bed.BedSettings,
    lpcc.LpccSettings,
    loud_spectrum.LoudSpectrumSettings,
    noise_floor.NoiseFloorSettings,
    hnr.HnrSettings,
    spectral_contrast.SpectralContrastSettings,
    spectral_rolloff.SpectralRolloffSettings,
    delta_mfcc.DeltaMfccSettings,
    SharedSettings,
):
    """One feature table: its families and their settings; librosa's definitions and defaults."""

    content_normalised: bool = Field(
        False,
        description="of each column the mean over all that devices recorded together of one sound "
        "subtracted; such a model cannot judge a recording by itself",
    )


def settings_read(features: FeatureSet) -> dict[str, Any]:
    """Return the settings that the families of a set read: a change of another changes no result.

    Without `content_normalised`: that is done where the recordings of a corpus come together.
    Raises KeyError for a family that is not in `FAMILIES`.
    """
    read = set(SharedSettings.model_fields)
    for family in features.families:
        read |= set(FAMILIES[family].settings.model_fields)
    return features.model_dump(mode="json", include=read)


def versions_read(features: FeatureSet) -> dict[str, int]:
    """Return the versions of the families of a set, and of those that they are made of.

    Without those that are 1: a result of code that never changed keeps its key.
    Raises KeyError for a family that is not in `FAMILIES`.
    """
    own = [FAMILIES[name] for name in features.families]
    read = {id(family) for one in own for family in (one, one.base)}
    return {
        name: family.version
        for name, family in FAMILIES.items()
        if id(family) in read and family.version != 1
    }
