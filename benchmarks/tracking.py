"""MLflow: runs logged a second, a killed logger, the champion fetched and asked.

A search of synthetic trials (200, or `python benchmarks/tracking.py 5000`) as the store would hold
it, logged by `micfp track` itself into a SQLite database. The trials' parameters, scores of four
folds and costs are of the usual shape; their values are drawn. The best one has a real model.
"""

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from silence import SAMPLE_RATE_HZ, speech_like

from micfp.audio import write_wav
from micfp.engine import store
from micfp.engine.packing import job_file
from micfp.engine.run import cost_path
from micfp.models.classical import build, fit
from micfp.models.persistence import save
from micfp.plan.models import Model
from micfp.plan.order import Order
from micfp.plan.params import Params

FOLDS = 4
METRICS = ("accuracy", "balanced_accuracy", "f1_macro")
WANTED = {"identify_champion_s": 6.0, "runs_5000_minutes": 10.0}
BIN = Path(sys.executable).parent


def run(trials: int = 200) -> dict[str, float]:
    """Seconds, runs a second and memory; the limits that were set."""
    home, environment = Path.cwd(), dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ |= {"MICFP_STORE": f"{folder}/work", "MLFLOW_TRACKING_URI": "sqlite:///m.db"}
        try:
            return _measure(_write_search(trials), trials)
        finally:
            os.chdir(home)
            os.environ.clear()
            os.environ.update(environment)


def _measure(key: str, trials: int) -> dict[str, float]:
    track = [str(BIN / "micfp"), "track", key]
    cpu_before = _children_cpu_s()
    whole_s = _seconds(track)
    cpu_s = _children_cpu_s() - cpu_before
    memory_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    assert _logged() == (trials + 1, 0), _logged()
    again_s = _seconds(track)
    assert _logged() == (trials + 1, 0)
    audio = Path("ten-seconds.wav")
    samples = speech_like(10 / 60, np.random.default_rng(0)).astype(np.float32) / 32768
    write_wav(audio, samples, SAMPLE_RATE_HZ)
    identify = [str(BIN / "micfp"), "identify", "--model", "models:/micfp@champion", str(audio)]
    identify_s = sorted(_seconds(identify) for _ in range(3))[1]
    Path("m.db").unlink()
    with subprocess.Popen(track, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as logger:
        while _logged()[0] < trials / 2:
            assert logger.poll() is None, "it ended before it was killed"
            time.sleep(0.02)
        logger.kill()
    resumed_s = _seconds(track)
    assert _logged() == (trials + 1, 0), _logged()
    per_run_ms = 1e3 * whole_s / trials
    return {
        "trials": trials,
        "track_s": whole_s,
        "track_cpu_s": cpu_s,
        "ms_a_run": per_run_ms,
        "runs_5000_minutes": per_run_ms * 5000 / 60e3,
        "memory_mb": memory_mb,
        "track_again_s": again_s,
        "rest_after_kill_s": resumed_s,
        "identify_champion_s": identify_s,
    } | {f"wanted_{name}": limit for name, limit in WANTED.items()}


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
    return time.perf_counter() - start


def _logged() -> tuple[int, int]:
    """Live runs that ended well, and live addresses that are there twice."""
    try:
        with sqlite3.connect("file:m.db?mode=ro", uri=True) as database:
            live = "from runs where lifecycle_stage = 'active' and status = 'FINISHED'"
            (runs,) = database.execute(f"select count(*) {live}").fetchone()
            twice = database.execute(
                "select value from tags join runs using (run_uuid) where key = 'micfp.address' "
                "and lifecycle_stage = 'active' group by value having count(*) > 1"
            ).fetchall()
    except sqlite3.OperationalError:
        return 0, 0
    return runs, len(twice)


def _write_search(trials: int) -> str:
    """Write the store entries of a search that was run; the key of its order."""
    rng = np.random.default_rng(0)
    params = Params()
    search = store.entry_path("search", store.digest("search"))
    data = store.entry_path("dataset", store.digest("dataset"))
    about = {
        "features": params.features["thesis"].model_dump(mode="json"),
        "segments": params.segments.model_dump(mode="json"),
        "channel": "mean",
    }
    store.write_whole(data / "about.json", json.dumps(about))
    rows, folds = [], []
    for number in range(trials):
        own = _write_point(number, f"dataset/{data.name}", params, rng)
        scores = {n: own["folds"][0][n] for n in (*METRICS, "recording_accuracy")}
        rows.append(
            {
                "trial": number,
                "part": "",
                "classifiers.svc.C": own["params"]["hyperparameters"]["C"],
            }
            | {"rank": number + 1, "status": "done", "why": "", "inner": 0.99 - number * 1e-5}
            | {**scores, "n_features": 22, "warnings": "", "model": "svc-thesis-plain"}
            | {"address": f"trial/{store.digest(number)}"}
        )
        folds += [{"trial": number, "part": "", **fold} for fold in own["folds"]]
    search.mkdir(parents=True)
    pd.DataFrame(rows).to_csv(search / "trials.csv", index=False)
    pd.DataFrame(folds).to_csv(search / "folds.csv", index=False)
    store.write_whole(search / "best.yaml", "{}\n")
    best = store.entry_path("best", store.digest("best"))
    _write_model(best / "1" / "model", about, params, rng)
    entries = {"grid": f"search/{search.name}", "best": f"best/{best.name}"}
    order = Order("grid", entries, params)
    store.write_whole(job_file("publish", order.key), json.dumps(order.content()))
    return order.key


def _write_point(
    number: int, dataset: str, params: Params, rng: np.random.Generator
) -> dict[str, Any]:
    own = Model("svc", "thesis", "plain", None).params(params)
    own["hyperparameters"] = own["hyperparameters"] | {"C": round(float(10 ** rng.normal()), 6)}
    own |= {
        "split": params.search.split.model_dump(mode="json"),
        "selection": {"kind": "by_content", "folds": 3},
        "part": None,
    }
    names = [*(f"inner_{name}" for name in METRICS), *METRICS, "recording_accuracy"]
    folds = [
        {"fold": fold, "n_train": 900, "n_test": 300}
        | dict(zip(names, rng.uniform(0.5, 1, len(names)).round(6).tolist(), strict=True))
        for fold in range(FOLDS)
    ]
    content = {"params": own, "dataset": dataset, "status": "done", "why": "", "folds": folds}
    key = store.digest(number)
    store.write_whole(store.entry_path("trial", key) / "trial.json", json.dumps(content))
    cost = {"wall_s": 1.5, "cpu_s": 1.4, "peak_memory_mb": 250.0, "node": "node1", "fit_s": 1.2}
    store.write_whole(cost_path("trial", key), json.dumps(cost))
    return content


def _write_model(
    folder: Path, about: dict[str, Any], params: Params, rng: np.random.Generator
) -> None:
    """A real model of drawn numbers: thirty devices, the thesis's 22 features."""
    labels = np.repeat([f"device {number:02d}" for number in range(30)], 20)
    X = rng.normal(size=(len(labels), 22)).astype(np.float32)
    pipeline = build("svc", params.classifiers, params.preparations["plain"], 30, params.seed)
    fitted = fit(pipeline, X, labels)
    own = {"model": "svc-thesis-plain", "target": "device", "families": None}
    own |= {"address": f"trial/{store.digest(0)}", "classes": list(fitted.classes)}
    store.write_whole(folder / "model.json", json.dumps(about | own))
    save(fitted, folder / "model.skops")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trials", nargs="?", type=int, default=200)
    for name, value in run(parser.parse_args().trials).items():
        print(f"{name:28} {value:.4g}")
