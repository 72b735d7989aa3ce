"""MLflow records of the tiny run: complete, never doubled, made anew from the store."""

import json
import platform
import shutil
import socket
import sqlite3
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tiny_pipeline import Place, digests, planned_jobs

from micfp.fingerprint.identify import identify, load_model

MODELS = ["knn-thesis-plain", "lda-thesis-plain", "nb-thesis-plain"]


def query(database: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def read_runs(database: Path) -> dict[str, dict[str, Any]]:
    """Live runs by their name, read from the database itself, without what differs by the run."""
    runs: dict[str, dict[str, Any]] = {}
    rows = query(
        database,
        "select run_uuid, name, status, artifact_uri from runs where lifecycle_stage = 'active'",
    )
    for run, name, status, artifacts in rows:
        assert name not in runs, f"{name} is logged twice"
        pairs = {
            table: dict(query(database, f"select key, value from {table} where run_uuid = '{run}'"))
            for table in ("params", "tags", "metrics")
        }
        runs[name] = {"id": run, "status": status, "artifacts": Path(artifacts), **pairs}
    return runs


def comparable(runs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Runs without ids, places and measured times."""
    parent = {run["id"]: name for name, run in runs.items()}
    return {
        name: {
            "status": run["status"],
            "params": run["params"],
            "metrics": {k: v for k, v in run["metrics"].items() if not k.startswith("cost.")},
            "tags": run["tags"]
            | {"mlflow.parentRunId": parent.get(run["tags"].get("mlflow.parentRunId"))},
            "artifacts": sorted(digests(run["artifacts"])),
        }
        for name, run in runs.items()
    }


@pytest.fixture(scope="module")
def database(finished: Place) -> Path:
    return finished.folder / "mlflow.db"


def test_every_classifier_has_a_run(finished: Place, database: Path) -> None:
    runs = read_runs(database)
    assert sorted(runs) == sorted([*MODELS, "Tiny"])
    entries = json.loads((finished.folder / "results" / "run.json").read_text())["entries"]
    table = pd.read_csv(finished.folder / "results" / "tables" / "models.csv").set_index("model")
    parent = runs.pop("Tiny")
    assert parent["tags"]["micfp.address"] == entries["evaluate"]
    assert parent["tags"]["micfp.data.thesis"] == entries["datasets"]["thesis"]
    assert parent["params"]["chosen"] in MODELS
    for name, run in runs.items():
        assert run["status"] == "FINISHED"
        tags, params = run["tags"], run["params"]
        assert tags["mlflow.parentRunId"] == parent["id"]
        assert tags["micfp.address"] == entries["fits"][name]
        assert tags["micfp.data"] == entries["datasets"]["thesis"]
        assert tags["micfp.git_revision"] == "unknown"  # this folder is in no checkout
        assert tags["micfp.dvc_revision"] == "none"
        assert tags["micfp.node"] == platform.node()
        assert params["model.classifier"] == name.split("-")[0]
        assert params["split.kind"] == "by_session"
        assert params["features.families"] == "mfcc, rms"
        assert params["segments.windows.length_s"] == "0.5"
        assert params["seed"] == "42"
        for metric in ("accuracy", "accuracy_low", "recording_f1_macro", "train_accuracy"):
            assert run["metrics"][metric] == pytest.approx(table.loc[name, metric])
        for cost in ("cost.fit_s", "cost.cpu_s", "cost.peak_memory_mb"):
            assert run["metrics"][cost] > 0
        artifacts = set(digests(run["artifacts"]))
        assert f"figures/confusion_{name}.png" in artifacts
    assert runs["lda-thesis-plain"]["params"]["lda.shrinkage"] == "auto"


def test_logged_model_has_a_signature_and_is_of_its_run(database: Path) -> None:
    runs = read_runs(database)
    models = query(database, "select name, source_run_id, artifact_location from logged_models")
    assert sorted(model[0] for model in models) == MODELS
    for name, run, location in models:
        assert run == runs[name]["id"]
        description = (Path(location) / "MLmodel").read_text()
        # 20 MFCC and the level
        assert '"shape": [-1, 21]' in description.replace("\\", "")
        assert "skops" in description


def test_logged_folder_is_a_model_of_micfp(database: Path, corpus: Path) -> None:
    run = read_runs(database)["nb-thesis-plain"]
    model = load_model(run["artifacts"] / "micfp_model")
    assert model.name == "nb-thesis-plain"
    found = identify(corpus / "disc-1" / "evening" / "b.wav", model)
    assert found.device == "disc-1"


def test_tracking_again_logs_nothing(finished: Place, database: Path) -> None:
    before = read_runs(database)
    said = finished.run("micfp", "track")
    assert said.status == 0, said.said
    assert "experiment tiny: 0 runs logged" in said.said
    assert read_runs(database) == before


def test_killed_tracking_loses_and_doubles_nothing(
    finished: Place, database: Path, tmp_path: Path
) -> None:
    """Into a database of its own (MLFLOW_TRACKING_URI); killed in the middle of the second run."""
    other = tmp_path / "other.db"
    elsewhere = Place(finished.folder, {"MLFLOW_TRACKING_URI": f"sqlite:///{other}"})
    with elsewhere.started("micfp", "track") as run:
        end = time.monotonic() + 120
        while _count_runs(other) < 3:
            assert run.poll() is None, "it ended before it was killed"
            assert time.monotonic() < end
            time.sleep(0.005)
    cut_off = query(other, "select status from runs")
    assert ("RUNNING",) in cut_off
    said = elsewhere.run("micfp", "track")
    assert said.status == 0, said.said
    assert comparable(read_runs(other)) == comparable(read_runs(database))
    live = "select count(*) from logged_models where lifecycle_stage = 'active'"
    assert query(other, live) == [(len(MODELS),)]


def _count_runs(database: Path) -> int:
    try:
        return len(query(database, "select 1 from runs"))
    except sqlite3.OperationalError:
        return 0


def test_lost_database_is_made_anew(finished: Place, database: Path, tmp_path: Path) -> None:
    """`snakemake all` without mlflow.db logs everything again and computes nothing."""
    entries, first = finished.entries(), read_runs(database)
    for path in finished.folder.glob("mlflow.db*"):
        shutil.move(path, tmp_path)
    try:
        said = finished.make("all")
    except AssertionError:
        shutil.move(tmp_path / "mlflow.db", database)
        raise
    assert planned_jobs(said) == {"track": 1}
    assert finished.entries() == entries
    again = read_runs(database)
    assert comparable(again) == comparable(first)
    assert {run["id"] for run in again.values()}.isdisjoint(run["id"] for run in first.values())


@pytest.fixture
def server(finished: Place) -> Iterator[str]:
    """`mlflow ui` on a free port of this machine, on the database of the finished run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["mlflow", "ui", "--backend-store-uri", "sqlite:///mlflow.db"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with finished.started(*command):
        yield f"http://127.0.0.1:{port}"


def test_ui_lists_the_experiment(server: str) -> None:
    request = urllib.request.Request(
        f"{server}/api/2.0/mlflow/experiments/search",
        data=b'{"max_results": 10}',
        headers={"Content-Type": "application/json"},
    )
    end = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                found = json.load(answer)
            break
        except OSError:
            assert time.monotonic() < end, "mlflow ui does not answer"
            time.sleep(0.2)
    assert "tiny" in {experiment["name"] for experiment in found["experiments"]}
