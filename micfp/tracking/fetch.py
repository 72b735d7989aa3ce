"""A model from MLflow, by its address there, as the folder that micfp loads."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.engine.places import database
from micfp.errors import MicfpError
from micfp.tracking.client import MODEL_FOLDER, connected

if TYPE_CHECKING:
    from mlflow import MlflowClient

SCHEMES = ("models:/", "runs:/")
FORMS = "models:/NAME@ALIAS, models:/NAME/VERSION or runs:/RUN"

# What MLflow answers for a name, alias or run that is not there.
NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


def is_address(model: str) -> bool:
    """Whether this is the address of a model in MLflow, not a folder."""
    return model.startswith(SCHEMES)


@contextlib.contextmanager
def fetched(address: str, uri: str) -> Iterator[Path]:
    """Download a model from the MLflow at `uri`; its folder is there until the block ends.

    Nothing of it is run or kept. Raises MicfpError where there is no such model, MLflow does not
    answer, or the block finds the model damaged.
    """
    file = database(uri)
    if file is not None and not file.exists():
        raise MicfpError(
            f"{address}: no MLflow database at {file}; run the pipeline, or say where it is with "
            "MLFLOW_TRACKING_URI"
        )
    with tempfile.TemporaryDirectory(prefix="micfp-model-") as place:
        then = "is MLFLOW_TRACKING_URI (or tracking.uri) right, and the server up?"
        with connected(uri, then=then) as client:
            run, path = _where(client, address)
            folder = _download(client, address, run, path, place)
        try:
            yield folder
        except MicfpError as error:
            said = str(error).replace(f"{folder}/", "").removeprefix(f"{folder}: ")
            raise MicfpError(f"{address}: {said}") from None


def _where(client: "MlflowClient", address: str) -> tuple[str, str]:
    """The run that holds the model, and the folder among its artifacts."""
    scheme, _, rest = address.partition(":/")
    if scheme == "runs":
        run, _, path = rest.strip("/").partition("/")
        return run, path or MODEL_FOLDER
    name, at, alias = rest.partition("@")
    name, _, version = (name, "", "") if at else rest.rpartition("/")
    if not name or not (alias or version.isdigit()):
        raise MicfpError(f"{address}: no address of a model; there are {FORMS}")
    return _run_of(client, address, name, alias, version), MODEL_FOLDER


def _run_of(client: "MlflowClient", address: str, name: str, alias: str, version: str) -> str:
    """The run that a version of a registered model is of."""
    from mlflow.exceptions import MlflowException

    try:
        if alias:
            found = client.get_model_version_by_alias(name, alias)
        else:
            found = client.get_model_version(name, version)
    except MlflowException as error:
        if error.error_code not in NOT_THERE:
            raise
        models = {model.name: model for model in client.search_registered_models()}
        if name not in models:
            there = f"there are {', '.join(models)}" if models else "there is none yet"
            raise MicfpError(f"{address}: no registered model {name!r}; {there}") from None
        wanted = f"alias {alias!r}" if alias else f"version {version}"
        aliases = ", ".join(map(repr, models[name].aliases)) or "no alias at all"
        raise MicfpError(f"{address}: {name!r} has no {wanted}; it has {aliases}") from None
    if not found.run_id:
        raise MicfpError(f"{address}: not a model of micfp: it belongs to no run")
    return str(found.run_id)


def _download(client: "MlflowClient", address: str, run: str, path: str, place: str) -> Path:
    from mlflow.exceptions import MlflowException

    try:
        there = client.list_artifacts(run, path)
    except MlflowException as error:
        if error.error_code not in NOT_THERE:
            raise
        raise MicfpError(f"{address}: there is no run {run!r}") from None
    if not there:
        raise MicfpError(
            f"{address}: the run {run} has no folder {path}; of a search only the best keep models"
        )
    return Path(client.download_artifacts(run, path, place))
