"""From recordings to the feature table at full size: time, memory, the cost of starting jobs.

    python benchmarks/full_size.py FOLDER [--hours 2] [--files 1000] [--full]

Writes corpora into FOLDER (rehearsal.py), runs `snakemake -j2 features` on each with
the preset `full_size` and an empty store, and measures:

- ten files of 44.1 kHz and 16 bit that last HOURS together, and twice as long: time doubles,
  memory stays;
- the same HOURS in 24 bit;
- FILES recordings of ten seconds, 16 bit: what a file costs beyond its audio;
- ten files of one second: what starting costs, which the others are set against.

`--full` is 30 hours (10 GB; 14 GB in 24 bit), 60 hours (19 GB) and 29 000 files (26 GB); each
corpus is removed once it is measured, but for `--keep`. Memory is the sum of the proportional set
sizes (PSS) of Snakemake and all that it starts, ten times per second; needs Linux. Writes
`results/full_size.json`.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from rehearsal import write_long, write_short

CHECKOUT = Path(__file__).parents[1]
SNAKEMAKE = Path(sys.executable).parent / "snakemake"
CORES = 2
FULL_HOURS, FULL_FILES = 30.0, 29_000
MICROPHONES_AND_DATES = 10
TAKE_S = 10.0
SAMPLE_EVERY_S = 0.1
WANTED = {"times_real_time": 400, "peak_memory_mb": 1500, "beyond_audio_ms_a_file": 10}


def main() -> None:
    """Measure everything; print and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="where corpora and stores are written")
    parser.add_argument("--hours", type=float, default=2.0, help="of the ten files together")
    parser.add_argument("--files", type=int, default=1000, help="number of ten-second files")
    parser.add_argument("--full", action="store_true", help="30 hours and 29 000 files")
    parser.add_argument("--keep", action="store_true", help="leave the corpora where they are")
    given = parser.parse_args()
    hours = FULL_HOURS if given.full else given.hours
    n_takes = (FULL_FILES if given.full else given.files) // MICROPHONES_AND_DATES

    def long(hours: float, bits: int) -> Callable[[Path], object]:
        return lambda root: write_long(root, hours / MICROPHONES_AND_DATES, bits)

    corpora: dict[str, Callable[[Path], object]] = {
        "ten files of 1 s": lambda root: write_short(root, 1, 1.0),
        f"{hours:g} hours, 16 bit": long(hours, 16),
        f"{2 * hours:g} hours, 16 bit": long(2 * hours, 16),
        f"{hours:g} hours, 24 bit": long(hours, 24),
        f"{n_takes * MICROPHONES_AND_DATES} files of 10 s": lambda r: write_short(r, n_takes),
    }
    rows = []
    for name, write in corpora.items():
        rows.append(measure(name, write, given.folder, given.keep))
        print(json.dumps(rows[-1]), flush=True)
    content = {"machine": machine(), "wanted": WANTED, "runs": rows, **compared(rows)}
    Path("results").mkdir(exist_ok=True)
    Path("results/full_size.json").write_text(json.dumps(content, indent=1))
    print(table(content))
    print("written: results/full_size.json")


