"""Finds what is asked in shard after shard, and joins them into one table."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from micfp.audio import isolated
from micfp.casework.batch.kept import SUFFIX, read_rows, write_rows
from micfp.casework.batch.rows import Asked, Cell, Row, columns, file_of, row_maker
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

SUFFIXES = (".csv", ".parquet")


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
    config = batch.config
    row = row_maker(config.what, batch.model, batch.asked, config.channel)
    rows: list[Row] = []
    for path, found in zip(shard.files, isolated(row, shard.files), strict=True):
        if isinstance(found, MicfpError):
            found = file_of(path) | {"refused": str(found)}
        rows.append(_filled(found, config))
    write_rows(rows, folder / (shard.name + SUFFIX))


def _filled(found: Row, config: BatchConfig) -> Row:
    """All columns in their order, each of its type; None where nothing was found."""
    row: Row = {}
    for name, own in columns(config.what).items():
        cell = found.get(name)
        row[name] = None if cell is None else own(cell)
    return row


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
    try:
        kept = read_rows(folder / (shard.name + SUFFIX))
    except (OSError, ValueError):
        return False
    return [_state(row) for row in kept] == [_state(file_of(path)) for path in shard.files]


def _state(row: Row) -> tuple[Cell, Cell]:
    return row["size_bytes"], row["modified_ns"]


def join(shards: Sequence[Shard], folder: Path, config: BatchConfig, out: Path) -> None:
    """Write the rows of all shards into one table, whole or not at all; a shard is held at a time.

    Raises
    ------
    MicfpError
        A suffix other than .csv and .parquet, or a place that cannot be written to.
    """
    check_out(out)
    write = _write_csv if out.suffix == ".csv" else _write_parquet
    with written_whole(out, "the table") as part:
        part.parent.mkdir(parents=True, exist_ok=True)
        write((read_rows(folder / (one.name + SUFFIX)) for one in shards), config, part)


def check_out(out: Path) -> None:
    """Raise MicfpError for a table of another kind than is written."""
    if out.suffix not in SUFFIXES:
        raise MicfpError(f"{out}: give a table that ends in {' or '.join(SUFFIXES)}")
    if out.suffix == ".parquet":
        import pyarrow.parquet  # noqa: F401  # where it is not installed, that is said before the work


def _write_parquet(shards: Iterator[list[Row]], config: BatchConfig, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    schema = pa.schema([(name, types[own]) for name, own in columns(config.what).items()])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in shards:
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _write_csv(shards: Iterator[list[Row]], config: BatchConfig, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns(config.what))
        for rows in shards:
            writer.writerows([_of_spreadsheet(cell) for cell in row.values()] for row in rows)


def _of_spreadsheet(cell: Cell) -> Cell:
    """Text that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
