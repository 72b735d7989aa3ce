"""A worker: makes the results of one job, each whole or not at all."""

import contextlib
import ctypes
import importlib
import json
import os
import platform
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import cast

from micfp.engine import store
from micfp.engine.costs import note_cost
from micfp.engine.digests import file_digests
from micfp.engine.graph import missing
from micfp.engine.packing import job_results
from micfp.engine.task import Spec, Task, Watched, read_spec
from micfp.engine.watch import unwatched
from micfp.errors import MicfpError

# One thread per process: Snakemake runs processes side by side, and sums in another order would
# change the last bits of a result.
ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
# So would the sums that numpy and its BLAS have for newer processors: what every one with AVX2 has.
ENVIRONMENT_OF_AVX2 = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}
# Parameters of glibc's mallopt and its largest threshold, see `_keep_freed_memory`.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 32 << 20


def run_job(step: str, job: str, watched: Watched = unwatched) -> None:
    """Make what is still missing of a job; one that fails keeps back only what needs it.

    watched: looks on while a result is made.
    """
    _keep_freed_memory()
    results = job_results(step, job)
    failed: dict[str, str] = {}
    checked: set[str] = set()
    for address in results:
        spec = replace(read_spec(*address.split("/")), watched=watched)
        if without := [needed for needed in spec.needs if needed in failed]:
            print(f"{called(spec)}: left out, for want of {without[0]}", flush=True)
            failed[address] = failed[without[0]]
            continue
        try:
            make(spec, checked)
        except Exception as error:
            if len(results) == 1:
                raise
            if not isinstance(error, MicfpError):
                print(f"{address}:\n{traceback.format_exc()}", file=sys.stderr)
            failed[address] = str(error)
    if failed:
        print(f"{len(failed)} of {len(results)} results of this job could not be made")
        raise MicfpError("; ".join(dict.fromkeys(failed.values())))


def settle_sums() -> None:
    """Have the same sums in the same order on every processor; before numpy is imported."""
    os.environ.update(ENVIRONMENT)
    if platform.machine() in ("x86_64", "AMD64") and _has_avx2():
        os.environ.update(ENVIRONMENT_OF_AVX2)


def _has_avx2() -> bool:
    try:
        return " avx2 " in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def _keep_freed_memory() -> None:
    """Tell glibc to use freed megabytes again instead of handing them back to the system.

    Blocks of audio come and go: fresh pages for each one cost a third of the check.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)
        mallopt(M_TRIM_THRESHOLD, 2 * KEPT_BYTES)


def make(spec: Spec, checked: set[str] | None = None) -> None:
    """Make one result unless the store has it; two processes that want it make it once.

    What it cost is kept beside the store's results, not in them, since it is another each time.
    checked: results that this process has found whole already; more are added. Raises MicfpError
    where what goes in is damaged, or audio is not what it was when the run was planned.
    """
    with store.locked(f"{spec.step}-{spec.key}"):
        if spec.key in store.present(spec.step):
            print(f"{called(spec)}: in the store ({spec.key})", flush=True)
            return
        start, cpu_start = time.perf_counter(), _cpu_s()
        _check_results(spec, checked if checked is not None else set())
        _check_audio(spec)
        with store.writing(spec.step, spec.key) as out:
            measured = _body(spec.module)(spec, out) or {}
            _check_audio(spec)
        used_s = _cpu_s() - cpu_start
        cost: dict[str, object] = measured | {
            "wall_s": time.perf_counter() - start,
            "cpu_s": used_s,
            "peak_memory_mb": max(
                resource.getrusage(who).ru_maxrss / 1024
                for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
            ),
            "node": platform.node(),
            "ended": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        store.write_whole(cost_path(spec.step, spec.key), json.dumps(cost))
        # Not wall time: what else runs on the machine would make jobs smaller.
        note_cost(spec, used_s)
        # said before the job's next result, in which it may be killed
        print(f"{called(spec)}: {cost['wall_s']:.1f} s ({spec.key})", flush=True)


def _cpu_s() -> float:
    """CPU seconds of this process and of those that it waited for, such as decoders."""
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + others.ru_utime + others.ru_stime


def make_missing(wanted: Iterable[Task]) -> None:
    """Make results in this process with all that they need, where the store lacks it."""
    checked: set[str] = set()
    for task in missing(wanted):
        task.write_spec()
        make(read_spec(task.step, task.key), checked)


def _body(module: str) -> Callable[[Spec, Path], dict[str, float] | None]:
    """What makes a result: a specification may name modules of this package alone."""
    if not module.startswith("micfp."):
        raise MicfpError(
            f"a specification names {module[:80]!r}, no module of micfp, to make its result;"
            " plan the run with snakemake"
        )
    return cast(
        Callable[[Spec, Path], dict[str, float] | None], importlib.import_module(module).run
    )


def _check_results(spec: Spec, checked: set[str]) -> None:
    for address in spec.needs:
        if address not in checked:
            store.check_whole(*address.split("/"))
            checked.add(address)


def _check_audio(spec: Spec) -> None:
    """The key says what is in the audio: what is something else now must not be kept under it."""
    for recording in spec.audio:
        if recording.mtime_ns is None or recording.recording.startswith("unreadable-"):
            continue
        path = Path(recording.path)
        try:
            stat = path.stat()
        except OSError:
            raise MicfpError(
                f"{path}: gone since the run was planned; put it back, or run again without it"
            ) from None
        if (stat.st_size, stat.st_mtime_ns) == (recording.size_bytes, recording.mtime_ns):
            continue
        if file_digests([path], cached=False)[path] != recording.recording:
            raise MicfpError(f"{path}: changed since the run was planned; run again")


def called(spec: Spec) -> str:
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
