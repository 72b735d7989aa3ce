"""Writing runs to MLflow: one process, explicit calls, nothing lost and nothing doubled.

A run is known by its parent and the content address of what it logs. The parent is created first
and ended last: an order whose parent has ended is logged whole. A run that a kill cut off is
deleted and written again.
"""

import json
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from micfp.engine.places import MARKERS
from micfp.engine.pulled import Pulled
from micfp.engine.store import checkout, locked
from micfp.errors import MicfpError
from micfp.fingerprint.provenance import FILE as PROVENANCE
from micfp.plan.order import Order, read_order, tracking_uri
from micfp.tracking.client import MODEL_FOLDER, connected
from micfp.tracking.records import ADDRESS, WHY, Data, Record, Records
from micfp.tracking.registry import promote
from micfp.tracking.view import address, set_view

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Run

PARENT = "mlflow.parentRunId"
JUDGED = "micfp.judged"  # of a row of a comparison whose figures are all there
# What MLflow takes in one call.
MOST_PARAMS = 100
MOST_ENTITIES = 1000
PAGE = 1000

T = TypeVar("T")


@dataclass(frozen=True)
class Tracked:
    """How a target is logged: `read` gives its runs; `trained` says that they are trainings.

    Trainings may have runs already, with the curves that were logged while they ran.
    """

    read: Callable[[Order], Records]
    trained: bool = False


def track(key: str | None, targets: Mapping[str, Tracked]) -> None:
    """Log the runs of an order (by default those last published) that MLflow lacks.

    targets: how each target is logged.

    Raises MicfpError where nothing was published, or the tracking server does not answer.
    """
    for name in [key] if key else _published(targets):
        order = read_order(name)
        Pulled().take_back_all(order.target)
        tracked = targets[order.target]
        records = tracked.read(order)
        write = log_comparison if tracked.trained else log
        uri, experiment = tracking_uri(order.params), order.params.tracking.experiment
        then = "check MLFLOW_TRACKING_URI or tracking.uri, then run `micfp track`"
        with connected(uri, then=then) as client, locked("mlflow"):
            logged = write(client, experiment, records)
            number = experiment_number(client, experiment)
            set_view(client, number)
        print(f"MLflow {uri}, experiment {experiment}: {logged} runs logged; see {address(number)}")


def _published(targets: Container[str]) -> list[str]:
    """Keys of the published orders that are tracked."""
    markers = sorted(MARKERS.glob("[!.]*"))
    target_of = {path.name: json.loads(path.read_text())["target"] for path in markers}
    keys = sorted((k for k, t in target_of.items() if t in targets), key=lambda k: target_of[k])
    if not keys:
        raise MicfpError("nothing is published yet; run `snakemake all` first")
    return keys


def log(client: "MlflowClient", experiment: str, records: Records) -> int:
    """Write what is not there of an order's runs, and promote its model; how many were written."""
    number = experiment_number(client, experiment)
    parent = find(client, number, {ADDRESS: records.parent.address})
    written = 0
    if parent is None or parent.info.status != "FINISHED":
        there = set() if parent is None else _whole_runs(client, number, parent.info.run_id)
        if parent is None:
            parent = _create(client, number, records.parent, None)
        parent_id = str(parent.info.run_id)
        _fill(client, parent_id, records.parent, int(parent.info.start_time))
        for record in records.runs:
            if record.address not in there:
                _write(client, number, parent_id, record)
                written += 1
        _end(client, parent_id, records.parent)
    if records.chosen is not None:
        run = _run_of(client, number, parent, records.chosen.address)
        if run is not None:
            promote(client, experiment, run, records.chosen)
    return written


def _run_of(client: "MlflowClient", experiment: str, parent: "Run", address: str) -> "Run | None":
    """The run of an address: a parent, or one under it."""
    if parent.data.tags[ADDRESS] == address:
        return parent
    return find(client, experiment, {ADDRESS: address, PARENT: parent.info.run_id})


def log_comparison(client: "MlflowClient", experiment: str, records: Records) -> int:
    """Write the table of a comparison, and what its rows lack; how many runs were written.

    A row has one run, whichever tables it is in: that of its training with the curves, where it was
    logged while it ran.
    """
    number = experiment_number(client, experiment)
    written = 0
    for record in (*records.runs, records.parent):
        run = find(client, number, {ADDRESS: record.address})
        if run is not None and run.data.tags.get(JUDGED):
            continue
        run = _create_or_complete(client, number, record, run, None)
        client.set_tag(run.info.run_id, JUDGED, "yes")
        _end(client, run.info.run_id, record)
        written += 1
    return written


def experiment_number(client: "MlflowClient", name: str) -> str:
    """Number of the experiment of that name, which is made where it is not there."""
    found = client.get_experiment_by_name(name)
    if found:
        return str(found.experiment_id)
    place = None
    if client.tracking_uri.startswith("sqlite:") and Path.cwd() != checkout():
        place = str(checkout() / "mlruns" / name)  # DVC removes the folder of an experiment
    return str(client.create_experiment(name, place))


def find(client: "MlflowClient", experiment: str, tags: Mapping[str, str]) -> "Run | None":
    """The run with these tags, if there is one."""
    wanted = " AND ".join(f"tags.`{name}` = '{value}'" for name, value in tags.items())
    found = client.search_runs([experiment], wanted, max_results=1)
    return found[0] if found else None


