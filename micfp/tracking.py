"""MLflow records of a run: the only import of mlflow.

One process writes them from the store. A run is known by the content address of its fit, so that
re-running logs nothing twice, and records that were lost can be written again.
"""

import functools
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.errors import MicfpError
from micfp.steps.run import read_cost
from micfp.steps.targets import RESULTS, Order, read_order, tracking_uri
from micfp.store import entry_path, locked

if TYPE_CHECKING:
    from mlflow import MlflowClient

ADDRESS = "micfp.address"
PARENT = "mlflow.parentRunId"
MOST_PARAM_LENGTH = 500


@dataclass(frozen=True)
class Record:
    """One classifier's run as it is logged."""

    name: str
    address: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    figures: tuple[Path, ...]
    model: Path


def track(key: str | None) -> None:
    """Log the runs of an order (by default the last published) that MLflow lacks.

    Raises MicfpError where nothing was published, or the tracking server does not answer.
    """
    order = read_order(key or _last_published())
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # MLflow's own patience with a server that does not answer is several minutes.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    import mlflow
    from mlflow.exceptions import MlflowException

    uri = tracking_uri(order.params)
    mlflow.set_tracking_uri(uri)
    client = mlflow.MlflowClient(uri)
    try:
        with locked("mlflow"):
            logged = _log(client, order)
    except MlflowException as error:
        raise MicfpError(
            f"MLflow at {uri} refused: {' '.join(str(error).split())[:300]}; check "
            "MLFLOW_TRACKING_URI or tracking.uri, then run `micfp track`"
        ) from None
    print(f"MLflow {uri}, experiment {order.params.tracking.experiment}: {logged} runs logged")


def _last_published() -> str:
    for marker in sorted((RESULTS / ".published").glob("*")):
        if json.loads(marker.read_text())["target"] == "all":
            return marker.name
    raise MicfpError("nothing is published yet; run `snakemake all` first")


def _log(client: "MlflowClient", order: Order) -> int:
    """Write parent and runs that are not there; returns how many runs were written.

    The parent is whole before its first run, so that a kill never leaves a run without one.
    """
    experiment = _experiment(client, order.params.tracking.experiment)
    address = str(order.entries["evaluate"])
    there = _finished_addresses(client, experiment, address)
    parent = there.get(address) or _write_parent(client, experiment, order, address)
    new = [r for r in read_records(order) if f"{address}#{r.address}" not in there]
    for record in new:
        _write_run(client, experiment, parent, record, f"{address}#{record.address}")
    return len(new)


def _experiment(client: "MlflowClient", name: str) -> str:
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id) if found else str(client.create_experiment(name))


def _finished_addresses(client: "MlflowClient", experiment: str, order: str) -> dict[str, str]:
    """Run of each address of an order that is logged whole; what a kill cut off is deleted."""
    addresses: dict[str, str] = {}
    token = None
    while True:
        page = client.search_runs(
            [experiment], f"tags.`{ADDRESS}` LIKE '{order}%'", max_results=5000, page_token=token
        )
        for run in page:
            if run.info.status == "FINISHED":
                addresses[run.data.tags[ADDRESS]] = run.info.run_id
            else:
                _delete(client, experiment, run.info.run_id)
        token = page.token
        if not token:
            return addresses


def _delete(client: "MlflowClient", experiment: str, run: str) -> None:
    for model in client.search_logged_models([experiment], f"source_run_id = '{run}'"):
        client.delete_logged_model(model.model_id)
    client.delete_run(run)


def read_records(order: Order) -> list[Record]:
    """What there is to log of an order, from the store alone."""
    import pandas as pd

    from micfp.evaluation.metrics import SCALAR_METRICS

    folder = order.path("evaluate")
    models = pd.read_csv(folder / "models.csv").set_index("model")
    figures = order.path("figures")
    names = [
        f"{prefix}{name}{suffix}"
        for prefix in ("", "recording_")
        for name in SCALAR_METRICS
        for suffix in ("", "_low", "_high")
    ]
    names += ["inner", "train_accuracy", "shuffled_accuracy", "n_train", "n_test"]
    records = []
    for name, address in order.entries["fits"].items():
        row = models.loc[name]
        metrics = {n: float(row[n]) for n in names if pd.notna(row[n])}
        cost = read_cost(*str(address).split("/"))
        metrics |= {f"cost.{n}": v for n, v in cost.items() if isinstance(v, float)}
        records.append(
            Record(
                name,
                str(address),
                _fit_params(order, str(address)) | {"chosen": str(bool(row["chosen"]))},
                metrics,
                _provenance() | {"micfp.data": _data_of(str(address))},
                tuple(sorted(figures.glob(f"*_{name}.png"))),
                order.path("fits", name) / "model",
            )
        )
    return records


