"""From parameters to the results that are missing: pure planning, no audio is opened.

Planning walks back from what is wanted, with one directory scan a step, keeps what the store lacks,
and packs it into jobs. A job is a file `.micfp/jobs/<step>/<job>.json` with the results to make and
the stamps of the jobs that must go first; Snakemake runs jobs and owns nothing but their stamps.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from micfp.config.models import SplitConfig
from micfp.engine import store
from micfp.engine.costs import learned_costs
from micfp.engine.graph import missing
from micfp.engine.packing import LOCAL_JOB_S, job_file, pack
from micfp.engine.task import Recording, Task
from micfp.plan.fits import calibrate_task, fit_task, inner_cv_task, overfit_task
from micfp.plan.folds import check_folds
from micfp.plan.frames import frames_task, matrix_task
from micfp.plan.models import Model, models_of
from micfp.plan.params import Params
from micfp.plan.recordings import plan_recordings, shards
from micfp.plan.results import evaluate_task, figures_task, spectrograms_task, split_comparison_task
from micfp.plan.tables import (
    check_task,
    dataset_task,
    features_task,
    quality_task,
    segments_task,
    trim_tasks,
)


@dataclass(frozen=True)
class Corpus:
    """The results that one corpus and one set of audio parameters give.

    where: what stands before the keys of its parameters, as `robustness.corpora.NAME.differences.`.
    """

    recordings: tuple[Recording, ...]
    quality: Task
    trimmed: tuple[Task | None, ...]
    shards: tuple[tuple[Recording, ...], ...]
    segments: tuple[Task, ...]
    where: str = ""

    def dataset(self, params: Params, name: str) -> Task:
        """The table of one feature set."""
        made = tuple(
            features_task(params, name, shard, cut, trimmed)
            for shard, cut, trimmed in zip(self.shards, self.segments, self.trimmed, strict=True)
        )
        trimmed = tuple(task for task in self.trimmed if task is not None)
        table = dataset_task(
            params, name, self.recordings, self.quality, self.segments, made, trimmed
        )
        return replace(table, where=self.where)

    def matrix(self, params: Params, name: str) -> Task:
        """The frame matrices of one frame set."""
        made = tuple(
            frames_task(params, name, shard, cut, trimmed)
            for shard, cut, trimmed in zip(self.shards, self.segments, self.trimmed, strict=True)
        )
        trimmed = tuple(task for task in self.trimmed if task is not None)
        table = matrix_task(params, self.recordings, self.quality, self.segments, made, trimmed)
        return replace(table, where=self.where)


@dataclass(frozen=True)
class Experiment:
    """Everything that `all` makes of one parameter set."""

    corpus: Corpus
    models: tuple[Model, ...]
    datasets: dict[str, Task]
    fits: dict[str, Task]
    selects: dict[str, Task]
    overfits: dict[str, Task]
    calibrations: dict[str, Task]
    evaluate: Task
    split_comparison: Task
    figures: Task


def plan_corpus(
    params: Params, recordings: tuple[Recording, ...] | None = None, where: str = ""
) -> Corpus:
    """Plan from recordings to segments; the recordings may be known already."""
    if recordings is None:
        recordings = tuple(plan_recordings(params))
    dealt = tuple(shards(recordings, params.shard_mb))
    checks = tuple(check_task(params, shard) for shard in dealt)
    trimmed = tuple(trim_tasks(params, dealt))
    cut = tuple(segments_task(params, s, t) for s, t in zip(dealt, trimmed, strict=True))
    checked = quality_task(params, recordings, checks)
    return Corpus(recordings, checked, trimmed, dealt, cut, where)


def plan_experiment(params: Params, recordings: tuple[Recording, ...] | None = None) -> Experiment:
    """Plan everything that `all` makes; the recordings may be known already."""
    corpus = plan_corpus(params, recordings)
    models = tuple(models_of(params.models))
    names = dict.fromkeys(model.features for model in models)
    datasets = {name: corpus.dataset(params, name) for name in names}

    def fits_of(split: SplitConfig, where: str) -> dict[str, Task]:
        own = split == params.split
        return {
            m.name: fit_task(params, m, datasets[m.features], split, own, where) for m in models
        }

    fits = fits_of(params.split, "split")
    selects = {m.name: inner_cv_task(params, m, datasets[m.features], params.split) for m in models}
    overfits = {m.name: overfit_task(params, m, datasets[m.features], params.split) for m in models}
    calibrations = {n: calibrate_task(params, fits[n], selects[n]) for n in fits}
    by_split = {
        name: fits_of(split, f"split_comparison.{name}")
        for name, split in params.split_comparison.items()
        if split
    }
    evaluated = evaluate_task(params, corpus.quality, fits, selects, overfits, calibrations)
    honest = split_comparison_task(params, corpus.quality, datasets, by_split)
    sheets = spectrograms_task(params, corpus.quality)
    drawn = figures_task(params, evaluated, honest, sheets, fits, overfits, datasets)
    return Experiment(
        corpus,
        models,
        datasets,
        fits,
        selects,
        overfits,
        calibrations,
        evaluated,
        honest,
        drawn,
    )


def write_jobs(
    wanted: Sequence[Task],
    at_work: bool = False,
    take_back: Callable[[str], bool] = lambda address: False,
    least_job_s: float = LOCAL_JOB_S,
) -> list[str]:
    """Write the jobs that make what is wanted and missing.

    at_work: another run is making them just now, and its stamps are left alone; take_back: as in
    `missing`; least_job_s: as in `pack`.
    Returns the stamps of the jobs that make the wanted results themselves.
    Raises MicfpError for what the recordings cannot give.
    """
    lacking = missing(wanted, take_back)
    check_folds(wanted, {task.address for task in lacking})
    jobs = pack(lacking, learned_costs(), least_job_s)
    job_of = {task.address: job for job in jobs for task in job.tasks}
    for job in jobs:
        for task in job.tasks:
            task.write_spec()
        needs = {
            job_of[needed.address].stamp
            for task in job.tasks
            for needed in task.needs()
            if needed.address in job_of
        }
        needs.discard(job.stamp)
        results = [task.address for task in job.tasks]
        stages = [task.stage for task in job.tasks]
        # What the dearest of its stages asks of a machine.
        content = {
            "results": results,
            "needs": sorted(needs),
            "mem_mb": max(stage.mem_mb for stage in stages),
            "minutes": max(stage.minutes for stage in stages),
            "gpus": int(any(stage.gpu for stage in stages)),
        }
        file = job_file(job.step, job.name)
        if not at_work:
            Path(job.stamp).unlink(missing_ok=True)
        if not (at_work and file.exists()):  # the run's own, which may be packed otherwise
            store.write_whole(file, json.dumps(content))
    return sorted({job_of[task.address].stamp for task in wanted if task.address in job_of})