def _whole_runs(client: "MlflowClient", experiment: str, parent: str) -> set[str]:
    """Addresses of the runs under a parent that are whole; what a kill cut off is deleted."""
    addresses = set()
    token = None
    while True:
        page = client.search_runs(
            [experiment], f"tags.`{PARENT}` = '{parent}'", max_results=PAGE, page_token=token
        )
        for run in page:
            failed_fit = run.info.status == "FAILED" and WHY in run.data.tags
            if run.info.status == "FINISHED" or failed_fit:
                addresses.add(run.data.tags[ADDRESS])
            else:
                _delete(client, experiment, run.info.run_id)
        token = page.token
        if not token:
            return addresses


def _delete(client: "MlflowClient", experiment: str, run: str) -> None:
    for model in client.search_logged_models([experiment], f"source_run_id = '{run}'"):
        client.delete_logged_model(model.model_id)
    client.delete_run(run)


def _write(client: "MlflowClient", experiment: str, parent: str, record: Record) -> None:
    """Write one run under its parent; a training's, which was logged while it ran, goes there."""
    logged = _of_training(client, experiment, record.address)
    run = _create_or_complete(client, experiment, record, logged, parent)
    _end(client, run.info.run_id, record)


def _create_or_complete(
    client: "MlflowClient", experiment: str, record: Record, run: "Run | None", parent: str | None
) -> "Run":
    """A run with all of a record; one that a training has logged keeps its own parameters."""
    if run is None:
        run = _create(client, experiment, record, parent)
    else:
        for name, value in (dict(record.tags) | ({PARENT: parent} if parent else {})).items():
            client.set_tag(run.info.run_id, name, value)
        record = replace(record, params={})
    _fill(client, run.info.run_id, record, int(run.info.start_time))
    return run


def _of_training(client: "MlflowClient", experiment: str, address: str) -> "Run | None":
    """The run that a training logged, where no parent has it yet."""
    if not address.startswith("train/"):
        return None
    runs = client.search_runs([experiment], f"tags.`{ADDRESS}` = '{address}'")
    return next((run for run in runs if PARENT not in run.data.tags), None)


def _create(client: "MlflowClient", experiment: str, record: Record, parent: str | None) -> "Run":
    tags = dict(record.tags) | {ADDRESS: record.address}
    tags |= {PARENT: parent} if parent else {}
    tags |= {WHY: record.why} if record.why else {}
    begin_ms = None if record.span is None else record.span.begin_ms
    return client.create_run(experiment, begin_ms, tags, record.name)


def _end(client: "MlflowClient", run: str, record: Record) -> None:
    """End a run when what it stands for had ended."""
    end_ms = None if record.span is None else record.span.end_ms
    client.set_terminated(run, "FAILED" if record.why else None, end_ms)


def _fill(client: "MlflowClient", run: str, record: Record, time_ms: int) -> None:
    """Everything of a run but its tags; done twice with the same time it is there once."""
    from mlflow.entities import Metric, Param

    metrics = [Metric(n, v, time_ms, 0) for n, v in record.metrics.items()]
    metrics += [
        Metric(name, value, time_ms + fold, fold)
        for name, folds in record.folds.items()
        for fold, value in folds
    ]
    params = [Param(n, v) for n, v in record.params.items()]
    client.log_batch(run, metrics[: MOST_ENTITIES - MOST_PARAMS], params[:MOST_PARAMS])
    for part in _parts(metrics[MOST_ENTITIES - MOST_PARAMS :], MOST_ENTITIES):
        client.log_batch(run, metrics=part)
    for some in _parts(params[MOST_PARAMS:], MOST_PARAMS):
        client.log_batch(run, params=some)
    if record.data:
        client.log_inputs(run, [_dataset(data) for data in record.data])
    for folder, paths in (
        ("figures", record.figures),
        ("tables", record.tables),
        (MODEL_FOLDER, record.model_files),
    ):
        for path in paths:
            client.log_artifact(run, str(path), folder)
    if record.model is not None:
        _log_model(client, run, record.name, record.model)
        if record.calibration is not None:
            client.log_artifacts(run, str(record.calibration), MODEL_FOLDER)
        if record.provenance is not None:
            said = record.provenance.as_json()
            client.log_text(run, said, f"{MODEL_FOLDER}/{PROVENANCE}")


def _parts(values: Sequence[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])


def _dataset(data: Data) -> "DatasetInput":
    """A data set by its content address, without its rows: those are in the store."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source = json.dumps({"uri": f"store:{data.address}"})
    digest = data.address.rpartition("/")[2]
    own = Dataset(name=data.name, digest=digest, source_type="micfp", source=source)
    return DatasetInput(own, [InputTag("mlflow.data.context", "training")])


def _log_model(client: "MlflowClient", run: str, name: str, folder: Path) -> None:
    """The model as MLflow keeps models, with its signature; and the folder that micfp loads."""
    import mlflow
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    from micfp.models.persistence import TYPES, load

    fitted = load(folder / "model.skops")
    n_columns = int(fitted.pipeline.n_features_in_)
    signature = ModelSignature(
        Schema([TensorSpec(np.dtype(np.float32), (-1, n_columns))]),
        Schema([TensorSpec(np.dtype(np.str_), (-1,))]),
    )
    client.log_artifacts(run, str(folder), MODEL_FOLDER)
    # The end of the block ends the run: nothing may come after it.
    with mlflow.start_run(run_id=run):
        mlflow.sklearn.log_model(
            fitted.pipeline,
            name=name,
            serialization_format="skops",
            skops_trusted_types=sorted(set().union(*TYPES.values())),
            signature=signature,
            pip_requirements=["micfp", "scikit-learn", "skops"],
        )
