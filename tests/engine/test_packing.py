"""Tasks into jobs: none waits for another that waits for it, and small chains are one process."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micfp.engine.packing import Job, pack, work_of_a_job_s
from micfp.engine.stage import Stage
from micfp.engine.task import Task
from micfp.errors import MicfpError
from micfp.plan.stages import STAGES as PIPELINE

SHARDS = ("a", "b", "c")
DRAW = Stage("optuna_worker", 1, "nowhere", packing="alone")
ATTACK = Stage("attack", 1, "nowhere")
STAGES = {**PIPELINE, "optuna_worker": DRAW, "attack": ATTACK}


def task(step: str, name: str, *needs: Task) -> Task:
    return Task(STAGES[step], {"name": name}, {"needs": needs})


def corpus(name: str, made_by: Task | None = None) -> list[Task]:
    """A corpus of three shards from check to table; the table is last."""
    first = () if made_by is None else (made_by,)
    checks = [task("check", name + shard, *first) for shard in SHARDS]
    cuts = [task("segments", name + shard, *first) for shard in SHARDS]
    made = [task("features", f"{name}{i}", cut) for i, cut in enumerate(cuts)]
    quality = task("quality", name, *checks)
    return [*checks, quality, *cuts, *made, task("dataset", name, quality, *cuts, *made)]


def steps_of(jobs: list[Job]) -> list[list[str]]:
    return sorted([one.step for one in job.tasks] for job in jobs)


def check_order(tasks: list[Task], jobs: list[Job]) -> None:
    """Every task once; in a job needs come first; the jobs can be made one after the other."""
    addresses = [one.address for job in jobs for one in job.tasks]
    assert sorted(addresses) == sorted(one.address for one in tasks)
    job_of = {one.address: job for job in jobs for one in job.tasks}
    waits: dict[str, set[str]] = {}
    for job in jobs:
        before: set[str] = set()
        waits[job.name] = set()
        for one in job.tasks:
            for needed in one.needs():
                if needed.address not in job_of:
                    continue
                if job_of[needed.address] is job:
                    assert needed.address in before
                else:
                    waits[job.name].add(job_of[needed.address].name)
            before.add(one.address)
    while waits:  # Kahn's algorithm
        ready = {name for name, needs in waits.items() if not needs & waits.keys()}
        assert ready, "jobs wait for each other"
        waits = {name: needs for name, needs in waits.items() if name not in ready}


def packed(tasks: list[Task], least_job_s: float, costs: Mapping[str, float] = {}) -> list[Job]:
    jobs = pack(tasks, lambda one: costs.get(one.step, 1.0), least_job_s)
    check_order(tasks, jobs)
    return jobs


def test_a_small_corpus_is_one_job_from_check_to_table() -> None:
    tasks = corpus("tiny")  # eleven tasks of a second
    (job,) = packed(tasks, 12.0)
    assert job.step == "dataset"
    assert list(job.tasks) == tasks


def test_several_small_ones_share_a_job_up_to_its_cost() -> None:
    tasks = [one for name in "vwxyz" for one in corpus(name)]  # 11 s each: two a job of 30 s
    assert [len(job.tasks) for job in packed(tasks, 30.0)] == [22, 22, 11]


def test_a_large_corpus_is_taken_apart_from_its_end() -> None:
    """All of it is 11 s. Of 8 s, the table goes first, which leaves four chains."""
    first = ["check", "check", "check", "quality"]
    shard = ["segments", "features"]
    assert steps_of(packed(corpus("large"), 8.0)) == [first + 2 * shard, ["dataset"], shard]
    # of one second each is alone
    assert all(len(job.tasks) == 1 for job in packed(corpus("huge"), 1.0))


def test_fits_of_all_steps_share_jobs_and_trainings_do_not_share_theirs() -> None:
    tasks = corpus("tiny")
    table = tasks[-1]
    fits = [task(step, "m", table) for step in ("fit", "inner_cv", "overfit")]
    training = task("train", "n", table)
    judged = task("evaluate", "e", *fits)
    drawn = task("figures", "f", judged, task("spectrograms", "s", tasks[3]))
    sheet = drawn.needs()[1]
    jobs = packed([*tasks, sheet, *fits, training, judged, drawn], 30.0)
    assert steps_of(jobs) == sorted(
        [
            [one.step for one in tasks],
            [one.step for one in sorted(fits, key=lambda one: one.key)],
            ["train"],
            # nothing but the figures needs it, and no fit waits for it
            ["spectrograms", "evaluate", "figures"],
        ]
    )


def test_what_a_training_feeds_back_into_a_corpus_is_another_job() -> None:
    """A network is trained on a corpus, attacks its recordings, and the copies are scored."""
    tasks = corpus("plain")
    trained = task("train", "n", tasks[-1])
    attack = task("attack", "a", trained, tasks[0])
    copies = corpus("copies", attack)
    score = task("score", "s", trained, copies[-1], tasks[-1])
    jobs = packed([*tasks, trained, attack, *copies, score], 30.0)
    assert [len(job.tasks) for job in jobs] == [11, 1, 13]


STEPS = (
    "check",
    "dataset",
    "fit",
    "score",
    "train",
    "evaluate",
    "optuna_worker",
    "spectrograms",
    "bench",
)


@given(data=st.data(), n=st.integers(1, 25), least_job_s=st.sampled_from([0.5, 3.0, 6.0, 100.0]))
def test_jobs_never_wait_for_each_other(data: st.DataObject, n: int, least_job_s: float) -> None:
    """Of any steps that need any others."""
    tasks: list[Task] = []
    for i in range(n):
        needs = data.draw(st.lists(st.sampled_from(tasks), max_size=3)) if tasks else []
        tasks.append(task(data.draw(st.sampled_from(STEPS)), str(i), *needs))
    packed(tasks, least_job_s, {"optuna_worker": 50.0, "check": 0.1})


def test_how_much_work_a_job_holds_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MICFP_JOB_S", raising=False)
    assert work_of_a_job_s(on_cluster=True) > work_of_a_job_s(on_cluster=False)
    monkeypatch.setenv("MICFP_JOB_S", "2.5")
    assert work_of_a_job_s(on_cluster=True) == 2.5
    for wrong in ("much", "0", "-1", "nan"):
        monkeypatch.setenv("MICFP_JOB_S", wrong)
        with pytest.raises(MicfpError, match="give seconds of work for each job"):
            work_of_a_job_s(on_cluster=False)
