"""A fitted model, and what it needs to see a recording as it saw its training data."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.audio import CorpusConfig, SegmentsConfig
from micfp.errors import MicfpError
from micfp.features import FeatureSet, used_columns
from micfp.features.frames import FrameSet
from micfp.fingerprint.provenance import Provenance, read_provenance

if TYPE_CHECKING:
    from micfp.models.classical import Fitted
    from micfp.models.methods import FittedMethod


@dataclass(frozen=True)
class Model:
    """A fitted classifier, or a method that learned from frames, and what it needs to see a
    recording as it saw its training data.

    families: of the feature set, None: all; sample_rates_hz, codecs: of the recordings that it
    learned from; provenance: the run that it is of.
    """

    fitted: "Fitted | FittedMethod"
    features: FeatureSet | FrameSet
    families: tuple[str, ...] | None
    segments: SegmentsConfig
    channel: Any
    target: str
    name: str
    sample_rates_hz: tuple[int, ...]
    codecs: tuple[str, ...]
    provenance: Provenance

    def in_words(self) -> str:
        """What it is and what it learned from: said in every answer."""
        rates = ", ".join(map(str, self.sample_rates_hz))
        return (
            f"{self.name} ({self.provenance.in_words()}): {len(self.fitted.classes)} "
            f"{self.target}s, {rates} Hz, {', '.join(self.codecs)}"
        )

    def used_columns(self) -> list[bool]:
        """Of every column of its feature set, whether its families are among its own."""
        assert isinstance(self.features, FeatureSet)
        return used_columns(self.features, self.families)


def load_model(folder: Path) -> Model:
    """Load a model folder: `model.json`, and `model.skops` or what `save_method` writes.

    Runs no code from it. Raises MicfpError where the folder is no model, or a damaged one.
    """
    about = _read_about(folder)
    return _load_method(folder, about) if "frames" in about else _load_classifier(folder, about)


def _load_classifier(folder: Path, about: Mapping[str, Any]) -> Model:
    from micfp.models.persistence import load

    fitted = load(folder / "model.skops")
    with _described(folder):
        families = None if about["families"] is None else tuple(about["families"])
        model = _model(
            folder, fitted, FeatureSet.model_validate(about["features"]), families, about
        )
    assert isinstance(model.features, FeatureSet)
    if model.features.content_normalised:
        raise MicfpError(
            f"{folder}: this model compares what several devices recorded together, and cannot "
            "judge a recording by itself; use one whose features are not content_normalised"
        )
    described, known = sum(model.used_columns()), fitted.pipeline.n_features_in_
    if described != known:
        raise MicfpError(
            f"{folder / 'model.json'}: describes {described} feature columns, and model.skops was "
            f"fitted on {known}: the two do not belong together; fit the model again"
        )
    return model


def _load_method(folder: Path, about: Mapping[str, Any]) -> Model:
    from micfp.features.frames import width
    from micfp.models.method_files import load_method

    fitted = load_method(folder)
    with _described(folder):
        frames = FrameSet.model_validate(about["frames"])
        model = _model(folder, fitted, frames, None, about)
    described = (frames.n_frames, width(frames))
    if described != fitted.frames_shape:
        raise MicfpError(
            f"{folder / 'model.json'}: describes frames of shape {described}, and the method was "
            f"fitted on {fitted.frames_shape}: the two do not belong together; fit the model again"
        )
    return model


def _model(
    folder: Path,
    fitted: "Fitted | FittedMethod",
    features: FeatureSet | FrameSet,
    families: tuple[str, ...] | None,
    about: Mapping[str, Any],
) -> Model:
    return Model(
        fitted=fitted,
        features=features,
        families=families,
        segments=SegmentsConfig.model_validate(about["segments"]),
        channel=CorpusConfig.model_validate({"channel": about["channel"]}).channel,
        target=str(about["target"]),
        name=str(about["model"]),
        sample_rates_hz=tuple(int(rate) for rate in about["sample_rates_hz"]),
        codecs=tuple(map(str, about["codecs"])),
        provenance=read_provenance(folder),
    )


@contextlib.contextmanager
def _described(folder: Path) -> Iterator[None]:
    """A description that lacks something is one of another version."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise MicfpError(
            f"{folder / 'model.json'}: not a model description of this version "
            f"({' '.join(str(error).split())[:200]}); fit the model again"
        ) from None


def _read_about(folder: Path) -> Mapping[str, Any]:
    path = folder / "model.json"
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MicfpError(
            f"{folder}: no model there (no model.json); run the pipeline, or give --model DIR"
        ) from None
    except (ValueError, OSError) as error:
        raise MicfpError(f"{path}: damaged ({error}); fit the model again") from None
    if not isinstance(about, dict):
        raise MicfpError(f"{path}: not a model description of this version; fit the model again")
    return about
