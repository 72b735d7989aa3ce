"""Columns of tables: declared once, they say how a published file is read and how cells look."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from micfp.errors import MicfpError
from micfp.report.numbers import share_with_interval

Row = dict[str, Any]


class Kind(Enum):
    """What the cells of a column are."""

    TEXT = "text, as it is written: a device may be called `007` or `NA`"
    NUMBER = "a float; NaN where nothing is written"
    FLAG = "True, False, or None where nothing is written"
    ESTIMATE = "a share (0..1) with the ends of its interval, in NAME, NAME_low and NAME_high"


TEXT, NUMBER, FLAG, ESTIMATE = Kind


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name
        its name in the published file; empty where its cells are made of the whole row
    heading
        what stands above it in the report; empty where it is read and not shown
    kind
        what its cells are; text is set to the left
    format
        gives what is shown of a cell, or of the whole row where it has no name; an estimate is
        shown with its interval
    optional
        whether a file may lack it
    """

    name: str
    heading: str = ""
    kind: Kind = NUMBER
    format: Callable[[Any], str] = str
    optional: bool = False

    def shown(self, row: Row) -> str:
        """Its cell of a row, as text."""
        if self.kind is ESTIMATE:
            return share_with_interval(row, self.name)
        return self.format(row[self.name] if self.name else row)


def unshown(kind: Kind, *names: str, optional: bool = False) -> tuple[Column, ...]:
    """Columns that are read and not shown."""
    return tuple(Column(name, kind=kind, optional=optional) for name in names)


def read_rows(path: Path, columns: Sequence[Column], others: Kind | None = None) -> list[Row]:
    """Read a published table; without rows where it is not there.

    others: what columns hold that are not among `columns`; None: they are not read.

    Raises MicfpError where it is damaged or lacks a column.
    """
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            known, written = reader.fieldnames or (), list(reader)
        if any(None in (*row, *row.values()) for row in written):
            raise ValueError("a row is longer or shorter than the first")
    except (csv.Error, ValueError, OSError) as error:
        raise MicfpError(f"{path}: not a readable table ({error}); run snakemake again") from None
    for column in columns:
        if known and column.name and column.name not in known and not column.optional:
            raise MicfpError(f"{path}: has no column {column.name}; run snakemake again")
    if others is not None:
        named = {column.name for column in columns}
        columns = (*columns, *unshown(others, *(n for n in known if n not in named)))
    try:
        return [_typed(row, columns) for row in written]
    except ValueError as error:
        raise MicfpError(f"{path}: not a readable table ({error}); run snakemake again") from None


def _typed(written: dict[str, str], columns: Sequence[Column]) -> Row:
    row: Row = {}
    for column in columns:
        ends = ("", "_low", "_high") if column.kind is ESTIMATE else ("",) * bool(column.name)
        for name in (column.name + end for end in ends):
            text = written.get(name, "")
            if column.kind is TEXT:
                row[name] = text
            elif column.kind is FLAG:
                row[name] = None if text == "" else text == "True"
            else:
                row[name] = float("nan") if text == "" else float(text)
    return row


def groups(rows: Iterable[Row], *names: str) -> dict[Any, list[Row]]:
    """Rows by what they have in a column, or in several (a tuple), in the order of the rows."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        key = tuple(row[name] for name in names)
        found.setdefault(key if len(names) > 1 else key[0], []).append(row)
    return found
