"""Tasks into jobs: small ones share a process, so that starting it costs little beside its work.

Every edge between two jobs leads to a later *place*, so that jobs never wait for each other:

- fits, trainings and what is alone stand at odd places; what leads from recordings to tables, and
  from scores to results, is *chained* and stands at even ones. A task stands at the first place
  after all that it needs; a chained task may stand at the place of a chained task that it needs.
- At an even place, tasks that hang together and are small together become one chain, in the order
  of their needs: a whole small corpus from its check to its table. Where they are too much for one
  job, those that come last are taken away, which leaves smaller ones that hang together, and so on.
- What then stands beside each other shares jobs up to a cost.
"""

import heapq
import json
import math
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micfp.engine import store
from micfp.engine.stage import Packing
from micfp.engine.task import Task
from micfp.errors import MicfpError

HOME = Path(".micfp")
# Starting a job costs about a tenth of its work (2 to 3 s here; 5 to 9 s through Slurm, which
# starts Snakemake twice on the node).
LOCAL_JOB_S, CLUSTER_JOB_S = 20.0, 100.0
MOST_JOB_S = 120.0
JOBS_WANTED = 16


@dataclass(frozen=True)
class Job:
    """Tasks that one process makes, one after the other; needs before those that need them."""

    tasks: tuple[Task, ...]

    @property
    def step(self) -> str:
        """The step of its last task, by whose rule it runs."""
        return self.tasks[-1].step

    @property
    def name(self) -> str:
        """Digest of the keys of its tasks."""
        return store.digest([task.key for task in self.tasks])

    @property
    def stamp(self) -> str:
        """The file that Snakemake sees of it."""
        return str(HOME / "stamps" / self.step / self.name)


Cost = Callable[[Task], float]


def pack(tasks: Sequence[Task], cost_s: Cost, least_job_s: float = LOCAL_JOB_S) -> list[Job]:
    """Put tasks into jobs.

    Parameters
    ----------
    tasks
        what is to be made, each after what it needs
    cost_s
        about how many seconds per task takes
    least_job_s
        seconds of work that starting a job costs little beside
    """
    places = _places(tasks)
    # Trainings of minutes are alone; they say nothing of how long a job of fits should be.
    total_s = sum(cost_s(task) for task in tasks if task.stage.packing == "fit")
    fits_s = max(min(total_s / JOBS_WANTED, MOST_JOB_S), least_job_s)
    standing: dict[int, list[Task]] = defaultdict(list)
    for task in tasks:
        standing[places[task.address]].append(task)
    jobs: list[Job] = []
    for _, there in sorted(standing.items()):
        by_packing: dict[Packing, list[Task]] = defaultdict(list)
        for task in there:
            by_packing[task.stage.packing].append(task)
        jobs += _chains(by_packing["chain"], cost_s, least_job_s)
        jobs += _fits(by_packing["fit"], cost_s, fits_s, least_job_s)
        jobs += _dealt(by_packing["training"], cost_s, least_job_s)
        jobs += [Job((task,)) for task in by_packing["alone"]]
    return jobs


def work_of_a_job_s(on_cluster: bool) -> float:
    """Seconds of work that starting a job costs little beside: `$MICFP_JOB_S`, or what is usual.

    Raises MicfpError where that is no number above zero.
    """
    value = os.environ.get("MICFP_JOB_S")
    if value is None:
        return CLUSTER_JOB_S if on_cluster else LOCAL_JOB_S
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not seconds > 0:
        raise MicfpError(f"MICFP_JOB_S is {value!r}: give seconds of work for each job, such as 30")
    return seconds


def _places(tasks: Sequence[Task]) -> dict[str, int]:
    """Where each task stands."""
    places: dict[str, int] = {}
    needed_by: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        odd = _odd(task)
        place = 1 if odd else 0
        for needed in task.needs():
            if needed.address in places:
                needed_by[needed.address].append(task)
                after = places[needed.address] + _odd(needed)  # the next even one
                place = max(place, after + odd)
        places[task.address] = place
    for task in reversed(tasks):
        if task.stage.late and (users := needed_by[task.address]):
            places[task.address] = min(places[user.address] - _odd(user) for user in users)
    return places


def _odd(task: Task) -> bool:
    return task.stage.packing != "chain"


def _chains(tasks: Sequence[Task], cost_s: Cost, most_s: float) -> Iterator[Job]:
    """Jobs of chained tasks at one place."""
    rest = list(tasks)
    while rest:
        chains: list[list[Task]] = []
        single: dict[str, list[list[Task]]] = defaultdict(list)
        before: list[Task] = []
        for group in _hanging_together(rest):
            if len(group) == 1:
                single[group[0].step].append(group)
                continue
            if sum(map(cost_s, group)) < most_s:
                chains.append(group)
                continue
            depths = _depths(group)
            deepest = max(depths.values())
            for task in group:
                if depths[task.address] == deepest:
                    single[task.step].append([task])
                else:
                    before.append(task)
        for groups in (chains, *single.values()):
            yield from _runs(groups, cost_s, most_s)
        rest = before


