"""A worker: makes the results of one job, each whole or not at all."""

import json
import os
import platform
import resource
import time
from pathlib import Path

from micfp import store
from micfp.errors import MicfpError
from micfp.steps.plan import job_file
from micfp.steps.task import Spec, read_spec, step_module

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run_job(step: str, job: str) -> None:
    """Make what is still missing of a job.

    One thread a process: Snakemake runs processes side by side, and sums in another order would
    change the last bits of a result.
    """
    for name in THREAD_VARIABLES:
        os.environ[name] = "1"
    try:
        keys = json.loads(job_file(step, job).read_text(encoding="utf-8"))["keys"]
    except FileNotFoundError:
        raise MicfpError(f"{job_file(step, job)}: no such job; plan it with snakemake") from None
    for key in keys:
        make(read_spec(step, key))


def make(spec: Spec) -> None:
    """Make one result unless the store has it; two processes that want it make it once.

    What it cost is kept beside the store's results, not in them, since it is another each time.
    """
    with store.locked(f"{spec.step}-{spec.key}"):
        if spec.key in store.present(spec.step):
            print(f"{_what(spec)}: in the store ({spec.key})")
            return
        start, cpu_start = time.perf_counter(), time.process_time()
        with store.writing(spec.step, spec.key) as out:
            own: dict[str, object] = step_module(spec.step).run(spec, out) or {}
        cost = own | {
            "wall_s": time.perf_counter() - start,
            "cpu_s": time.process_time() - cpu_start,
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "node": platform.node(),
        }
        store.write_whole(cost_path(spec.step, spec.key), json.dumps(cost))
        print(f"{_what(spec)}: {cost['wall_s']:.1f} s ({spec.key})")


def _what(spec: Spec) -> str:
    """A result as a person calls it."""
    own = spec.params.get("model") or spec.params.get("session")
    if own is None and spec.audio:
        own = f"{len(spec.audio)} recordings"
    return f"{spec.step} {own}" if own else spec.step


def read_cost(step: str, key: str) -> dict[str, object]:
    """What a result cost; nothing where that is not known."""
    try:
        cost: dict[str, object] = json.loads(cost_path(step, key).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return cost


def cost_path(step: str, key: str) -> Path:
    """Where the cost of a result is kept."""
    return store.store_root() / ".costs" / step / f"{key}.json"
