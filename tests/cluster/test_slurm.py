"""The pipeline on a real Slurm through `profiles/slurm`, with jobs, a node and Snakemake killed."""

import re
from collections import Counter

import pytest
import yaml
from disturbed import (
    CANCELLED,
    HALF_EDITED,
    NO_MEMORY,
    NODE_LOST,
    WORKER_KILLED,
    Disturbed,
)
from tiny_pipeline import Place, digests, made

pytestmark = pytest.mark.cluster
VARIES = ("times.csv", "grid/costs.csv", "report.html", "provenance.json")


def test_results_are_those_of_a_local_run(disturbed: Disturbed, local: Place) -> None:
    mine, theirs = (digests(p.folder / "results", *VARIES) for p in (disturbed.place, local))
    assert any(name.endswith(".csv") for name in mine)
    assert mine == theirs


def test_store_holds_the_same_bytes(disturbed: Disturbed, local: Place) -> None:
    assert digests(disturbed.place.store) == digests(local.store)
    assert list((disturbed.place.store / ".unfinished").iterdir()) == []


def test_nothing_is_made_twice(disturbed: Disturbed) -> None:
    """Every result came out of one job, though jobs were killed, lost and submitted again."""
    times_made = Counter(disturbed.made())
    assert {key for key, times in times_made.items() if times > 1} == set()
    entries = disturbed.place.entries()
    assert {"segments", "dataset", "trial"} <= set(entries)
    assert set.union(*entries.values()) - set(times_made) <= disturbed.cut_short()


def test_job_out_of_memory_gets_more(disturbed: Disturbed) -> None:
    first, *_, last = disturbed.jobs_of(NO_MEMORY)
    assert "mem=250M" in first["Tres"]
    assert first["JobState"] in ("OUT_OF_MEMORY", "FAILED")
    # by the kernel, or by Slurm's own look at it
    assert re.search("oom-kill|exceeded memory limit", disturbed.log(first["JobId"]))
    assert last["JobState"] == "COMPLETED"


def test_killed_worker_is_tried_again_with_twice_of_all(disturbed: Disturbed) -> None:
    jobs = disturbed.jobs_of(WORKER_KILLED)
    (first,) = (job for job in jobs if job["JobId"] == disturbed.killed)
    assert (first["JobState"], jobs[-1]["JobState"]) == ("FAILED", "COMPLETED")
    assert "mem=1000M" in first["Tres"]
    assert "mem=2000M" in jobs[-1]["Tres"]
    assert (first["TimeLimit"], jobs[-1]["TimeLimit"]) == ("60", "120")


def test_cancelled_job_is_tried_again(disturbed: Disturbed) -> None:
    states = {job["JobId"]: job["JobState"] for job in disturbed.jobs_of(CANCELLED)}
    assert states[disturbed.cancelled] == "CANCELLED"
    assert list(states.values())[-1] == "COMPLETED"


def test_jobs_of_a_lost_node_run_on_the_other(disturbed: Disturbed) -> None:
    last = disturbed.jobs_of(NODE_LOST)[-1]
    assert last["JobState"] == "COMPLETED"
    assert last["NodeList"] != disturbed.lost_node


def test_jobs_do_not_read_parameters(disturbed: Disturbed) -> None:
    """While most of them ran, params.yaml stood half edited."""
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(HALF_EDITED)
    assert {job["JobState"] for job in disturbed.jobs_of("quality")} == {"COMPLETED"}


def test_jobs_in_flight_outlive_their_coordinator(disturbed: Disturbed) -> None:
    """They end well, and the next coordinator takes what they made.

    Where they ended before it planned, no job of its own says "in the store".
    """
    assert disturbed.in_flight
    states = {job["JobId"]: job["JobState"] for job in disturbed.ended}
    assert {states[job] for job in disturbed.in_flight} == {"COMPLETED"}
    theirs = {key for job in disturbed.in_flight for key in made(disturbed.log(job))}
    assert theirs
    assert {disturbed.made().count(key) for key in theirs} == {1}
    assert theirs <= set.union(*disturbed.place.entries().values())
