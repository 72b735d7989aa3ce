"""Finds what is asked in shard after shard, and joins them into one table."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.audio import isolated
from micfp.casework.batch.rows import Asked, Row, columns, file_of, row_maker
from micfp.casework.batch.shards import Shard, shard_of, shards_of
from micfp.casework.case_file import open_case
from micfp.config.batch import BatchConfig
from micfp.corpora.table import FORMULA
from micfp.errors import MicfpError
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model
from micfp.fingerprint.weighed.compare import Devices
from micfp.fingerprint.weighed.weighing import load_weighing
from micfp.progress import progress
from micfp.written import written_whole

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".parquet", ".csv")


@dataclass(frozen=True)
class Batch:
    """What is asked about many files.

    Attributes
    ----------
    config
        As in `params.yaml`.
    model
        Takes the fingerprints.
    asked
        Devices that identify asks about; None: it is not asked.
    hangs_on
        Digests of model, calibration and case.
    """

    config: BatchConfig
    model: FingerprintModel
    asked: Asked | None
    hangs_on: tuple[str, ...]

    def shards(self, files: Sequence[str]) -> list[Shard]:
        """Files in shards."""
        return list(shards_of(files, self.config, self.hangs_on))

    def shard(self, files: Sequence[str], number: int) -> Shard | None:
        """One of the shards, without a look at the others; None: there are fewer."""
        return shard_of(files, self.config, self.hangs_on, number)


def open_batch(config: BatchConfig) -> Batch:
    """Load what the rows hang on.

    Raises
    ------
    MicfpError
        `identify` is asked, and there is no case, nobody enrolled, or another model.
    """
    import hashlib

    if "identify" not in config.what:
        loaded = load_model(SHIPPED)
        return Batch(config, loaded.model, None, (loaded.sha256,))
    weighing = load_weighing(config.sitting, population=config.population)
    loaded = weighing.loaded
    with open_case(config.case) as opened:
        devices, _ = opened.enrolled(loaded.sha256)
    enrolled = Devices(loaded.model, [one.fingerprints for one in devices], weighing.sitting)
    digest = hashlib.sha256()
    for device in devices:
        for reference in device.references:
            digest.update(f"{device.name}\0{reference.recording.sha256}\0".encode())
    asked = Asked(weighing, tuple(one.name for one in devices), enrolled)
    hangs_on = (loaded.sha256, weighing.calibration_sha256, digest.hexdigest())
    return Batch(config, loaded.model, asked, hangs_on)


def run_shard(shard: Shard, batch: Batch, folder: Path) -> None:
    """Find the rows of a shard and write its file, whole or not at all.

    A file that cannot be read is a row with a reason.

    Raises
    ------
    MicfpError
        The folder cannot be written to.
    """
    import pyarrow.parquet as pq

    config = batch.config
    row = row_maker(config.what, batch.model, batch.asked, config.channel)
    rows: list[Row] = []
    for path, found in zip(shard.files, isolated(row, shard.files), strict=True):
        if isinstance(found, MicfpError):
            found = file_of(path) | {"refused": str(found)}
        rows.append(found)
    with written_whole(folder / f"{shard.name}.parquet", "the rows") as part:
        part.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(_table(rows, config), part, compression="zstd")


def run_missing(shards: Sequence[Shard], batch: Batch, folder: Path) -> None:
    """Run the shards that are not there, or of which a file has changed since."""
    missing = [one for one in shards if not is_done(one, folder)]
    n_files = sum(len(one.files) for one in missing)
    for _ in progress(_each_file(missing, batch, folder), n_files, "files"):
        pass


def _each_file(missing: Sequence[Shard], batch: Batch, folder: Path) -> Iterator[str]:
    for shard in missing:
        run_shard(shard, batch, folder)
        yield from shard.files


def is_done(shard: Shard, folder: Path) -> bool:
    """Whether a shard's file is there, and its files are what they were."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(
            folder / f"{shard.name}.parquet", columns=["size_bytes", "modified_ns"]
        )
    except (OSError, pa.ArrowInvalid):
        return False
    now = [file_of(path) for path in shard.files]
    return bool(
        table["size_bytes"].to_pylist() == [one["size_bytes"] for one in now]
        and table["modified_ns"].to_pylist() == [one["modified_ns"] for one in now]
    )


def join(shards: Sequence[Shard], folder: Path, config: BatchConfig, out: Path) -> None:
    """Write the rows of all shards into one table, whole or not at all; a shard is held at a time.

    Raises
    ------
    MicfpError
        A suffix other than .parquet and .csv, or a place that cannot be written to.
    """
    check_out(out)
    write = _write_csv if out.suffix == ".csv" else _write_parquet
    with written_whole(out, "the table") as part:
        part.parent.mkdir(parents=True, exist_ok=True)
        write(_tables(shards, folder), config, part)


def check_out(out: Path) -> None:
    """Raise MicfpError for a table of another kind than is written."""
    if out.suffix not in SUFFIXES:
        raise MicfpError(f"{out}: give a table that ends in {' or '.join(SUFFIXES)}")


def _tables(shards: Sequence[Shard], folder: Path) -> "Iterator[pa.Table]":
    import pyarrow.parquet as pq

    for shard in shards:
        yield pq.read_table(folder / f"{shard.name}.parquet")


def _write_parquet(tables: "Iterator[pa.Table]", config: BatchConfig, path: Path) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, _schema(config), compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)


def _write_csv(tables: "Iterator[pa.Table]", config: BatchConfig, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns(config.what))
        for table in tables:
            writer.writerows(
                [_of_spreadsheet(cell) for cell in row.values()] for row in table.to_pylist()
            )


def _of_spreadsheet(cell: object) -> object:
    """Text that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _schema(config: BatchConfig) -> "pa.Schema":
    import pyarrow as pa

    types = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    return pa.schema([(name, types[own]) for name, own in columns(config.what).items()])


def _table(rows: Sequence[Row], config: BatchConfig) -> "pa.Table":
    import pyarrow as pa

    return pa.Table.from_pylist([dict(one) for one in rows], schema=_schema(config))
