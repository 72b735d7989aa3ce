"""Name the device of a recording with a fitted model."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.audio import probe, read_ranges
from micfp.config.audio import CorpusConfig, SegmentsConfig
from micfp.config.features import FeatureSet
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from micfp.models.classical import Fitted

FEW_SEGMENTS = 3
QUIET_DBFS = -60.0


@dataclass(frozen=True)
class Model:
    """A fitted classifier and what it needs to see a recording as it saw its training data."""

    fitted: "Fitted"
    features: FeatureSet
    families: tuple[str, ...] | None
    segments: SegmentsConfig
    channel: Any
    target: str
    name: str


@dataclass(frozen=True)
class Identification:
    """What a model says of a recording.

    device: the first of the ranking, None where nothing could be scored; probability: mean over
    segments, uncalibrated; ranking: every class with its probability, likeliest first; segments:
    how many were scored; warnings: sentences a reader needs to know.
    """

    path: str
    device: str | None
    probability: float | None
    ranking: tuple[tuple[str, float], ...]
    segments: int
    warnings: tuple[str, ...]


def load_model(folder: Path) -> Model:
    """Load a model folder (`model.skops`, `model.json`).

    Runs no code from it. Raises MicfpError where the folder is no model, or a damaged one.
    """
    from micfp.models.persistence import load

    about = _read_about(folder)
    try:
        model = Model(
            fitted=load(folder / "model.skops"),
            features=FeatureSet.model_validate(about["features"]),
            families=None if about["families"] is None else tuple(about["families"]),
            segments=SegmentsConfig.model_validate(about["segments"]),
            channel=CorpusConfig.model_validate({"channel": about["channel"]}).channel,
            target=str(about["target"]),
            name=str(about["model"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MicfpError(
            f"{folder / 'model.json'}: not a model description of this version "
            f"({' '.join(str(error).split())[:200]}); fit the model again"
        ) from None
    described, fitted = sum(_used_columns(model)), model.fitted.pipeline.n_features_in_
    if described != fitted:
        raise MicfpError(
            f"{folder / 'model.json'}: describes {described} feature columns, and model.skops was "
            f"fitted on {fitted}: the two do not belong together; fit the model again"
        )
    return model


def _read_about(folder: Path) -> Mapping[str, Any]:
    path = folder / "model.json"
    try:
        about: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MicfpError(
            f"{folder}: no model there (no model.json); run the pipeline, or give --model DIR"
        ) from None
    except (ValueError, OSError) as error:
        raise MicfpError(f"{path}: damaged ({error}); fit the model again") from None
    return about


def _used_columns(model: Model) -> list[bool]:
    """Of every column of the model's feature set, whether its families are among the model's."""
    from micfp.features import column_names, family_of

    return [
        model.families is None or family_of(name) in model.families
        for name in column_names(model.features)
    ]


def segment_features(path: Path, model: Model) -> tuple["NDArray[np.float32]", tuple[str, ...]]:
    """Features (k, p) of a recording's segments, as the model wants them, and warnings.

    Where the model's way of cutting finds no segment, the whole recording is one.
    Raises MicfpError where the file is no audio, or holds nothing that features can be made of.
    """
    import numpy as np

    from micfp.features import extract
    from micfp.segmentation import segment

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
        rows.append(extract(samples, info.sample_rate_hz, model.features))
        finite = samples[np.isfinite(samples)].astype(np.float64)
        power += float(finite @ finite)
        n_samples += len(finite)
    level_dbfs = 10 * np.log10(max(power / max(n_samples, 1), 1e-20))
    if level_dbfs < QUIET_DBFS:
        warnings.append(f"very quiet: {level_dbfs:.0f} dBFS; the answer may say little")
    if len(cuts) < FEW_SEGMENTS:
        warnings.append(f"only {len(cuts)} segment(s): too short for a dependable answer")
    values = np.vstack(rows)[:, _used_columns(model)]
    usable = np.flatnonzero(~np.isnan(values).all(axis=1))
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
    used = model.fitted.pipeline.named_steps["varying"].get_support()
    missing = int(np.isnan(values[:, used]).all(axis=0).sum())
    if missing:
        warnings.append(
            f"{missing} of the {used.sum()} feature columns that the model uses are empty: its "
            f"sample rate ({info.sample_rate_hz} Hz) is lower than the model was trained with"
        )
    return values, tuple(warnings)


def identify(path: Path, model: Model) -> Identification:
    """Name the device of one recording.

    Raises MicfpError where the file is no audio.
    """
    import numpy as np

    values, warnings = segment_features(path, model)
    probabilities = np.exp(model.fitted.log_probabilities(values)).mean(axis=0)
    order = np.argsort(-probabilities, kind="stable")
    ranking = tuple((model.fitted.classes[i], float(probabilities[i])) for i in order)
    return Identification(str(path), ranking[0][0], ranking[0][1], ranking, len(values), warnings)
