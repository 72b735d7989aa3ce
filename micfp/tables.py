"""Tables between steps: Parquet files, written so that equal tables give equal bytes."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.errors import MicfpError, print_json, printable

if TYPE_CHECKING:
    import pandas as pd

LABELS = ("device", "make", "model", "unit", "session", "content")
NOT_FEATURES = ["segment", "recording", *LABELS, "start_sample", "stop_sample"]
"""Columns of a data set that stand before its features."""


def labels_of(target: str) -> tuple[str, ...]:
    """The labels of a table of recordings: LABELS, and the target where it is none of them."""
    return LABELS if target in LABELS else (*LABELS, target)


def features_in(columns: Iterable[Any], target: str) -> list[str]:
    """The columns of a data set that are features."""
    return [str(name) for name in columns if name not in NOT_FEATURES and name != target]


def write_table(table: "pd.DataFrame", path: Path) -> None:
    """Write a table as Parquet; its index is not kept."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), path, compression="zstd")


def read_table(path: Path, columns: list[str] | None = None) -> "pd.DataFrame":
    """Read a Parquet table (or some columns of it).

    Raises MicfpError for what is not a Parquet table.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table: pd.DataFrame = pq.read_table(path, columns=columns).to_pandas()
    except FileNotFoundError:
        raise MicfpError(f"{path}: there is no such table; run the pipeline first") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise MicfpError(
            f"{path}: not a readable Parquet table ({error}); if it is a result of micfp, run "
            "`micfp store verify`"
        ) from None
    return table


def rows_of(table: "pd.DataFrame") -> Iterator[Any]:
    """Rows of a table, one after the other, each with its columns as attributes."""
    yield from table.itertuples(index=False)


def print_table(table: "pd.DataFrame", as_json: bool) -> None:
    """Print a table for people, or a JSON object per row."""
    if as_json:
        for record in table.to_dict(orient="records"):
            print_json(record)
    else:
        text = table.map(lambda cell: printable(cell) if isinstance(cell, str) else cell)
        print(text.astype(table.dtypes).to_string(index=False, max_colwidth=60))
