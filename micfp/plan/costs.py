"""About how long tasks take: only the packing of jobs uses it."""

import functools
import json

from micfp.degrade import DEGRADATIONS
from micfp.engine.task import Task
from micfp.features import FAMILIES, FeatureSet, column_names
from micfp.models.classifiers import CLASSIFIERS

FEW_COLUMNS = 22  # of `Classifier.fit_s`
# A second of 16-bit audio of one channel at 44.1 kHz.
BYTES_A_SECOND = 88_200
# Seconds that a gigabyte of 16-bit audio takes, about: only the packing of jobs uses it.
_S_PER_GB = {
    "degrade": 5.0,
    "attack": 10.0,
    "spoof": 100.0,
    "check": 4.0,
    "trim": 3.0,
    "segments": 3.0,
    "features": 3.0,
    "frames": 120.0,
    "quality": 2.0,
    "dataset": 2.0,
    "matrix": 10.0,
}
# Whatever the size; a second where nothing is said.
_S_A_TASK = {
    **dict.fromkeys(("degrade", "attack", "spoof", "check", "trim", "segments", "features"), 0.0),
    **{"frames": 0.0, "quality": 0.3, "dataset": 0.3, "matrix": 0.3, "score": 0.3, "detect": 0.5},
    **{
        "evaluate": 2.0,
        "split_comparison": 2.0,
        "spectrograms": 2.0,
        "figures": 3.0,
        "latency": 3.0,
    },
}
_S_PER_GB_A_FAMILY = 3.0
_S_PER_GB_A_FAMILY_BY_LIBROSA = 30.0
_S_PER_GB_BY_PYDUB = 500.0
# For each second of audio, by a network over log-mel frames.
_S_A_GRADIENT, _S_A_QUERY = 0.02, 0.005


def cost_s(task: Task) -> float:
    """About how many seconds per task takes."""
    if task.step == "train":
        return _training_cost_s(task)
    if task.stage.packing == "fit":
        return _fit_cost_s(task)
    seconds = _S_A_TASK.get(task.step, 1.0)
    if task.step in _S_PER_GB:
        seconds += _s_per_gb(task) * sum(r.size_bytes for r in task.audio) / 1e9
    return seconds


def _s_per_gb(task: Task) -> float:
    """Of 16-bit audio; a copy counts by its original."""
    seconds = _S_PER_GB[task.step]
    if task.step == "features":
        families = task.params["set"]["families"]
        by_librosa = task.params["set"]["engine"] == "librosa"
        a_family = _S_PER_GB_A_FAMILY_BY_LIBROSA if by_librosa else _S_PER_GB_A_FAMILY
        seconds += sum(a_family + FAMILIES[name].extra_s_per_gb for name in families)
    if task.step == "segments" and task.params["segments"]["method"] == "silence":
        by_pydub = task.params["segments"]["silence"]["engine"] == "pydub"
        seconds += _S_PER_GB_BY_PYDUB * by_pydub
    if task.step == "attack":
        perturbation = task.params["perturbation"]
        asked = perturbation["queries"]
        a_second = asked * _S_A_QUERY if asked else perturbation["steps"] * _S_A_GRADIENT
        seconds += a_second * 1e9 / BYTES_A_SECOND
    if task.step == "degrade":
        seconds += sum(DEGRADATIONS[one["kind"]].s_per_gb for one in task.params["chain"])
    return seconds


def _fit_cost_s(task: Task) -> float:
    few, more = CLASSIFIERS[task.params["classifier"]].fit_s
    (dataset,) = task.inputs["dataset"]
    columns = _columns(json.dumps(dataset.params["about"]["features"]))
    trees = task.params["hyperparameters"].get("n_estimators", 100) / 100
    a_fit = trees * (few + more * max(columns - FEW_COLUMNS, 0) / 100)
    inner = task.params.get("selection", {}).get("folds", 1)
    outer = task.params["split"]["folds"] or 1
    whole = outer == 1 or task.params.get("part") is not None
    fits = {
        "fit": outer + (0 if outer == 1 else 1),
        "inner_cv": inner * outer,
        "overfit": 3 * inner,
        "trial": (inner + 1) * (1 if whole else outer),
    }
    cost: float = 0.1 + _segments(dataset) / 1000 * a_fit * fits[task.step]
    return cost


# Of a training, about, for each frame: what learns from mixtures, and a network in an epoch (the
# paper's, of 128 frames: 0.04 s for each segment).
MIXTURE_S, EPOCH_S = 1e-4, 3e-4
PAPER_FILTERS = 64


def _training_cost_s(task: Task) -> float:
    """About how many seconds per training takes at most, if it never stops early."""
    (matrix,) = task.inputs["matrix"]
    epochs = int(task.params.get("training", {}).get("epochs", 0))
    method = task.params["method"]
    # The other networks have widths of their own.
    width = method["filters"][0] / PAPER_FILTERS if method["network"] == "cross_scale" else 1.0
    n_frames = _segments(matrix) * int(matrix.params["about"]["frames"]["n_frames"])
    return 1.0 + n_frames * (MIXTURE_S + EPOCH_S * width * epochs)


@functools.cache
def _segments(dataset: Task) -> float:
    """About how many segments a data set has."""
    if dataset.step == "augmented":
        return sum(map(_segments, dataset.inputs["datasets"]))
    seconds = sum(recording.size_bytes for recording in dataset.audio) / BYTES_A_SECOND
    cut = dataset.params["about"]["segments"]
    if cut["method"] == "whole":
        return float(len(dataset.audio))
    return seconds / (cut["windows"]["hop_s"] if cut["method"] == "windows" else 2.0)


@functools.cache
def _columns(features: str) -> int:
    """Number of columns of a feature set."""
    return len(column_names(FeatureSet.model_validate_json(features)))
