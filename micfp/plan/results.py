"""Tasks that judge an experiment and draw it."""

from collections.abc import Mapping

from micfp.engine.libraries import AUDIO, CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Task
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
SPECTROGRAMS = Stage("spectrograms", 5, "micfp.stages.spectrograms", late=True, libraries=AUDIO)
FIGURES = Stage("figures", 3, "micfp.stages.figures", s_per_mb=0.002)
STAGES = (EVALUATE, SPLIT_COMPARISON, SPECTROGRAMS, FIGURES)


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
