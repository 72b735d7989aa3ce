"""The pipeline through `profiles/cluster-generic`, which submits by Slurm's own commands."""

import subprocess
from pathlib import Path

import pytest
from disturbed import at_work, coordinator
from mini_slurm import MiniSlurm
from tiny_pipeline import CHECKOUT, Place, digests, place

pytestmark = pytest.mark.cluster
ON_CLUSTER = ("snakemake", "features", "--workflow-profile", "profiles/cluster-generic")


def test_feature_tables_are_those_of_a_local_run(
    slurm: MiniSlurm, corpus: Path, local: Place, tmp_path: Path
) -> None:
    """One job is cancelled: it is tried again."""
    here = place(tmp_path, corpus, MICFP_JOB_S="0.0001")
    with coordinator(here, *ON_CLUSTER, "--until", "extract") as run:
        job, _ = at_work(slurm, run, "segments")
        slurm.scancel(job["id"])
        assert run.wait(timeout=300) == 0, (here.folder / "said.txt").read_text()
    assert "Trying to restart job" in (here.folder / "said.txt").read_text()
    mine = digests(here.store)
    assert {name.split("/")[0] for name in mine} == {"segments", "features"}
    theirs = digests(local.store)
    assert mine == {name: theirs[name] for name in mine}


def test_status_of_jobs(slurm: MiniSlurm) -> None:
    def status(job: str) -> str:
        command = [CHECKOUT / "profiles" / "cluster-generic" / "status.sh", job]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def submit(*arguments: str) -> str:
        command = ["sbatch", "--parsable", "--output=/dev/null", "--mem=100", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    held = submit("--hold", "--wrap=true")
    assert status(held) == "running"
    slurm.scancel(held)
    good, bad = submit("--wait", "--wrap=true"), submit("--wrap=false")
    slurm.wait_for_jobs()
    assert [status(job) for job in (held, good, bad, "999999")] == [
        "failed",
        "success",
        "failed",
        "failed",
    ]
