"""Of which code and which data a run is."""

import functools
import subprocess
from pathlib import Path
from typing import Any

from micfp.engine.run import read_cost
from micfp.fingerprint.provenance import Provenance
from micfp.plan.order import Order
from micfp.tables import read_table


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


def dvc_revision(root: Path | None) -> str:
    """What DVC calls the version of the recordings below `root`; "none" where it has none of them.

    It is the digest in the `.dvc` file of the root or of a folder around it. `dvc.lock` would not
    do: while a stage of DVC runs, it is still that of the stage before.
    """
    import yaml

    if root is None:
        return "none"
    for folder in (root.absolute(), *root.absolute().parents):
        file = folder.parent / f"{folder.name}.dvc"
        if not file.is_file():
            continue
        try:
            (out,) = yaml.safe_load(file.read_text(encoding="utf-8"))["outs"]
            kinds: dict[str, Any] = out
            return str(kinds[kinds.get("hash", "md5")])
        except (KeyError, TypeError, ValueError, OSError, yaml.YAMLError):
            return "unknown"
    return "none"


def provenance_of(order: Order, address: str) -> Provenance:
    """What a model at an address of the store, fitted by a run, says of itself."""
    made = read_cost(*address.split("/")).get("ended")
    params = order.params
    return Provenance(
        params.corpus.name,
        None if made is None else str(made),
        params.evaluation.decision,
        left_out_of(order),
    )


def left_out_of(order: Order) -> tuple[str, ...]:
    """Devices (or what else is named) of which the check left no recording."""
    if "quality" not in order.entries:
        return order.params.corpus.left_out
    recordings, kept = (
        read_table(order.path("quality") / f"{table}.parquet") for table in ("recordings", "kept")
    )
    every = recordings[order.params.target].astype(str)
    gone = set(every) - set(every[recordings["path"].isin(kept["path"])])
    return tuple(sorted({*gone, *order.params.corpus.left_out}))
