"""What `model.json` says of a model: how it sees a recording as it saw its training data."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from micfp.config.audio import SegmentsConfig
from micfp.config.base import RateHz
from micfp.config.models import Target
from micfp.errors import MicfpError, shortened
from micfp.features import FeatureSet
from micfp.features.frames import FrameSet, settings_read
from micfp.features.registry import FamilyName
from micfp.models.description import read_description

FILE = "model.json"
Name = Annotated[str, Field(max_length=200)]


class Description(BaseModel):
    """What is needed beside the fitted model; what else the file holds is not read.

    features: of a classifier, with the families that it uses (None: all); frames: of a method;
    learned_from: content digests of the recordings that it was fitted on.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    features: FeatureSet | None = None
    families: tuple[FamilyName, ...] | None = None
    frames: FrameSet | None = None
    segments: SegmentsConfig
    channel: Literal["mean"] | Annotated[int, Field(ge=0, lt=1024)]
    target: Target
    model: Name
    sample_rates_hz: tuple[RateHz, ...] = Field(min_length=1, max_length=1000)
    codecs: tuple[Name, ...] = Field(max_length=1000)
    learned_from: frozenset[Name] = frozenset()


def describe_model(folder: Path) -> Description:
    """Read the description in a model folder.

    Raises
    ------
    MicfpError
        where there is none, or a damaged one, or one of another version
    """
    path = folder / FILE
    try:
        content = read_description(path)
    except FileNotFoundError:
        raise MicfpError(
            f"{folder}: no model there (no model.json); run the pipeline, or give --model DIR"
        ) from None
    except (ValueError, OSError) as error:
        raise MicfpError(f"{path}: damaged ({error}); fit the model again") from None
    try:
        description = Description.model_validate(content)
        if (description.features is None) == (description.frames is None):
            raise ValueError("it needs one of features and frames")
        if description.frames is not None:
            _check_whole(description.frames)
    except ValueError as error:
        raise MicfpError(
            f"{path}: not a model description of this version ({_reason(error)}); fit the model "
            "again"
        ) from None
    return description


def _check_whole(frames: FrameSet) -> None:
    """Raises ValueError for frames of a version that had one setting less: a default may differ."""
    for name in settings_read(frames):
        if name not in frames.model_fields_set:
            raise ValueError(f"frames: it has no {name}")


def _reason(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return shortened(f"{where}: {first['msg']}", 300)
