"""The MLflow database or server, and what it answers when something is wrong."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.engine.places import database
from micfp.engine.store import locked
from micfp.errors import MicfpError

if TYPE_CHECKING:
    from mlflow import MlflowClient

MODEL_FOLDER = "micfp_model"
"""Folder among a run's artifacts that holds what micfp loads."""

# MLflow's own patience with a server that does not answer is several minutes.
SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
}

UNREACHABLE = "failed with exception"


def make_database(file: Path) -> None:
    """Make an empty SQLite database, whole or not at all, where there is none.

    MLflow makes one in fifty steps of which each is for good: one that a kill cut off, or that two
    processes make at once, can never be opened again.
    """
    from mlflow.store.tracking import DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with locked("mlflow-database"):
        if file.exists():
            return
        for left in file.parent.glob(f".{file.name}-*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=f".{file.name}-", dir=file.parent) as beside:
            fresh = Path(beside) / file.name
            root = DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH
            made = SqlAlchemyStore(f"sqlite:///{fresh}", root)  # type: ignore[no-untyped-call]
            made.engine.dispose()
            os.replace(fresh, file)


@contextlib.contextmanager
def connected(uri: str, *, then: str) -> Iterator["MlflowClient"]:
    """Speak with the database or server at `uri`.

    What it refuses in the block becomes a MicfpError whose sentence ends with `then`: what to do.
    Any address of MLflow will do: `sqlite:///FILE`, `http://HOST:PORT`, `postgresql://...`.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    import mlflow
    from mlflow.exceptions import MlflowException

    refusals: tuple[type[Exception], ...] = (MlflowException,)
    if not uri.startswith("http"):
        from sqlalchemy.exc import SQLAlchemyError

        refusals += (SQLAlchemyError,)
    try:
        file = database(uri)
        if file is not None and not file.exists() and os.access(file.parent, os.W_OK):
            make_database(file)
        mlflow.set_tracking_uri(uri)
        yield mlflow.MlflowClient(uri)
    except refusals as error:
        said = " ".join(str(error).split())
        if UNREACHABLE in said:
            raise MicfpError(f"MLflow at {uri} does not answer; {then}") from None
        said = said[:300].rstrip(".")
        raise MicfpError(f"MLflow at {uri} refused: {said}; {then}") from None