def measure(
    name: str, write: Callable[[Path], object], folder: Path, keep: bool = False
) -> dict[str, Any]:
    """Write a corpus, run the workflow on it, and say what it took."""
    place = folder / name.replace(" ", "-").replace(",", "")
    root, run = place / "corpus", place / "run"
    if not root.exists():
        unfinished = place / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        write(unfinished)
        unfinished.rename(root)
    shutil.rmtree(run, ignore_errors=True)
    checkout_copy(run)
    command = [SNAKEMAKE, f"-j{CORES}", "features", "--configfile", "params.yaml"]
    command += ["workflow/presets/full_size.yaml"]
    command += ["--config", f"corpus={json.dumps({'root': str(root.absolute())})}"]
    environment = os.environ | {"MICFP_STORE": str((run / "store").absolute())}
    environment["PATH"] = f"{SNAKEMAKE.parent}{os.pathsep}{environment['PATH']}"

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    with open(run / "snakemake.log", "w") as log:
        process = subprocess.Popen(command, cwd=run, env=environment, stdout=log, stderr=log)
        watch = Watch(process.pid)
        process.wait()
        watch.stop()
    wall_s = time.perf_counter() - start
    if process.returncode:
        sys.exit(f"snakemake failed: {(run / 'snakemake.log').read_text()[-2000:]}")
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    start = time.perf_counter()
    subprocess.run([*command, "-n"], cwd=run, env=environment, check=True, capture_output=True)
    dry_run_s = time.perf_counter() - start

    (recordings,) = map(pd.read_parquet, (run / "store").glob("quality/*/recordings.parquet"))
    features = pd.read_parquet(run / "results" / "features" / "thesis.parquet")
    audio_s = float((recordings["n_samples"] / recordings["sample_rate_hz"]).sum())
    found = {
        "corpus": name,
        "files": len(recordings),
        "du_gb": disk_usage(root) / 1e9,
        "audio_h": audio_s / 3600,
        "wall_s": wall_s,
        "times_real_time": audio_s / wall_s,
        "cpu_s": cpu_s,
        "peak_memory_mb": watch.peak_mb,
        "jobs": jobs_of(run),
        "segments": len(features),
        "columns": list(features.columns),
        "dry_run_s": dry_run_s,
        "store_mb": disk_usage(run / "store") / 1e6,
    }
    shutil.rmtree(run)
    if not keep:
        shutil.rmtree(place)
    return found


def compared(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What follows from the runs together."""
    empty, once, twice, _, short = rows
    a_start = empty["cpu_s"] / empty["jobs"]
    own_ms = 1000 * (once["cpu_s"] - empty["cpu_s"]) / (once["audio_h"] * 3600) * TAKE_S
    beyond = {
        name: 1000 * cpu_s / short["files"] - own_ms
        for name, cpu_s in (
            ("beyond_audio_ms_a_file", short["cpu_s"]),
            ("beyond_audio_and_starts_ms_a_file", short["cpu_s"] - a_start * short["jobs"]),
        )
    }
    return {
        "start_cpu_s_a_job": a_start,
        "share_of_starts": {row["corpus"]: a_start * row["jobs"] / row["cpu_s"] for row in rows},
        "twice_the_hours": {
            "time": twice["wall_s"] / once["wall_s"],
            "memory": twice["peak_memory_mb"] / once["peak_memory_mb"],
        },
        "audio_ms_of_ten_seconds": own_ms,
        **beyond,
    }


class Watch:
    """Peak memory of a process and everything below it, sampled in a thread."""

    def __init__(self, pid: int) -> None:
        self.peak_mb = 0.0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """End the sampling."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(SAMPLE_EVERY_S):
            total_kb = sum(map(_pss_kb, _tree(self._pid)))
            self.peak_mb = max(self.peak_mb, total_kb / 1024)


def _tree(pid: int) -> list[int]:
    """A process and all that descend from it; those that end meanwhile are left out."""
    found, waiting = [], [pid]
    while waiting:
        parent = waiting.pop()
        found.append(parent)
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                waiting += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def _pss_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def checkout_copy(folder: Path) -> None:
    """A folder to run the workflow in, apart from the checkout's own results."""
    folder.mkdir(parents=True)
    for name in ("Snakefile", "params.yaml"):
        shutil.copy(CHECKOUT / name, folder / name)
    for name in ("workflow", "profiles"):
        shutil.copytree(CHECKOUT / name, folder / name)


def jobs_of(run: Path) -> int:
    """Number of processes that made results."""
    return sum(path.is_file() for path in (run / ".micfp" / "stamps").rglob("*"))


def disk_usage(folder: Path) -> int:
    """Bytes of the blocks that the files take, as `du`."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def machine() -> dict[str, Any]:
    """What it ran on."""
    return {
        "cores": os.cpu_count(),
        "used": CORES,
        "machine": platform.machine(),
        "python": platform.python_version(),
    }


def table(content: dict[str, Any]) -> str:
    """The figures as text."""
    lines = []
    for row in content["runs"]:
        shown = {k: f"{v:.4g}" if isinstance(v, float) else v for k, v in row.items()}
        lines += [f"\n{row['corpus']}", *(f"  {name:20} {value}" for name, value in shown.items())]
    rest = {k: v for k, v in content.items() if k not in ("machine", "wanted", "runs")}
    return "\n".join([*lines, "", json.dumps(rest, indent=1)])


if __name__ == "__main__":
    main()
