"""A CSV that lists recordings and their labels."""

import codecs
import csv
import difflib
import io
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.corpora.table import (
    CHECK,
    COLUMNS,
    FORMULA,
    columns_of,
    label,
    recordings_table,
    refuse_shared_names,
)
from micfp.errors import MicfpError, printable

if TYPE_CHECKING:
    import pandas as pd

FILE_NAME = "recordings.csv"
NEEDED = ("path", "device")
EXCEL_SEPARATOR = re.compile(r'"?sep=([,;\t])"?\s*', re.IGNORECASE)
ESCAPED = re.compile(rb"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})")
WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")

Lines = dict[int, dict[str, str]]
"""The cells of a CSV's rows, by their line number in the file."""


def read(root: Path, target: str = "device") -> "pd.DataFrame":
    """Recordings table of a CSV, or of the `recordings.csv` in a folder.

    The CSV is UTF-8, with commas, semicolons or tabs, and a header: `path` and `device`, and any of
    `make`, `model`, `unit`, `session`, `content`. Of other columns that of the target is read, and
    becomes the last of the table. Relative paths start at the CSV's folder. What one line says of a
    device's make, model and unit holds for all of its lines.

    Raises MicfpError, with the file and the line, for a CSV that cannot be read, a missing or
    misspelt column, an empty or missing path, a path listed twice, an empty device, a device with
    two makes, models or units, and two devices that are one unit of one model or share one name.
    """
    file = root / FILE_NAME if root.is_dir() else root
    columns = columns_of(target)
    lines = _read_lines(file, columns)
    for number, row in lines.items():
        for column in NEEDED:
            if not row[column].strip():
                raise MicfpError(f"{file}, line {number}: {column} is empty")
        row["path"] = _on_disk(file, number, row["path"])
    _check_paths(file, lines)
    refuse_shared_names({row["device"]: row["device"] for row in lines.values()}, file)
    _agree_on_devices(file, lines)
    return recordings_table(lines.values(), columns)


def write(table: "pd.DataFrame", file: Path, target: str = "device") -> None:
    """Write a recordings table as a CSV that `read` gives back, wherever the CSV lies.

    Paths below the CSV's folder are written relative to it, all others absolute; what is no text in
    a path is escaped.
    Raises MicfpError where the file cannot be written.
    """
    folder = os.path.abspath(file.parent)
    written = table[list(columns_of(target))].copy()
    paths = [_path_from(folder, os.path.abspath(path)) for path in table["path"]]
    written["path"] = [printable(f"./{p}" if p.startswith(FORMULA) else p) for p in paths]
    try:
        written.to_csv(file, index=False, encoding="utf-8")
    except OSError as error:
        raise MicfpError(f"{file}: cannot be written ({error.strerror or error})") from None


def _path_from(folder: str, path: str) -> str:
    below = os.path.commonpath([folder, path]) == folder
    return os.path.relpath(path, folder) if below else path


def _read_lines(file: Path, columns: Sequence[str]) -> Lines:
    header, *rows = _cells(file) or [(1, [])]
    names = [label(name).lower() for name in header[1]]
    _check_header(file, names, columns)
    lines: Lines = {}
    for number, cells in rows:
        if len(cells) != len(names):
            hint = "; a cell with a comma in it, as in 1,5, needs quotes" * (
                len(cells) > len(names)
            )
            raise MicfpError(
                f"{file}, line {number}: has {len(cells)} cells, and the header has {len(names)}"
                f"{hint}"
            )
        # A path is kept to the letter: labels are for people, paths for the file system.
        lines[number] = {
            name: cell if name == "path" else label(cell)
            for name, cell in zip(names, cells, strict=True)
            if name in columns
        }
    if not lines:
        raise MicfpError(f"{file}: lists no recordings")
    return lines


