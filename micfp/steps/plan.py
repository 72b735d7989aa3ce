"""From parameters to the results that are missing: pure planning, no audio is opened.

Planning walks back from what is wanted, with one directory scan a step, keeps what the store lacks,
and packs it into jobs. A job is a file `.micfp/jobs/<step>/<job>.json` with the keys to make and
the stamps of the jobs that must go first; Snakemake runs jobs and owns nothing but their stamps.
"""

import heapq
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from micfp import store
from micfp.config import Params, SplitConfig
from micfp.steps import (
    check,
    dataset,
    evaluate,
    features,
    figures,
    fit,
    frames,
    honesty,
    matrix,
    overfit,
    quality,
    segments,
    select,
    spectrograms,
    trim,
)
from micfp.steps import point as points_step
from micfp.steps.folds import check_folds
from micfp.steps.models import Model, cost_s, models_of
from micfp.steps.points import Space
from micfp.steps.recordings import audio_cost_s, plan_recordings, shards
from micfp.steps.task import Recording, Task

HOME = Path(".micfp")
# Small fits share a job, so that starting it (2 to 3 s here; 5 to 9 s through Slurm, which starts
# Snakemake twice on the node) costs less than a tenth of its work.
LOCAL_JOB_S, CLUSTER_JOB_S = 30.0, 100.0
MOST_JOB_S = 120.0
JOBS_WANTED = 16
BATCHED = ("fit", "select", "overfit", "point", "train")
# The sections of params.yaml that recordings depend on.
RECORDINGS_READ = {"seed", "shard_mb", "corpus", "bench", "degrade"}
# Shards, too, share a job, and so does what takes a fraction of a second a corpus.
SHARED = (
    *("degrade", "attack", "mimic", "check", "trim", "segments", "features", "frames"),
    *("quality", "dataset", "matrix", "score", "detect", "time_forward"),
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
            features.task(params, name, shard, cut, trimmed)
            for shard, cut, trimmed in zip(self.shards, self.segments, self.trimmed, strict=True)
        )
        trimmed = tuple(task for task in self.trimmed if task is not None)
        table = dataset.task(
            params, name, self.recordings, self.quality, self.segments, made, trimmed
        )
        return replace(table, where=self.where)

    def matrix(self, params: Params, name: str) -> Task:
        """The frame matrices of one frame set."""
        made = tuple(
            frames.task(params, name, shard, cut, trimmed)
            for shard, cut, trimmed in zip(self.shards, self.segments, self.trimmed, strict=True)
        )
        trimmed = tuple(task for task in self.trimmed if task is not None)
        table = matrix.task(params, self.recordings, self.quality, self.segments, made, trimmed)
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
    evaluate: Task
    honesty: Task
    figures: Task


def plan_corpus(
    params: Params, recordings: tuple[Recording, ...] | None = None, where: str = ""
) -> Corpus:
    """Plan from recordings to segments; the recordings may be known already."""
    if recordings is None:
        recordings = tuple(plan_recordings(params))
    dealt = tuple(shards(recordings, params.shard_mb))
    checks = tuple(check.task(params, shard) for shard in dealt)
    trimmed = tuple(trim.tasks(params, dealt))
    cut = tuple(segments.task(params, s, t) for s, t in zip(dealt, trimmed, strict=True))
    checked = quality.task(params, recordings, checks)
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
            m.name: fit.task(params, m, datasets[m.features], split, own, where) for m in models
        }

    fits = fits_of(params.split, "split")
    selects = {m.name: select.task(params, m, datasets[m.features], params.split) for m in models}
    overfits = {m.name: overfit.task(params, m, datasets[m.features], params.split) for m in models}
    by_split = {
        name: fits_of(split, f"honesty.{name}") for name, split in params.honesty.items() if split
    }
    evaluated = evaluate.task(params, corpus.quality, fits, selects, overfits)
    honest = honesty.task(params, corpus.quality, datasets, by_split)
    sheets = spectrograms.task(params, corpus.quality)
    drawn = figures.task(params, evaluated, honest, sheets, fits, overfits, datasets)
    return Experiment(corpus, models, datasets, fits, selects, overfits, evaluated, honest, drawn)


def plan_points(
    space: Space, assignments: Iterable[Mapping[str, Any]], part: int | str | None = None
) -> tuple[Task, ...]:
    """Plan the points of a search; those that agree on something share what makes it.

    part: as in `point.task`.
    """
    recordings: dict[str, tuple[Recording, ...]] = {}
    corpora: dict[str, Corpus] = {}
    datasets: dict[tuple[str, str], Task] = {}
    tasks = []
    for assignment in assignments:
        found = space.point(assignment)
        own = (found.differences, found.model.features)
        if own not in datasets:
            if found.differences not in corpora:
                source = found.params.model_dump_json(include=RECORDINGS_READ)
                if source not in recordings:
                    recordings[source] = tuple(plan_recordings(found.params))
                corpora[found.differences] = plan_corpus(found.params, recordings[source])
            datasets[own] = corpora[found.differences].dataset(found.params, found.model.features)
        tasks.append(points_step.task(found.params, found.model, datasets[own], part))
    return tuple(tasks)