def _hanging_together(tasks: Sequence[Task]) -> list[list[Task]]:
    """Tasks that need each other, by whatever way, in groups that do not; in their order."""
    root = {task.address: task.address for task in tasks}

    def root_of(address: str) -> str:
        while root[address] != address:
            root[address] = root[root[address]]
            address = root[address]
        return address

    for task in tasks:
        for needed in task.needs():
            if needed.address in root:
                root[root_of(task.address)] = root_of(needed.address)
    groups: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        groups[root_of(task.address)].append(task)
    return list(groups.values())


def _depths(tasks: Sequence[Task]) -> dict[str, int]:
    """How many tasks follow on one another before each; they stand after what they need."""
    depths: dict[str, int] = {}
    for task in tasks:
        before = [depths[needed.address] for needed in task.needs() if needed.address in depths]
        depths[task.address] = 1 + max(before, default=0)
    return depths


def _runs(groups: Iterable[Sequence[Task]], cost_s: Cost, most_s: float) -> Iterator[Job]:
    """Jobs of groups that follow one another, up to a cost in seconds; a dearer one is alone."""
    batch: list[Task] = []
    batch_s = 0.0
    for group in groups:
        group_s = sum(map(cost_s, group))
        if batch and batch_s + group_s > most_s:
            yield Job(tuple(batch))
            batch, batch_s = [], 0.0
        batch += group
        batch_s += group_s
    if batch:
        yield Job(tuple(batch))


def _fits(tasks: Iterable[Task], cost_s: Cost, job_s: float, least_job_s: float) -> Iterator[Job]:
    """Jobs of fits that wait for the same inputs; those too few for a job share one with others."""
    groups: dict[tuple[str, ...], list[Task]] = defaultdict(list)
    for task in tasks:
        groups[tuple(needed.address for needed in task.needs())].append(task)
    little: list[Task] = []
    for members in groups.values():
        if sum(map(cost_s, members)) < least_job_s:
            little += members
        else:
            yield from _dealt(members, cost_s, job_s)
    # Fits on many small data sets wait for several rather than start often.
    yield from _dealt(little, cost_s, least_job_s)


def _dealt(tasks: Sequence[Task], cost_s: Cost, job_s: float) -> Iterator[Job]:
    """Jobs of `job_s` or more on average, none below half of it unless there is but one.

    A task that costs as much is alone. The others are dealt, dearest first, each to the job that
    has least so far (Graham's longest processing time first): where a job holds two or more, the
    last of them is no more than half of it.
    """
    # Equal ones by key: in the order of planning every second or third may be of the same kind.
    by_cost = sorted(tasks, key=lambda task: (-cost_s(task), task.key))
    yield from (Job((task,)) for task in by_cost if cost_s(task) >= job_s)
    small = [task for task in by_cost if cost_s(task) < job_s]
    n_jobs = max(1, int(sum(map(cost_s, small)) / job_s))
    hands: list[tuple[float, int, list[Task]]] = [(0.0, i, []) for i in range(n_jobs)]
    for task in small:
        seconds, i, hand = hands[0]
        hand.append(task)
        heapq.heapreplace(hands, (seconds + cost_s(task), i, hand))
    for _, _, hand in sorted(hands, key=lambda one: one[1]):
        if hand:
            yield Job(tuple(hand))


def job_file(step: str, job: str) -> Path:
    """Where a job is written."""
    return HOME / "jobs" / step / f"{job}.json"


def job_needs(step: str, job: str) -> list[str]:
    """Stamps that a job waits for: Snakemake's input function."""
    needs: list[str] = _of_job(step, job, "needs")
    return needs


def job_asks(step: str, job: str, what: str) -> int:
    """What a job asks of a machine: its `mem_mb`, `minutes` or `gpus`."""
    asked: int = _of_job(step, job, what)
    return asked


def job_results(step: str, job: str) -> list[str]:
    """Addresses of the results of a job, needs before those that need them.

    Raises MicfpError where no such job was planned.
    """
    try:
        results: list[str] = _of_job(step, job, "results")
    except FileNotFoundError:
        raise MicfpError(f"{job_file(step, job)}: no such job; plan it with snakemake") from None
    return results


def _of_job(step: str, job: str, name: str) -> Any:
    return json.loads(job_file(step, job).read_text(encoding="utf-8"))[name]
