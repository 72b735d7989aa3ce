"""What tests read from an MLflow database: runs with all that is logged of them, the champion."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tiny_pipeline import digests


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
        steps = query(database, f"select key, step, value from metrics where run_uuid = '{run}'")
        data = query(
            database,
            "select name, digest from datasets join inputs on source_id = dataset_uuid "
            f"where destination_id = '{run}'",
        )
        runs[name] = {"id": run, "status": status, "artifacts": artifacts, **pairs}
        runs[name] |= {"steps": sorted(steps), "data": data}
    return runs


def folder_of(run: Mapping[str, Any], served: Path | None = None) -> Path:
    """Where the artifacts of a run lie; `served` is the folder that a server keeps them in."""
    place = str(run["artifacts"])
    if served is None:
        return Path(place)
    assert place.startswith("mlflow-artifacts:/"), place
    return served / place.removeprefix("mlflow-artifacts:/")


def comparable(runs: dict[str, dict[str, Any]], served: Path | None = None) -> dict[str, Any]:
    """Runs without ids, places and measured times."""
    parent = {run["id"]: name for name, run in runs.items()}
    return {
        name: {
            "status": run["status"],
            "params": run["params"],
            "metrics": {k: v for k, v in run["metrics"].items() if not k.startswith("cost.")},
            "tags": run["tags"]
            | {"mlflow.parentRunId": parent.get(run["tags"].get("mlflow.parentRunId"))},
            "steps": [row for row in run["steps"] if not row[0].startswith("cost.")],
            "data": run["data"],
            "artifacts": sorted(digests(folder_of(run, served))),
        }
        for name, run in runs.items()
    }


def count_runs(database: Path) -> int:
    """How many runs were begun."""
    try:
        return len(query(database, "select 1 from runs"))
    except sqlite3.OperationalError:
        return 0


def champion(database: Path, name: str) -> dict[str, Any]:
    """The version that the alias is on: its run and its tags."""
    ((version, run),) = query(
        database,
        "select v.version, v.run_id from registered_model_aliases a join model_versions v "
        f"using (name, version) where a.alias = 'champion' and name = '{name}'",
    )
    tags = query(
        database,
        f"select key, value from model_version_tags where name = '{name}' and version = {version}",
    )
    return {"version": version, "run": run, **dict(tags)}
