"""From parameters to the results that are missing: pure planning, no audio is opened.

Planning walks back from what is wanted, with one directory scan a step, keeps what the store lacks,
and packs it into jobs. A job is a file `.micfp/jobs/<step>/<job>.json` with the results to make and
the stamps of the jobs that must go first; Snakemake runs jobs and owns nothing but their stamps.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from micfp.config.models import SplitConfig
from micfp.degrade import Degradation
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
from micfp.plan.recordings import degraded, plan_originals, plan_recordings, shards
from micfp.plan.results import (
    evaluate_task,
    figures_task,
    spectrograms_task,
    split_comparison_task,
    ways_task,
)
from micfp.plan.tables import (
    check_task,
    copies_task,
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
    """Everything that `all` makes of one parameter set.

    datasets: of the recordings as they are, without copies; ways: None where the chosen model is
    not asked about any.
    """

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
    ways: Task | None


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


def after(params: Params, chain: tuple[Degradation, ...], part: Sequence[Recording]) -> Corpus:
    """A part of a corpus after a chain of degradations; `part`: recordings before any."""
    changed = params.model_copy(update={"degrade": (*params.degrade, *chain)})
    return plan_corpus(changed, tuple(degraded(changed, part)))


def plan_experiment(params: Params, recordings: tuple[Recording, ...] | None = None) -> Experiment:
    """Plan everything that `all` makes; the recordings may be known already."""
    corpus = plan_corpus(params, recordings)
    models = tuple(models_of(params.models))
    names = dict.fromkeys(model.features for model in models)
    datasets = {name: corpus.dataset(params, name) for name in names}
    learned = _with_copies(params, corpus, datasets) if params.augment.enabled else datasets

    def fits_of(split: SplitConfig, where: str) -> dict[str, Task]:
        own = split == params.split
        return {m.name: fit_task(params, m, learned[m.features], split, own, where) for m in models}

    fits = fits_of(params.split, "split")
    selects = {m.name: inner_cv_task(params, m, learned[m.features], params.split) for m in models}
    overfits = {m.name: overfit_task(params, m, learned[m.features], params.split) for m in models}
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
    asked = _on_their_ways(params, corpus, models, fits, evaluated) if params.ways.enabled else None
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
        asked,
    )


def _originals(params: Params, corpus: Corpus) -> Sequence[Recording]:
    """The recordings of a corpus before anything happened to them, in the same order."""
    return plan_originals(params) if params.degrade else corpus.recordings


def _original_of(corpus: Corpus, copies: Sequence[Corpus]) -> dict[str, str]:
    """The recording of a corpus that each copy is of."""
    return {
        copy.recording: own.recording
        for copied in copies
        for copy, own in zip(copied.recordings, corpus.recordings, strict=True)
    }


def _with_copies(params: Params, corpus: Corpus, datasets: Mapping[str, Task]) -> dict[str, Task]:
    """The table of each feature set, with those of copies of all recordings.

    Of all, since most are in some training part; folds leave out those of what they test.
    """
    originals = _originals(params, corpus)
    copies = [after(params, chain, originals) for chain in params.augment.copies.values()]
    original_of = _original_of(corpus, copies)
    return {
        name: copies_task(table, tuple(one.dataset(params, name) for one in copies), original_of)
        for name, table in datasets.items()
    }


def _on_their_ways(
    params: Params,
    corpus: Corpus,
    models: Sequence[Model],
    fits: Mapping[str, Task],
    evaluated: Task,
) -> Task:
    """The chosen model, whichever it will be, asked about copies that came by each way."""
    originals = _originals(params, corpus)
    copies = {
        (way, name): after(params, chain, originals)
        for way, chains in params.ways.chains.items()
        for name, chain in chains.items()
    }
    asked = {
        key: {m.features: one.dataset(params, m.features) for m in models}
        for key, one in copies.items()
    }
    original_of = _original_of(corpus, list(copies.values()))
    return ways_task(params, models, fits, evaluated, asked, original_of)


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
