"""Tasks that judge an experiment and draw it."""

from collections.abc import Mapping, Sequence

from micfp.engine.libraries import AUDIO, CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Task
from micfp.plan.models import Model
from micfp.plan.params import Params
from micfp.plan.recordings import channel_read

EVALUATE = Stage("evaluate", 4, "micfp.stages.evaluate", s_per_mb=0.0003, libraries=CLASSIFIERS)
SPLIT_COMPARISON = Stage(
    "split_comparison",
    1,
    "micfp.stages.split_comparison",
    s_per_mb=0.0003,
    libraries=CLASSIFIERS,
)
SPECTROGRAMS = Stage("spectrograms", 6, "micfp.stages.spectrograms", late=True, libraries=AUDIO)
FIGURES = Stage("figures", 4, "micfp.stages.figures", s_per_mb=0.002)
WAYS = Stage("ways", 1, "micfp.stages.ways", minutes=240, s_per_mb=0.002, libraries=CLASSIFIERS)
STAGES = (EVALUATE, SPLIT_COMPARISON, SPECTROGRAMS, FIGURES, WAYS)


def evaluate_task(
    params: Params,
    quality: Task,
    fits: Mapping[str, Task],
    selects: Mapping[str, Task],
    overfits: Mapping[str, Task],
    calibrations: Mapping[str, Task],
) -> Task:
    """Plan the evaluation of one experiment."""
    return Task(
        EVALUATE,
        {
            "models": list(fits),
            "evaluation": params.evaluation.model_dump(mode="json"),
            "metric": params.selection.metric,
            "target": params.target,
            "seed": params.seed,
        },
        {
            "quality": (quality,),
            "fits": tuple(fits.values()),
            "selects": tuple(selects.values()),
            "overfits": tuple(overfits.values()),
            "calibrations": tuple(calibrations.values()),
        },
    )


def split_comparison_task(
    params: Params,
    quality: Task,
    datasets: Mapping[str, Task],
    by_split: Mapping[str, Mapping[str, Task]],
) -> Task:
    """Plan the comparison of splits."""
    return Task(
        SPLIT_COMPARISON,
        {
            "datasets": list(datasets),
            "splits": {split: list(fits) for split, fits in by_split.items()},
            "evaluation": params.evaluation.model_dump(mode="json"),
            "target": params.target,
            "seed": params.seed,
        },
        {
            "quality": (quality,),
            "datasets": tuple(datasets.values()),
            **{f"fits {split}": tuple(fits.values()) for split, fits in by_split.items()},
        },
    )


def spectrograms_task(params: Params, quality: Task) -> Task:
    """Plan the sheets of a corpus."""
    settings = {
        "channel": channel_read(params),
        "most": params.report.spectrograms,
        "seed": params.seed,
    }
    return Task(SPECTROGRAMS, settings, {"quality": (quality,)}, quality.audio)


def figures_task(
    params: Params,
    evaluate: Task,
    split_comparison: Task,
    spectrograms: Task,
    fits: Mapping[str, Task],
    overfits: Mapping[str, Task],
    datasets: Mapping[str, Task],
) -> Task:
    """Plan the figures of one experiment."""
    return Task(
        FIGURES,
        {
            "models": list(fits),
            "datasets": list(datasets),
            "target": params.target,
            "confidence": params.evaluation.confidence,
            "seed": params.seed,
        },
        {
            "evaluate": (evaluate,),
            "split_comparison": (split_comparison,),
            "spectrograms": (spectrograms,),
            "fits": tuple(fits.values()),
            "overfits": tuple(overfits.values()),
            "datasets": tuple(datasets.values()),
        },
    )


def ways_task(
    params: Params,
    models: Sequence[Model],
    fits: Mapping[str, Task],
    evaluate: Task,
    asked: Mapping[tuple[str, str], Mapping[str, Task]],
    original_of: Mapping[str, str],
) -> Task:
    """Plan what the chosen model says of copies of the test recordings.

    asked: by way and name of a chain the table of each feature set; original_of: the recording
    that each copy is of.
    """
    learned = {model.features: fits[model.name].inputs["dataset"][0] for model in models}
    features = list(learned)
    return Task(
        WAYS,
        {
            "models": {model.name: model.params(params) for model in models},
            "tables": {model.name: features.index(model.features) for model in models},
            "asked": [list(key) for key in asked],
            "originals": dict(original_of),
            "by_number": params.segments.method == "windows",
            "split": params.split.model_dump(mode="json"),
            "evaluation": params.evaluation.model_dump(mode="json"),
        },
        {
            "evaluate": (evaluate,),
            "fits": tuple(fits.values()),
            "learned": tuple(learned.values()),
            "asked": tuple(of[name] for of in asked.values() for name in features),
        },
        where="split",
    )
