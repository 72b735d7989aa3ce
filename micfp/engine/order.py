"""What one run publishes, where, and what is there of it."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micfp.config import Params
from micfp.engine import store
from micfp.engine.packing import HOME, job_file
from micfp.engine.records import addresses_in
from micfp.errors import MicfpError

RESULTS = Path("results")
MARKERS = RESULTS / ".published"
REPORT = RESULTS / "report.html"


@dataclass(frozen=True)
class Order:
    """What one run publishes: the target, addresses of results by role, and its parameters.

    sections: of the parameters, that its results depend on; None: all.
    """

    target: str
    entries: Mapping[str, Any]
    params: Params
    sections: frozenset[str] | None = None

    def path(self, *role: str) -> Path:
        """Folder of the result with this role, e.g. `("fits", "svc-thesis-plain")`."""
        found: Any = self.entries
        for name in role:
            found = found[name]
        return store.store_root() / str(found)

    def check_whole(self) -> None:
        """Make sure that what is published is as it was written.

        Raises MicfpError that names what is not.
        """
        for address in self.addresses():
            step, _, key = address.partition("/")
            store.check_whole(step, key)

    @property
    def folder(self) -> Path:
        """Where it is published."""
        return RESULTS if self.target == "all" else RESULTS / self.target.replace("-", "_")

    def addresses(self) -> list[str]:
        """Of all its results."""
        return addresses_in(self.entries)

    def content(self) -> dict[str, Any]:
        """What makes it this order: plain data for its key and its `run.json`."""
        params = self.params.model_dump(
            mode="json", include=None if self.sections is None else set(self.sections)
        )
        return {"target": self.target, "entries": self.entries, "params": params}

    @property
    def key(self) -> str:
        """Names its marker and its job."""
        key = store.digest(self.content())
        return f"features-{key}" if self.target == "features" else key


def read_order(key: str) -> Order:
    """Read what a run publishes."""
    try:
        content = json.loads(job_file("publish", key).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MicfpError(f"{key}: no such order; run snakemake") from None
    sections = content["sections"]
    return Order(
        content["target"],
        content["entries"],
        Params.model_validate(content["params"]),
        None if sections is None else frozenset(sections),
    )


def forget_published(target: str) -> None:
    """A kill must not leave an older run of a target looking published."""
    for marker in MARKERS.glob("*"):
        if json.loads(marker.read_text())["target"] == target:
            marker.unlink()


@contextlib.contextmanager
def in_change(target: str) -> Iterator[None]:
    """What is published of a target changes in the block; a note of it outlives a kill."""
    note = note_of_change(target)
    store.write_whole(note, "")
    forget_published(target)
    yield
    note.unlink()


def note_of_change(target: str) -> Path:
    """Is there while what is published of a target changes."""
    return HOME / "publishing" / target


def database(uri: str) -> Path | None:
    """The file of a SQLite address; None for a server."""
    return Path(uri.removeprefix("sqlite:///")) if uri.startswith("sqlite:///") else None


def tracking_uri(params: Params) -> str:
    """Where runs are logged: `$MLFLOW_TRACKING_URI`, or `tracking.uri`.

    A file is that of the checkout, also where DVC runs an experiment in a directory of its own.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI") or params.tracking.uri
    file = database(uri)
    if file is None or Path.cwd() == store.checkout():
        return uri
    return f"sqlite:///{store.checkout() / file}"
