"""How much of a search goes into starting jobs.

    python benchmarks/starting.py [FOLDER] [--slurm FOLDER]

FOLDER (by default this one) is where `snakemake grid` ran. Starting a job is measured as a job of
one trial that costs next to nothing (naive Bayes), in a store of its own; the work is what
`costs.csv` has. The folder of `--slurm` is where it ran through Slurm by
`tests/cluster/mini_slurm.py --jobs jobs.json`, with `--slurm-keep-successful-logs`: starting is
what the jobs took by Slurm's clock beyond their work, and its tables are compared with the first
folder's. Writes `results/starting.json`.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

REPEATS = 5
TABLES = ("trials.csv", "folds.csv", "choices.csv", "best.yaml")


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=".")
    parser.add_argument("--slurm", type=Path, help="where the same search ran through Slurm")
    asked = parser.parse_args()
    folder = asked.folder.absolute()
    trials = pd.read_csv(folder / "results" / "grid" / "trials.csv")
    costs = pd.read_csv(folder / "results" / "grid" / "costs.csv")
    cheapest = trials[trials["model"].str.startswith("nb-")]["address"].iloc[0].split("/")[1]
    jobs = [json.loads(p.read_text()) for p in (folder / ".micfp" / "jobs" / "trial").iterdir()]
    own = set(trials["address"].str.removeprefix("trial/"))
    n_jobs = sum(bool(own & set(job["keys"])) for job in jobs)
    store = Path(os.environ.get("MICFP_STORE") or folder / "work")
    starts = [start_s(store, cheapest) for _ in range(REPEATS)]
    boosted = trials["model"].str.startswith("gb-")
    found = {
        "trials": len(trials),
        "jobs": n_jobs,
        "start_s": statistics.median(starts),
        "work_cpu_s": float(costs["cpu_s"].sum()),
        "gradient_boosting_cpu_s": float(costs.loc[boosted, "cpu_s"].sum()),
        "gradient_boosting_points": int(boosted.sum()),
    }
    found["share_of_starting"] = found["jobs"] * found["start_s"] / found["work_cpu_s"]
    if asked.slurm:
        found["slurm"] = through_slurm(asked.slurm)
        grids = [place / "results" / "grid" for place in (folder, asked.slurm)]
        found["slurm"]["tables_equal"] = all(
            len({(grid / name).read_bytes() for grid in grids}) == 1 for name in TABLES
        )
    text = json.dumps(found, indent=1)
    print(text)
    (folder / "results" / "starting.json").write_text(text)


def through_slurm(folder: Path) -> dict[str, Any]:
    """Jobs of trials on a cluster: what they took, and what of it was not their work."""
    ended = json.loads((folder / "jobs.json").read_text())
    costs = pd.read_csv(folder / "results" / "grid" / "costs.csv")
    logs = folder / ".snakemake" / "slurm_logs"
    numbers = {path.stem for path in logs.glob("rule_trial/*/*.log")}
    jobs = [job for job in ended if job["JobId"] in numbers]
    if {job["JobState"] for job in jobs} != {"COMPLETED"}:
        sys.exit("some jobs of trials did not end well: run the search again in a fresh folder")
    took = [
        (datetime.fromisoformat(job["EndTime"]) - datetime.fromisoformat(job["StartTime"]))
        for job in jobs
    ]
    took_s, work_s = sum(took, timedelta()).total_seconds(), float(costs["cpu_s"].sum())
    return {"jobs": len(jobs), "took_s": took_s, "share_of_starting": took_s / work_s - 1}


def start_s(store: Path, key: str) -> float:
    """Seconds of a job that makes one trial which costs next to nothing."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        spec = store / ".specs" / "trial" / f"{key}.json"
        (dataset,) = json.loads(spec.read_text())["inputs"]["dataset"]
        target = place / "work" / dataset
        target.parent.mkdir(parents=True)
        shutil.copytree(store / dataset, target)
        (place / "work" / ".specs" / "trial").mkdir(parents=True)
        shutil.copy(spec, place / "work" / ".specs" / "trial")
        (place / ".micfp" / "jobs" / "trial").mkdir(parents=True)
        job = {"keys": [key], "needs": []}
        (place / ".micfp" / "jobs" / "trial" / "j.json").write_text(json.dumps(job))
        environment = os.environ | {"MICFP_STORE": str(place / "work")}
        start = time.perf_counter()
        subprocess.run(
            ["micfp", "step", "trial", "j"], cwd=place, env=environment, check=True, text=True
        )
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
