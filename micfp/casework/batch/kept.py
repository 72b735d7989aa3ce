"""What was found in a shard, in a file: a JSON object per row, which needs no library to read."""

import json
from collections.abc import Sequence
from pathlib import Path

from micfp.casework.batch.rows import Row
from micfp.written import written_whole

SUFFIX = ".jsonl"
STATE = {"size_bytes", "modified_ns"}
"""What every row has: by these a file that changed since is known."""


def write_rows(rows: Sequence[Row], path: Path) -> None:
    """Write the rows of a shard, whole or not at all.

    Raises
    ------
    MicfpError
        The folder cannot be written to.
    """
    with written_whole(path, "the rows") as part:
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def read_rows(path: Path) -> list[Row]:
    """Read the rows of a shard.

    Raises
    ------
    OSError
        The file is not there.
    ValueError
        It was damaged.
    """
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if not all(isinstance(row, dict) and row.keys() >= STATE for row in rows):
        raise ValueError("a row without the state of its file")
    return rows