def missing(
    wanted: Iterable[Task], take_back: Callable[[str], bool] = lambda address: False
) -> list[Task]:
    """Wanted tasks, and what they need, that the store lacks; needs before those who need them.

    take_back: puts the result of an address into the store, if it can.
    """
    there: dict[str, set[str]] = {}
    seen: set[str] = set()
    ordered: list[Task] = []

    def visit(task: Task) -> None:
        if task.address in seen:
            return
        seen.add(task.address)
        keys = there.setdefault(task.step, store.present(task.step))
        if task.key in keys:
            return
        if take_back(task.address):
            task.write_spec()
            return
        for needed in task.needs():
            visit(needed)
        ordered.append(task)

    for task in wanted:
        visit(task)
    return ordered


@dataclass(frozen=True)
class Job:
    """Tasks of one step that one process makes, one after the other."""

    step: str
    tasks: tuple[Task, ...]

    @property
    def name(self) -> str:
        """Digest of the keys of its tasks."""
        return store.digest([task.key for task in self.tasks])

    @property
    def stamp(self) -> str:
        """The file that Snakemake sees of it."""
        return str(HOME / "stamps" / self.step / self.name)


def pack(tasks: Sequence[Task], least_job_s: float = LOCAL_JOB_S) -> list[Job]:
    """Put small tasks of one step into one job: fits that wait for the same inputs, and shards.

    Fits that wait for the same inputs but are too few for a job share one with others.

    least_job_s: seconds of work, as estimated, that starting a job costs little beside
    """
    groups: dict[tuple[str, tuple[str, ...]], list[Task]] = defaultdict(list)
    depths = _depths(tasks)
    for task in tasks:
        # Of one depth none waits for another, by whatever way: jobs never wait for each other.
        alike = (str(depths[task.address]),)
        waits = alike if task.step in SHARED else tuple(t.address for t in task.needs())
        groups[task.step, waits].append(task)
    # Trainings of minutes are alone; they say nothing of how long a job of fits should be.
    total_s = sum(cost_s(task) for task in tasks if task.step in BATCHED and task.step != "train")
    job_s = max(min(total_s / JOBS_WANTED, MOST_JOB_S), least_job_s)
    jobs: list[Job] = []
    little: dict[tuple[str, int], list[Task]] = defaultdict(list)
    for (step, _), members in groups.items():
        if step in SHARED:
            jobs += _runs(members, least_job_s)
        elif step in BATCHED and sum(map(cost_s, members)) < least_job_s:
            for task in members:
                little[step, depths[task.address]].append(task)
        elif step in BATCHED:
            jobs += _dealt(members, least_job_s if step == "train" else job_s)
        else:
            jobs += [Job(step, (task,)) for task in members]
    # Fits on many small data sets wait for several rather than start often.
    return jobs + [job for members in little.values() for job in _dealt(members, least_job_s)]


def _depths(tasks: Sequence[Task]) -> dict[str, int]:
    """How many tasks follow on one another before each; they stand after what they need."""
    depths: dict[str, int] = {}
    for task in tasks:
        before = [depths[needed.address] for needed in task.needs() if needed.address in depths]
        depths[task.address] = 1 + max(before, default=0)
    return depths


def _dealt(tasks: Sequence[Task], job_s: float) -> Iterator[Job]:
    """Jobs of `job_s` or more on average, none below half of it unless there is but one.

    A task that costs as much is alone. The others are dealt, dearest first, each to the job that
    has least so far (Graham's longest processing time first): where a job holds two or more, the
    last of them is no more than half of it.
    """
    by_cost = sorted(tasks, key=cost_s, reverse=True)
    yield from (Job(task.step, (task,)) for task in by_cost if cost_s(task) >= job_s)
    small = [task for task in by_cost if cost_s(task) < job_s]
    n_jobs = max(1, int(sum(map(cost_s, small)) / job_s))
    hands: list[tuple[float, int, list[Task]]] = [(0.0, i, []) for i in range(n_jobs)]
    for task in small:
        seconds, i, hand = hands[0]
        hand.append(task)
        heapq.heapreplace(hands, (seconds + cost_s(task), i, hand))
    for _, _, hand in sorted(hands, key=lambda one: one[1]):
        if hand:
            yield Job(hand[0].step, tuple(hand))


def _runs(shards: Iterable[Task], most_s: float) -> Iterator[Job]:
    """Jobs of shards that follow one another, up to a cost in seconds; a dearer one is alone."""
    batch: list[Task] = []
    batch_s = 0.0
    for task in shards:
        if batch and batch_s + audio_cost_s(task) > most_s:
            yield Job(task.step, tuple(batch))
            batch, batch_s = [], 0.0
        batch.append(task)
        batch_s += audio_cost_s(task)
    if batch:
        yield Job(batch[0].step, tuple(batch))


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
    jobs = pack(lacking, least_job_s)
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
        content = {"keys": [task.key for task in job.tasks], "needs": sorted(needs)}
        store.write_whole(job_file(job.step, job.name), json.dumps(content))
        if not at_work:
            Path(job.stamp).unlink(missing_ok=True)
    return sorted({job_of[task.address].stamp for task in wanted if task.address in job_of})


def job_file(step: str, job: str) -> Path:
    """Where a job is written."""
    return HOME / "jobs" / step / f"{job}.json"


def job_needs(step: str, job: str) -> list[str]:
    """Stamps that a job waits for: Snakemake's input function."""
    needs: list[str] = json.loads(job_file(step, job).read_text())["needs"]
    return needs