def _cells(file: Path) -> list[tuple[int, list[str]]]:
    """The rows of a CSV that hold anything, each with the number of its last line."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise MicfpError(f"{file}: is no regular file, and so no CSV of recordings")
        content = file.read_bytes()
        wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except FileNotFoundError:
        raise MicfpError(f"{file}: there is no such CSV of recordings; {CHECK}") from None
    except OSError as error:
        raise MicfpError(f"{file}: may not be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise MicfpError(f"{file}: is not UTF-8 text; save the CSV as UTF-8") from None
    first = text.split("\n", 1)[0]
    excel = EXCEL_SEPARATOR.fullmatch(first)
    delimiter = excel[1] if excel else max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
        return rows[1:] if excel else rows
    except csv.Error as error:
        raise MicfpError(f"{file}, line {reader.line_num}: not readable as CSV: {error}") from None


def _check_header(file: Path, names: list[str], columns: Sequence[str]) -> None:
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise MicfpError(
            f"{file}: has no column {' and no column '.join(missing)}; its header needs path and "
            f"device, and may have {', '.join(COLUMNS[2:])} "
            f"(there: {', '.join(names) or 'nothing'})"
        )
    for name in columns[len(COLUMNS) :]:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.8)
            hint = f"the nearest is {near[0]}" if near else f"there: {', '.join(names)}"
            raise MicfpError(
                f"{file}: has no column {name}, which target names ({hint}); add it, or choose "
                "another target"
            )
    for name in names:
        if names.count(name) > 1 and name in columns:
            raise MicfpError(f"{file}: has the column {name} twice")
        near = difflib.get_close_matches(name, COLUMNS, n=1, cutoff=0.8)
        if name not in columns and near:
            raise MicfpError(
                f"{file}: unknown column {name!r}: the nearest right one is {near[0]!r}"
            )


def _on_disk(file: Path, number: int, cell: str) -> str:
    """The path that a cell names: as it is written, or as other systems and programs write it."""
    name = cell.strip()
    composed = [unicodedata.normalize(form, name) for form in ("NFC", "NFD")]
    spellings = [cell, name, *composed, _unescaped(name), name.replace("\\", "/")]
    paths = [str(file.parent / spelling) for spelling in spellings]
    found = next((path for path in paths if os.path.lexists(path)), None)
    if found is None and WINDOWS.match(name):
        raise MicfpError(
            f"{file}, line {number}: {name} is a path of a Windows machine, and this is none; give "
            "paths from the folder of the CSV"
        )
    return found or paths[1]


def _unescaped(name: str) -> str:
    """A path whose characters `printable` has escaped."""

    def meant(found: re.Match[bytes]) -> bytes:
        byte, character = found.groups()
        return (
            bytes([int(byte, 16)]) if byte else chr(int(character, 16)).encode("utf-8", "replace")
        )

    return os.fsdecode(ESCAPED.sub(meant, os.fsencode(name)))


def _check_paths(file: Path, lines: Lines) -> None:
    line_of: dict[str, int] = {}
    for number, row in lines.items():
        path = row["path"]
        if not os.path.isfile(path):
            kind = "no regular file" if os.path.exists(path) else "not there"
            kind = "a folder" if os.path.isdir(path) else kind
            raise MicfpError(
                f"{file}, line {number}: {path} is {kind}; every path names a recording"
            )
        first = line_of.setdefault(os.path.normpath(path), number)
        if first != number:
            raise MicfpError(f"{file}, line {number}: {path} is on line {first} too")


def _agree_on_devices(file: Path, lines: Lines) -> None:
    """Give every line what any line knows of its device; refuse lines that disagree."""
    for column in ("make", "model", "unit"):
        known: dict[str, tuple[str, int]] = {}
        for number, value, device in _values(lines, column):
            first, first_number = known.setdefault(device, (value, number))
            if value != first:
                raise MicfpError(
                    f"{file}, line {number}: the device {device!r} has the {column} {value!r}, and "
                    f"{first!r} on line {first_number}; a device has one"
                )
        for row in lines.values():
            row[column] = known.get(row["device"], ("", 0))[0]
    device_of_unit: dict[tuple[str, str], str] = {}
    for number, row in lines.items():
        if row["model"] and row["unit"]:
            other = device_of_unit.setdefault((row["model"], row["unit"]), row["device"])
            if other != row["device"]:
                raise MicfpError(
                    f"{file}, line {number}: the devices {other!r} and {row['device']!r} are both "
                    f"unit {row['unit']!r} of the model {row['model']!r}; number the units"
                )


def _values(lines: Lines, column: str) -> Iterator[tuple[int, str, str]]:
    """Line number, value and device of the lines that have a value in the column."""
    for number, row in lines.items():
        if row.get(column):
            yield number, row[column], row["device"]
