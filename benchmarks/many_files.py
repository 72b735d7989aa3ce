"""Many short recordings: time and peak memory of `corpus`, `check`, `features` and the report.

    python benchmarks/many_files.py FOLDER [--files 1000 5000]

Writes a corpus of each number of recordings into FOLDER (rehearsal.py), 10 s at 16 kHz in the
thesis's layout, and removes it once it is measured; 100 000 of them take 32 GB. With several
numbers it says how each time grows: 1 is linear. Memory is measured as in full_size.py; needs
Linux. Writes `results/many_files.json`.
"""

import argparse
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from full_size import CORES, MICROPHONES_AND_DATES, TAKE_S, Watch, checkout_copy, machine
from rehearsal import write_short

RATE_HZ = 16_000
BIN = Path(sys.executable).parent
BUILD = (
    "from pathlib import Path; from micfp.report.build import build_report; "
    "from micfp.studies.registry import STUDIES; build_report(Path('results'), STUDIES)"
)


def main() -> None:
    """Measure every corpus; print and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="where corpora and stores are written")
    parser.add_argument("--files", type=int, nargs="+", default=[1000, 5000])
    given = parser.parse_args()
    rows = []
    for n_files in sorted(given.files):
        rows.append(measure(given.folder.absolute() / f"{n_files}-files", n_files))
        print(json.dumps(rows[-1]), flush=True)
    content = {"machine": machine(), "runs": rows, "growth": growth(rows)}
    print(json.dumps(content["growth"], indent=1))
    Path("results").mkdir(exist_ok=True)
    Path("results/many_files.json").write_text(json.dumps(content, indent=1))
    print("written: results/many_files.json")


def measure(place: Path, n_files: int) -> dict[str, Any]:
    """Write a corpus, run every command on it, and say what each took."""
    shutil.rmtree(place, ignore_errors=True)
    root, run = place / "corpus", place / "run"
    write_short(root, n_files // MICROPHONES_AND_DATES, TAKE_S, rate_hz=RATE_HZ)
    checkout_copy(run)
    snakemake = [BIN / "snakemake", f"-j{CORES}", "--configfile", "params.yaml"]
    snakemake += ["workflow/presets/full_size.yaml"]
    snakemake += ["--config", f"corpus={json.dumps({'root': str(root)})}", "--"]
    commands: dict[str, list[object]] = {
        "corpus": [BIN / "micfp", "corpus", "thesis", root, "--out", "list.csv"],
        "check": [BIN / "micfp", "check", root, "--corpus", "thesis", "--json"],
        "features": [*snakemake, "features"],
        "all after features": [*snakemake, "all"],
        "nothing to be done": [*snakemake, "all"],
        "report alone": [sys.executable, "-c", BUILD],
    }
    found: dict[str, Any] = {"files": n_files}
    for name, command in commands.items():
        found[name] = _took(command, run, run / f"{name.replace(' ', '_')}.log")
    found["report_mb"] = (run / "results" / "report.html").stat().st_size / 1e6
    shutil.rmtree(place)
    return found


def _took(command: list[object], run: Path, log: Path) -> dict[str, float]:
    """Run a command in a folder; seconds, of the processors too, and peak memory."""
    environment = os.environ | {"MICFP_STORE": str(run / "store")}
    environment["PATH"] = f"{BIN}{os.pathsep}{environment['PATH']}"
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    with open(log, "w") as file:
        words = [str(word) for word in command]
        process = subprocess.Popen(words, cwd=run, env=environment, stdout=file, stderr=file)
        watch = Watch(process.pid)
        process.wait()
        watch.stop()
    if process.returncode:
        sys.exit(f"{' '.join(words)} failed: {log.read_text()[-2000:]}")
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return {"s": time.perf_counter() - start, "cpu_s": cpu_s, "peak_mb": watch.peak_mb}


def growth(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """By which power of the number of files time and memory grow, of the last two corpora."""
    if len(rows) < 2:
        return {}
    few, many = rows[-2:]
    times = math.log(many["files"] / few["files"])
    return {
        name: {unit: math.log(many[name][unit] / few[name][unit]) / times for unit in few[name]}
        for name, took in few.items()
        if isinstance(took, dict)
    }


if __name__ == "__main__":
    main()
