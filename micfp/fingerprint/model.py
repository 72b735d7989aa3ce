"""A fitted model, and what it needs to see a recording as it saw its training data."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.audio import SegmentsConfig
from micfp.errors import MicfpError
from micfp.evidence.model_calibration import CalibrationRecord, ModelCalibration, read_calibration
from micfp.extras import extras_named
from micfp.features import FeatureSet, used_columns
from micfp.features.frames import FrameSet
from micfp.fingerprint.description import Description, describe_model
from micfp.fingerprint.provenance import Provenance, read_provenance

if TYPE_CHECKING:
    from micfp.models.classical import Fitted
    from micfp.models.methods import FittedMethod

OF_FRAMES = ModelCalibration(
    CalibrationRecord(why_not="what learns from frames has no folds inside its training part")
)


@dataclass(frozen=True)
class Model:
    """A fitted classifier or method, and what it needs to see a recording as in training.

    families: of the feature set, None: all; sample_rates_hz, codecs: of the recordings that it
    learned from; learned_from: content digests of these recordings (empty: not known);
    provenance: the run that it is of; calibration: what its probabilities are worth,
    and where what it learned ends.
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
    learned_from: frozenset[str]
    provenance: Provenance
    calibration: ModelCalibration = field(default_factory=ModelCalibration)

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


@extras_named()
def load_model(folder: Path) -> Model:
    """Load a model folder: `model.json`, and `model.skops` or what `save_method` writes.

    Runs no code from it. Raises MicfpError where the folder is no model, or a damaged one.
    """
    about = describe_model(folder)
    if about.features is not None:
        return _load_classifier(folder, about, about.features)
    assert about.frames is not None
    return _load_method(folder, about, about.frames)


def _load_classifier(folder: Path, about: Description, features: FeatureSet) -> Model:
    from micfp.models.persistence import load

    if features.content_normalised:
        raise MicfpError(
            f"{folder}: this model compares what several devices recorded together, and cannot "
            "judge a recording by itself; use one whose features are not content_normalised"
        )
    fitted = load(folder / "model.skops")
    model = _model(folder, fitted, features, about)
    described, known = sum(model.used_columns()), fitted.pipeline.n_features_in_
    if described != known:
        raise MicfpError(
            f"{folder / 'model.json'}: describes {described} feature columns, and model.skops was "
            f"fitted on {known}: the two do not belong together; fit the model again"
        )
    return replace(model, calibration=_calibration(folder, (known, len(fitted.classes)), model))


def _calibration(folder: Path, shape: tuple[int, int], model: Model) -> ModelCalibration:
    """What the folder of a classifier, of so many columns and classes, says of its answers."""
    found = read_calibration(folder)
    space, temperature = found.space, found.record.temperature
    if space is not None and (len(space.centre), len(space.devices)) != shape:
        raise MicfpError(
            f"{folder}: its calibration.safetensors is of another model; publish the model again"
        )
    if temperature is not None and temperature.rule != model.provenance.decision:
        raise MicfpError(
            f"{folder}: calibrated for the decision {temperature.rule}, and it decides by "
            f"{model.provenance.decision}; publish the model again"
        )
    return found


def _load_method(folder: Path, about: Description, frames: FrameSet) -> Model:
    from micfp.features.frames import width
    from micfp.models.method_files import load_method

    fitted = load_method(folder)
    described = (frames.n_frames, width(frames))
    if described != fitted.frames_shape:
        raise MicfpError(
            f"{folder / 'model.json'}: describes frames of shape {described}, and the method was "
            f"fitted on {fitted.frames_shape}: the two do not belong together; fit the model again"
        )
    return replace(_model(folder, fitted, frames, about), calibration=OF_FRAMES)


def _model(
    folder: Path,
    fitted: "Fitted | FittedMethod",
    features: FeatureSet | FrameSet,
    about: Description,
) -> Model:
    return Model(
        fitted=fitted,
        features=features,
        families=about.families,
        segments=about.segments,
        channel=about.channel,
        target=about.target,
        name=about.model,
        sample_rates_hz=about.sample_rates_hz,
        codecs=about.codecs,
        learned_from=about.learned_from,
        provenance=read_provenance(folder),
    )
