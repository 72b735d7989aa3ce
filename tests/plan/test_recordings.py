"""How recordings are dealt into shards, and shards into jobs."""

from default_costs import cost_s

from micfp.engine.packing import LOCAL_JOB_S, pack
from micfp.engine.task import Recording, Task
from micfp.plan.params import Params
from micfp.plan.recordings import plan_recordings, shards
from micfp.plan.tables import check_task, features_task, segments_task
from micfp.studies.registry import STAGES

PARAMS = Params()
LABELS = dict.fromkeys(("device", "make", "model", "unit", "session", "content"), "")


def recordings(n: int, size_bytes: int, root: str = "/corpus") -> list[Recording]:
    return [
        Recording(f"{i:032d}", f"{root}/day-{i % 2}/take{i:04d}.wav", LABELS, size_bytes)
        for i in range(n)
    ]


def tasks_of(n: int, size_bytes: int) -> dict[str, list[Task]]:
    dealt = shards(recordings(n, size_bytes), PARAMS.shard_mb)
    cut = [segments_task(PARAMS, shard, None) for shard in dealt]
    return {
        "check": [check_task(PARAMS, shard) for shard in dealt],
        "segments": cut,
        "features": [
            features_task(PARAMS, "thesis", shard, c, None)
            for shard, c in zip(dealt, cut, strict=True)
        ],
    }


def test_a_shard_follows_from_the_name_below_the_corpus() -> None:
    here, there = (
        [[r.recording for r in shard] for shard in shards(recordings(500, 900_000, root), 64)]
        for root in ("/corpus", "/mnt/somewhere else/corpus")
    )
    assert here == there
    assert len(here) > 4
    assert sum(map(len, here)) == 500


def test_shards_of_short_files_share_jobs_of_seconds_of_work() -> None:
    tasks = tasks_of(29_000, 882_044)
    assert all(len(of_step) > 300 for of_step in tasks.values())
    jobs = pack([task for of_step in tasks.values() for task in of_step], cost_s)
    assert len(jobs) < 50
    for steps in (["check"], ["segments", "features"]):
        own = [job for job in jobs if {task.step for task in job.tasks} == set(steps)]
        made = [task for job in own for task in job.tasks]
        assert made == [
            task for shard in zip(*map(tasks.get, steps), strict=True) for task in shard
        ]
        for job in own[:-1]:
            assert LOCAL_JOB_S / 2 < sum(map(cost_s, job.tasks)) <= LOCAL_JOB_S


def test_long_files_are_spread_over_jobs() -> None:
    jobs = pack(tasks_of(10, 1_430_000_000)["features"], cost_s)
    assert 5 <= len(jobs) <= 10


def test_what_the_bench_is_still_to_make_counts_by_its_length() -> None:
    found = plan_recordings(PARAMS)
    lengths_s = {
        (session.name, content.name): content.duration_s
        for session in PARAMS.bench.sessions
        for content in session.contents
    }
    for recording in found:
        # 44 100 samples a second of 16 bits
        length_s = lengths_s[recording.labels["session"], recording.labels["content"]]
        assert recording.size_bytes == round(length_s * 88_200)


def test_what_waits_for_another_by_way_of_a_third_is_in_another_job() -> None:
    (original,) = recordings(1, 1000)
    first = check_task(PARAMS, (original,))
    between = Task(STAGES["optuna_worker"], {"name": "a network"}, {"matrix": (first,)})
    maker = Task(STAGES["spoof"], {}, {"trained": (between,)}, (original,))
    copy = Recording("c" * 32, "/store/copy.wav", LABELS, 1000, maker)
    last = check_task(PARAMS, (copy,))
    other = check_task(PARAMS, tuple(recordings(2, 1000)))
    jobs = pack([first, other, between, maker, last], cost_s)
    # Both that wait for nothing share a job; one with the last of them would wait for itself.
    assert [job.tasks for job in jobs] == [(first, other), (between,), (maker, last)]
