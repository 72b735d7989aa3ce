"""`snakemake batch`: shards as jobs, on one machine or a cluster, and their table."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from micfp.casework.batch.kept import SUFFIX
from micfp.casework.batch.running import Batch, join, open_batch, run_missing, run_shard
from micfp.casework.batch.shards import files_of_manifest
from micfp.config.batch import BatchConfig
from micfp.errors import MicfpError

PLAN = Path(".micfp/batch.json")
"""The section `batch` that was planned: jobs on a node read no other parameters."""
FOLDER = Path("results/batch")
TABLE = Path("results/batch.parquet")
MARKERS = Path("results/.published")
"""A file says which shards the table holds: an older table is not taken for it."""


@dataclass(frozen=True)
class Planned:
    """What `snakemake batch` makes: paths of the files of all shards, and of a marker."""

    shards: list[str]
    marker: str


def plan_batch(config: BatchConfig) -> Planned:
    """Plan the shards; jobs are told by a file what is asked.

    Raises
    ------
    MicfpError
        No manifest, or what `open_batch` raises.
    """
    batch, files = _opened(config)
    PLAN.parent.mkdir(exist_ok=True)
    PLAN.write_text(config.model_dump_json())
    names = [one.name for one in batch.shards(files)]
    marker = MARKERS / f"batch-{hashlib.sha256(repr(names).encode()).hexdigest()[:16]}"
    if not TABLE.exists():
        marker.unlink(missing_ok=True)
    return Planned([str(FOLDER / (name + SUFFIX)) for name in names], str(marker))


def run_planned_shard(name: str) -> None:
    """Find the rows of a shard.

    Raises
    ------
    MicfpError
        What was planned has changed since.
    """
    batch, files = _opened(_planned())
    number = name.partition("-")[0]
    own = batch.shard(files, int(number)) if number.isdecimal() else None
    if own is None or own.name != name:
        raise MicfpError(
            f"shard {name}: the manifest, the case or the calibration has changed since this was "
            "planned; start snakemake batch again"
        )
    run_shard(own, batch, FOLDER)


def join_planned() -> Path:
    """Join all shards; those of which a file has changed since are found anew."""
    batch, files = _opened(_planned())
    shards = batch.shards(files)
    run_missing(shards, batch, FOLDER)
    join(shards, FOLDER, batch.config, TABLE)
    return TABLE


def _planned() -> BatchConfig:
    try:
        return BatchConfig.model_validate_json(PLAN.read_bytes())
    except (OSError, ValueError):
        raise MicfpError(f"{PLAN}: nothing was planned; start snakemake batch") from None


def _opened(config: BatchConfig) -> tuple[Batch, list[str]]:
    if config.manifest is None:
        raise MicfpError(
            "batch.manifest is not set: give a CSV with a column path, as in --config "
            """batch='{"manifest": "files.csv"}'"""
        )
    return open_batch(config), files_of_manifest(config.manifest)
