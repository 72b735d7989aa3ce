"""Name the device of a recording with a fitted model."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.audio import probe, read_ranges
from micfp.config.audio import SegmentsConfig
from micfp.config.frames import FrameSet
from micfp.errors import MicfpError, printable
from micfp.features import FeatureSet
from micfp.fingerprint.description import Description, describe_model
from micfp.fingerprint.provenance import Provenance, read_provenance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from micfp.models.classical import Fitted
    from micfp.models.methods import FittedMethod

FEW_SEGMENTS = 3
QUIET_DBFS = -60.0
# Names of codecs that keep every sample begin so.
LOSSLESS = ("pcm_s", "pcm_u", "pcm_f", "float", "flac", "alac", "wavpack")


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


@dataclass(frozen=True)
class Candidate:
    """One class that a recording may be of.

    log_score: natural logarithm of what the rule of decision gives it. Scores order the classes of
    one recording; they are not calibrated, and no probability. segments: how many segments name it.
    """

    name: str
    log_score: float
    segments: int


@dataclass(frozen=True)
class Identification:
    """What a model says of a recording.

    ranking: every class, likeliest first, none where nothing could be scored; segments: how many
    were scored; warnings: sentences a reader needs to know.
    """

    path: str
    ranking: tuple[Candidate, ...]
    segments: int
    warnings: tuple[str, ...]

    @property
    def device(self) -> str | None:
        """The likeliest class by the rule that the model was evaluated with; None: no answer."""
        return self.ranking[0].name if self.ranking else None

    def as_record(self, model: Model) -> dict[str, Any]:
        """Plain data for JSON: the answer, and the model that gives it."""
        return {
            "path": self.path,
            "device": self.device,
            "ranking": [
                {"device": c.name, "log_score": c.log_score, "segments": c.segments}
                for c in self.ranking
            ],
            "segments": self.segments,
            "decision": model.provenance.decision,
            "model": {
                "name": model.name,
                "corpus": model.provenance.corpus,
                "made": model.provenance.made,
                "devices": list(model.fitted.classes),
                "sample_rates_hz": list(model.sample_rates_hz),
                "codecs": list(model.codecs),
            },
            "warnings": list(self.warnings),
        }

    def as_text(self, model: Model) -> str:
        """What a person reads: who was named by how many segments, and by which model."""
        first, *others = self.ranking
        lines = [
            f"{self.path}: {first.name}, named by {first.segments} of {self.segments} segments",
            *(
                f"    {other.segments} of {self.segments}: {other.name}"
                for other in [other for other in others if other.segments][:4]
            ),
            f"    model {model.in_words()}",
            f"    the likeliest of the {len(self.ranking)} that the model knows, also where it is "
            "none of them; not calibrated, and no evidence",
            *(f"    careful: {warning}" for warning in self.warnings),
        ]
        return "\n".join(map(printable, lines))


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
    described, known = sum(_used_columns(model)), fitted.pipeline.n_features_in_
    if described != known:
        raise MicfpError(
            f"{folder / 'model.json'}: describes {described} feature columns, and model.skops was "
            f"fitted on {known}: the two do not belong together; fit the model again"
        )
    return model


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
    return _model(folder, fitted, frames, about)


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
        provenance=read_provenance(folder),
    )


def segment_values(path: Path, model: Model) -> tuple["NDArray[np.float32]", tuple[str, ...]]:
    """What a model takes of a recording's segments, and warnings.

    Features (k, p), or frames (k, T, F). Where the model's way of cutting finds no segment, the
    whole recording is one.
    Raises MicfpError where the file is no audio, or holds nothing that could be judged.
    """
    import numpy as np

    from micfp.recordings.segmentation.file import segment

    info = probe(path)
    warnings = []
    if info.truncated:
        warnings.append("the file is truncated: its header promises more audio than is there")
    cuts = segment(path, model.segments, model.channel)
    if len(cuts) == 0:
        length_s = info.n_samples / info.sample_rate_hz
        warnings.append(
            f"no segment could be cut from its {length_s:.2f} s (too short or too quiet): the "
            "whole recording was used as one"
        )
        cuts = np.array([[0, info.n_samples]])
    rows, power, n_samples = [], 0.0, 0
    for samples in read_ranges(path, cuts.tolist(), model.channel):
        rows.append(_row(path, samples, info.sample_rate_hz, model.features))
        finite = samples[np.isfinite(samples)].astype(np.float64)
        power += float(finite @ finite)
        n_samples += len(finite)
    level_dbfs = 10 * np.log10(max(power / max(n_samples, 1), 1e-20))
    if level_dbfs < QUIET_DBFS:
        warnings.append(f"very quiet: {level_dbfs:.0f} dBFS; the answer may say little")
    if len(cuts) < FEW_SEGMENTS:
        warnings.append(f"only {len(cuts)} segment(s): too short for a dependable answer")
    values = np.stack(rows)
    if isinstance(model.features, FeatureSet):
        values = values[:, _used_columns(model)]
    usable = np.flatnonzero(~np.isnan(values).reshape(len(values), -1).all(axis=1))
    if len(usable) == 0:
        raise MicfpError(
            f"{path}: nothing to judge: its samples are no numbers (NaN or infinite) or too few"
        )
    if len(usable) < len(values):
        warnings.append(
            f"{len(values) - len(usable)} of {len(values)} segments were left out: their samples "
            "are no numbers (NaN or infinite) or too few"
        )
        values = values[usable]
    if isinstance(model.features, FeatureSet):
        warnings += _empty_columns(values, model, info.sample_rate_hz)
    if info.sample_rate_hz not in model.sample_rates_hz:
        rates = ", ".join(map(str, model.sample_rates_hz))
        why = "something made or converted it that the model does not know"
        if isinstance(model.features, FrameSet) and _is_strange(info.sample_rate_hz, model):
            why = "its frames cover another band, and the answer says nothing"
        warnings.append(
            f"its sample rate ({info.sample_rate_hz} Hz) is none that the model learned from "
            f"({rates} Hz): {why}"
        )
    if _form(info.codec) not in map(_form, model.codecs):
        warnings.append(
            f"it is {info.codec}, and the model learned from {', '.join(model.codecs)} alone: an "
            "encoder changes what the model listens to, and the name may well be wrong"
        )
    return values, tuple(warnings)


def _form(codec: str) -> str:
    """What of a codec a model could hear: nothing of one that keeps every sample."""
    return "lossless" if codec.startswith(LOSSLESS) else codec


def _row(
    path: Path, samples: "NDArray[np.float32]", rate_hz: int, features: FeatureSet | FrameSet
) -> "NDArray[np.float32]":
    """What is made of one segment."""
    if isinstance(features, FeatureSet):
        from micfp.features import extract

        return extract(samples, rate_hz, features)
    from micfp.features.frames import frame_matrix

    try:
        return frame_matrix(samples, rate_hz, features)
    except MicfpError as error:
        raise MicfpError(f"{path}: too short for the model's frames: {error}") from None


def _used_columns(model: Model) -> list[bool]:
    """Of every column of the model's feature set, whether its families are among the model's."""
    from micfp.features import used_columns

    assert isinstance(model.features, FeatureSet)
    return used_columns(model.features, model.families)


def _empty_columns(values: "NDArray[np.float32]", model: Model, rate_hz: int) -> Iterator[str]:
    """Say which of the columns that training had are empty, and why as far as that is known."""
    import numpy as np

    fitted: Any = model.fitted
    # A column that was empty, or the same, in all training rows is not among these.
    used = fitted.pipeline.named_steps["varying"].get_support()
    missing = int(np.isnan(values[:, used]).all(axis=0).sum())
    if not missing:
        return
    if rate_hz < min(model.sample_rates_hz):
        reason = f"its sample rate ({rate_hz} Hz) is lower than the model was trained with"
    else:
        # A phone may cut off what its sample rate would hold; HNR needs a voice.
        reason = f"the recording ({rate_hz} Hz) holds nothing that they could measure"
    yield f"{missing} of the {used.sum()} feature columns that the model uses are empty: {reason}"


def _is_strange(rate_hz: int, model: Model) -> bool:
    """Whether frames of a recording at this rate are others than those that were learned from."""
    wanted = model.features.rate_hz
    if wanted == "native":
        return rate_hz not in model.sample_rates_hz
    return rate_hz < min(wanted, *model.sample_rates_hz)


def identify(path: Path, model: Model) -> Identification:
    """Name the device of one recording, by the rule that the model was evaluated with.

    Raises MicfpError where the file is no audio.
    """
    import numpy as np

    from micfp.evaluation.decision import pool_segments, predict

    values, warnings = segment_values(path, model)
    log_p = model.fitted.log_probabilities(values)
    (pooled,) = pool_segments(log_p, np.zeros(1, np.intp), model.provenance.decision)
    votes = np.bincount(predict(log_p), minlength=len(pooled))
    ranking = tuple(
        Candidate(model.fitted.classes[i], float(pooled[i]), int(votes[i]))
        for i in np.argsort(-pooled, kind="stable")
    )
    return Identification(str(path), ranking, len(values), warnings)
