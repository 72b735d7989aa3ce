"""What one run publishes, where, and what is there of it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micfp.engine import store
from micfp.engine.packing import job_file
from micfp.engine.places import RESULTS, database, folder_name
from micfp.engine.records import addresses_in
from micfp.errors import MicfpError
from micfp.plan.params import Params


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
        return RESULTS if self.target == "all" else RESULTS / folder_name(self.target)

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


def tracking_uri(params: Params) -> str:
    """Where runs are logged: `$MLFLOW_TRACKING_URI`, or `tracking.uri`.

    A file is that of the checkout, also where DVC runs an experiment in a directory of its own.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI") or params.tracking.uri
    file = database(uri)
    if file is None or Path.cwd() == store.checkout():
        return uri
    return f"sqlite:///{store.checkout() / file}"