def _fit_params(order: Order, address: str) -> dict[str, str]:
    """The parameters a fit read, flat: `model.name`, `classifier.C`, `split.kind`, ..."""
    from micfp.steps.task import read_spec

    about = json.loads((entry_path(*address.split("/")) / "model" / "model.json").read_text())
    params = dict(read_spec(*address.split("/")).params)
    nested = {
        "model": {"name": params["model"], "classifier": params["classifier"]},
        params["classifier"]: params["hyperparameters"],
        "preparation": params["preparation"],
        "split": params["split"],
        "features": about["features"],
        "segments": about["segments"],
        "target": params["target"],
        "seed": params["seed"],
        "corpus": {"name": order.params.corpus.name, "reader": order.params.corpus.reader},
    }
    return _flat(nested)


def _flat(value: Any, prefix: str = "") -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {prefix: str(value)[:MOST_PARAM_LENGTH]}
    flat: dict[str, str] = {}
    for name, inner in value.items():
        flat |= _flat(inner, f"{prefix}.{name}" if prefix else str(name))
    return flat


def _data_of(address: str) -> str:
    """Content address of the data set that a fit learned from."""
    from micfp.steps.task import read_spec

    return "/".join(read_spec(*address.split("/")).entry("dataset").parts[-2:])


def _provenance() -> dict[str, str]:
    """Tags that say of which code a run is."""
    return {"micfp.git_revision": git_revision()}


@functools.cache
def git_revision() -> str:
    """Revision of the checkout, with `-dirty` where files differ from it; "unknown" outside git."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()


def _write_parent(client: "MlflowClient", experiment: str, order: Order, address: str) -> str:
    import time

    from mlflow.entities import Metric, Param

    data = {f"micfp.data.{name}": str(a) for name, a in order.entries["datasets"].items()}
    run = client.create_run(
        experiment,
        tags={ADDRESS: address, **_provenance(), **data},
        run_name=order.params.report.title,
    )
    chosen = json.loads((order.path("evaluate") / "chosen.json").read_text())
    params = _flat(order.params.model_dump(mode="json", include={"seed", "target", "split"}))
    params["chosen"] = chosen["model"]
    now = int(time.time() * 1000)
    client.log_batch(
        run.info.run_id,
        metrics=[Metric(n, v, now, 0) for n, v in chosen.items() if isinstance(v, float)],
        params=[Param(n, v) for n, v in params.items()],
    )
    for path in sorted(order.path("figures").glob("*.png")):
        client.log_artifact(run.info.run_id, str(path), "figures")
    for path in sorted(order.path("evaluate").glob("*.csv")):
        client.log_artifact(run.info.run_id, str(path), "tables")
    client.set_terminated(run.info.run_id)
    return str(run.info.run_id)


def _write_run(
    client: "MlflowClient",
    experiment: str,
    parent: str,
    record: Record,
    address: str,
) -> None:
    import time

    from mlflow.entities import Metric, Param

    run = client.create_run(
        experiment,
        tags={ADDRESS: address, PARENT: parent, **record.tags},
        run_name=record.name,
    )
    now = int(time.time() * 1000)
    client.log_batch(
        run.info.run_id,
        metrics=[Metric(n, v, now, 0) for n, v in record.metrics.items()],
        params=[Param(n, v) for n, v in record.params.items()],
    )
    for path in record.figures:
        client.log_artifact(run.info.run_id, str(path), "figures")
    _log_model(run.info.run_id, record)
    client.set_terminated(run.info.run_id)


def _log_model(run_id: str, record: Record) -> None:
    """The model as MLflow keeps models, with its signature; and the folder that micfp loads."""
    import mlflow
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    from micfp.models.persistence import TYPES, load

    fitted = load(record.model / "model.skops")
    n_columns = int(fitted.pipeline.n_features_in_)
    signature = ModelSignature(
        Schema([TensorSpec(np.dtype(np.float32), (-1, n_columns))]),
        Schema([TensorSpec(np.dtype(np.str_), (-1,))]),
    )
    with mlflow.start_run(run_id=run_id):
        mlflow.sklearn.log_model(
            fitted.pipeline,
            name=record.name,
            serialization_format="skops",
            skops_trusted_types=sorted(set().union(*TYPES.values())),
            signature=signature,
            pip_requirements=["micfp", "scikit-learn", "skops"],
        )
        mlflow.log_artifacts(str(record.model), "micfp_model")
