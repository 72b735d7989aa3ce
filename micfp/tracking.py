"""MLflow records of a run: the only import of mlflow.

One process writes them from the store. A run is known by the content address of its fit, so that
re-running logs nothing twice, and records that were lost can be written again.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.errors import MicfpError
from micfp.steps.run import read_cost
from micfp.steps.targets import RESULTS, Order, read_order

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
    figures: tuple[Path, ...]
    model: Path


def track(key: str | None) -> None:
    """Log the runs of an order (by default the last published) that MLflow lacks.

    Raises MicfpError where nothing was published, or the tracking server does not answer.
    """
    order = read_order(key or _last_published())
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow
    from mlflow.exceptions import MlflowException

    uri = os.environ.get("MLFLOW_TRACKING_URI") or order.params.tracking.uri
    mlflow.set_tracking_uri(uri)
    client = mlflow.MlflowClient(uri)
    try:
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
    """Write parent and runs that are not there; returns how many were written."""
    experiment = _experiment(client, order.params.tracking.experiment)
    there = _finished_addresses(client, experiment)
    records = read_records(order)
    address = str(order.entries["evaluate"])
    tags = _provenance(order)
    parent = there.get(address)
    if parent is None:
        parent = _write_parent(client, experiment, order, address, tags)
    new = [r for r in records if f"{address}#{r.address}" not in there]
    for record in new:
        _write_run(client, experiment, parent, record, f"{address}#{record.address}", tags)
    client.set_terminated(parent)
    return len(new)


def _experiment(client: "MlflowClient", name: str) -> str:
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id) if found else str(client.create_experiment(name))


def _finished_addresses(client: "MlflowClient", experiment: str) -> dict[str, str]:
    """Run of each address that is logged whole; a run that a kill cut off is deleted."""
    addresses: dict[str, str] = {}
    token = None
    while True:
        page = client.search_runs([experiment], max_results=5000, page_token=token)
        for run in page:
            address = run.data.tags.get(ADDRESS)
            if address is None:
                continue
            if run.info.status == "FINISHED":
                addresses[address] = run.info.run_id
            else:
                client.delete_run(run.info.run_id)
        token = page.token
        if not token:
            return addresses


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
                tuple(sorted(figures.glob(f"*_{name}.png"))),
                order.path("fits", name) / "model",
            )
        )
    return records


def _fit_params(order: Order, address: str) -> dict[str, str]:
    """The parameters a fit read, flat: `model.name`, `classifier.C`, `split.kind`, ..."""
    from micfp.steps.task import read_spec

    about = json.loads((order_entry(address) / "model" / "model.json").read_text())
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


def order_entry(address: str) -> Path:
    """Folder of an address in the store."""
    from micfp.store import entry_path

    return entry_path(*address.split("/"))


def _flat(value: Any, prefix: str = "") -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {prefix: str(value)[:MOST_PARAM_LENGTH]}
    flat: dict[str, str] = {}
    for name, inner in value.items():
        flat |= _flat(inner, f"{prefix}.{name}" if prefix else str(name))
    return flat


def _provenance(order: Order) -> dict[str, str]:
    """Tags that say of which data and which code a run is."""
    digests = {name: str(a).split("/")[1] for name, a in order.entries["datasets"].items()}
    return {
        "micfp.git_revision": git_revision(),
        **{f"micfp.data.{name}": digest for name, digest in digests.items()},
    }


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


def _write_parent(
    client: "MlflowClient", experiment: str, order: Order, address: str, tags: Mapping[str, str]
) -> str:
    from mlflow.entities import Param

    run = client.create_run(
        experiment, tags={ADDRESS: address, **tags}, run_name=order.params.report.title
    )
    chosen = json.loads((order.path("evaluate") / "chosen.json").read_text())
    params = _flat(order.params.model_dump(mode="json", include={"seed", "target", "split"}))
    params["chosen"] = chosen["model"]
    client.log_batch(run.info.run_id, params=[Param(n, v) for n, v in params.items()])
    for path in sorted(order.path("figures").glob("*.png")):
        client.log_artifact(run.info.run_id, str(path), "figures")
    for path in sorted(order.path("evaluate").glob("*.csv")):
        client.log_artifact(run.info.run_id, str(path), "tables")
    return str(run.info.run_id)


def _write_run(
    client: "MlflowClient",
    experiment: str,
    parent: str,
    record: Record,
    address: str,
    tags: Mapping[str, str],
) -> None:
    import time

    from mlflow.entities import Metric, Param

    run = client.create_run(
        experiment,
        tags={ADDRESS: address, PARENT: parent, **tags},
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
            skops_trusted_types=sorted(TYPES),
            signature=signature,
            pip_requirements=["micfp", "scikit-learn", "skops"],
        )
        mlflow.log_artifacts(str(record.model), "micfp_model")
