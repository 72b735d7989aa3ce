"""How much of a search goes into starting jobs.

    python benchmarks/starting.py [FOLDER]

FOLDER (by default this one) is where `snakemake grid` ran. Starting a job is measured as a job of
one point that costs next to nothing (naive Bayes), in a store of its own; the work is what
`costs.csv` has. Writes `results/starting.json`.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

REPEATS = 5


def main() -> None:
    """Measure, print and write."""
    folder = Path(sys.argv[1] if len(sys.argv) == 2 else ".").absolute()
    points = pd.read_csv(folder / "results" / "grid" / "points.csv")
    costs = pd.read_csv(folder / "results" / "grid" / "costs.csv")
    cheapest = points[points["model"].str.startswith("nb-")]["address"].iloc[0].split("/")[1]
    jobs = [json.loads(p.read_text()) for p in (folder / ".micfp" / "jobs" / "point").iterdir()]
    own = set(points["address"].str.removeprefix("point/"))
    n_jobs = sum(bool(own & set(job["keys"])) for job in jobs)
    store = Path(os.environ.get("MICFP_STORE") or folder / "work")
    starts = [start_s(store, cheapest) for _ in range(REPEATS)]
    boosted = points["model"].str.startswith("gb-")
    found = {
        "points": len(points),
        "jobs": n_jobs,
        "start_s": statistics.median(starts),
        "work_cpu_s": float(costs["cpu_s"].sum()),
        "gradient_boosting_cpu_s": float(costs.loc[boosted, "cpu_s"].sum()),
        "gradient_boosting_points": int(boosted.sum()),
    }
    found["share_of_starting"] = found["jobs"] * found["start_s"] / found["work_cpu_s"]
    text = json.dumps(found, indent=1)
    print(text)
    (folder / "results" / "starting.json").write_text(text)


def start_s(store: Path, key: str) -> float:
    """Seconds of a job that makes one point which costs next to nothing."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        spec = store / ".specs" / "point" / f"{key}.json"
        (dataset,) = json.loads(spec.read_text())["inputs"]["dataset"]
        target = place / "work" / dataset
        target.parent.mkdir(parents=True)
        shutil.copytree(store / dataset, target)
        (place / "work" / ".specs" / "point").mkdir(parents=True)
        shutil.copy(spec, place / "work" / ".specs" / "point")
        (place / ".micfp" / "jobs" / "point").mkdir(parents=True)
        job = {"keys": [key], "needs": []}
        (place / ".micfp" / "jobs" / "point" / "j.json").write_text(json.dumps(job))
        environment = os.environ | {"MICFP_STORE": str(place / "work")}
        start = time.perf_counter()
        subprocess.run(
            ["micfp", "step", "point", "j"], cwd=place, env=environment, check=True, text=True
        )
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
