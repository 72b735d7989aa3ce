"""A run of the tiny pipeline on a real Slurm to which all happens that may happen to one."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mini_slurm import MiniSlurm, job_processes, kill
from tiny_pipeline import Place, made

TARGET = "grid"
SEARCH = {
    "split": {"kind": "by_content", "folds": 2},
    "selection": {"kind": "by_content", "folds": 2},
    "keep": 1,
    "axes": [
        {"model.classifier": ["knn", "lda"], "features.thesis.n_mfcc": [8, 20]},
    ],
}
# The rules in whose jobs something happens, in the order in which they run.
NO_MEMORY, WORKER_KILLED, NODE_LOST, CANCELLED, COORDINATOR_KILLED = (
    "check",
    "segments",
    "extract",
    "dataset",
    "trial",
)
# At first enough for Snakemake on the node, not for the step.
LITTLE_MEMORY = f"{NO_MEMORY}:mem_mb=1500 if attempt > 1 else 250"
ON_SLURM = (
    "snakemake",
    TARGET,
    *("--workflow-profile", "profiles/slurm"),
    *("--slurm-init-seconds-before-status-checks", "1"),
    *("--latency-wait", "20"),
    "--slurm-keep-successful-logs",
)
HALF_EDITED = "search: {axes: ["
WAIT_S = 300


@dataclass(frozen=True)
class Disturbed:
    """What happened: Slurm's numbers of the jobs, and its records of all jobs that ended.

    in_flight: jobs that ran when the coordinator was killed.
    """

    place: Place
    killed: str
    lost: str
    lost_node: str
    cancelled: str
    in_flight: tuple[str, ...]
    ended: list[dict[str, str]]

    def jobs_of(self, rule: str) -> list[dict[str, str]]:
        """Slurm's records of the jobs of a rule, in the order in which they were submitted."""
        numbers = {path.stem for path in self._logs.glob(f"rule_{rule}/*/*.log")}
        return sorted(
            (job for job in self.ended if job["JobId"] in numbers), key=lambda j: int(j["JobId"])
        )

    def made(self) -> list[str]:
        """Keys of the results that all jobs together say they made."""
        return [key for path in self._logs.rglob("*.log") for key in made(path.read_text())]

    def cut_short(self) -> set[str]:
        """Keys of the results of jobs that were killed: some may be made, and not said to be.

        A lost node may have had a second job beside the one that was waited for.
        """
        killed = {job["JobId"] for job in self.ended if job["JobState"] != "COMPLETED"}
        assert killed >= {self.killed, self.lost, self.cancelled}
        keys: set[str] = set()
        for log in self._logs.rglob("*.log"):
            if log.stem in killed:
                (job,) = (self.place.folder / ".micfp" / "jobs").rglob(f"{log.parent.name}.json")
                results = json.loads(job.read_text())["results"]
                keys.update(address.partition("/")[2] for address in results)
        return keys

    def log(self, job: str) -> str:
        """What a job said."""
        (path,) = self._logs.rglob(f"{job}.log")
        return path.read_text()

    @property
    def _logs(self) -> Path:
        return self.place.folder / ".snakemake" / "slurm_logs"


def disturb(here: Place, slurm: MiniSlurm) -> Disturbed:
    """Make the target on the cluster, while jobs, a node and the coordinator are killed."""
    params = here.folder / "params.yaml"
    content = params.read_text()
    with coordinator(here, *ON_SLURM, "--set-resources", LITTLE_MEMORY) as run:
        killed, worker = at_work(slurm, run, WORKER_KILLED)
        kill([worker])
        params.write_text(HALF_EDITED)

        lost, _ = at_work(slurm, run, NODE_LOST)
        slurm.kill_node(lost["node"])
        slurm.declare_down(lost["node"])

        cancelled, _ = at_work(slurm, run, CANCELLED)
        slurm.scancel(cancelled["id"])
        slurm.start_node(lost["node"])

        at_work(slurm, run, COORDINATOR_KILLED)
    in_flight = tuple(job["id"] for job in slurm.running())
    params.write_text(content)
    with coordinator(here, *ON_SLURM) as run:
        assert run.wait(timeout=WAIT_S) == 0, (here.folder / "said.txt").read_text()
    slurm.wait_for_jobs()
    return Disturbed(
        here, killed["id"], lost["id"], lost["node"], cancelled["id"], in_flight, slurm.ended()
    )


@contextmanager
def coordinator(here: Place, *command: str) -> "Iterator[subprocess.Popen[bytes]]":
    """Start Snakemake, what it says in said.txt; kill it, not its jobs, at the end of the block."""
    with open(here.folder / "said.txt", "ab") as said:
        run = subprocess.Popen(
            command,
            cwd=here.folder,
            env=here.environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        yield run
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()


def at_work(
    slurm: MiniSlurm, run: "subprocess.Popen[bytes]", rule: str
) -> tuple[dict[str, str], int]:
    """Wait until a job of a rule makes a result: the job and the process that makes it."""
    end = time.monotonic() + WAIT_S
    while True:
        for job in slurm.running():
            worker = _worker(job["id"]) if job["rule"] == rule else None
            if worker is not None:
                return job, worker
        assert run.poll() is None, f"no job of the rule {rule} before the end; see said.txt"
        assert time.monotonic() < end, f"no job of the rule {rule} within {WAIT_S} s"
        time.sleep(0.1)


def _worker(job: str) -> int | None:
    """The process of a job that makes a result."""
    for pid in job_processes(job):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        except OSError:
            continue
        if words[1:2] and words[1].endswith("/micfp") and words[2] == "step":
            return pid
    return None
