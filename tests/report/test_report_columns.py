"""Published tables, read and shown by their columns."""

import math
from pathlib import Path

import pytest

from micfp.errors import MicfpError
from micfp.report.blocks import pivot, show
from micfp.report.columns import (
    ESTIMATE,
    FLAG,
    NUMBER,
    TEXT,
    Column,
    groups,
    read_rows,
    unshown,
)
from micfp.report.numbers import decimals

COLUMNS = (
    Column("device", "Device", TEXT),
    Column("n", "Segments", format=decimals(0)),
    Column("accuracy", "Accuracy", ESTIMATE),
    *unshown(FLAG, "chosen"),
    Column("", "Twice", format=lambda row: f"{2 * row['n']:g}"),
    *unshown(NUMBER, "memory_mb", optional=True),
)


def written(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text)
    return path


def test_cells_are_of_their_kind(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "device,n,accuracy,accuracy_low,accuracy_high,chosen,other\n"
        "007,3,0.5,0.4,0.6,True,x\nNA,,0.25,,,,y\n",
    )
    first, second = read_rows(path, COLUMNS)
    assert math.isnan(first.pop("memory_mb"))
    assert first == {
        **{"device": "007", "n": 3.0, "chosen": True},
        **{"accuracy": 0.5, "accuracy_low": 0.4, "accuracy_high": 0.6},
    }
    assert (second["device"], second["chosen"]) == ("NA", None)
    assert math.isnan(second["n"])
    shown = show("Two.", COLUMNS, [first, second], marks_chosen=True)
    assert shown.columns == ("Device", "Segments", "Accuracy", "Twice")
    assert shown.rows == (
        ("007", "3", "0.50 (0.40\N{EN DASH}0.60)", "6"),
        ("NA", "\N{EN DASH}", "0.25", "nan"),
    )
    assert (shown.numeric, shown.marked) == ({1, 2, 3}, {0})


def test_what_is_not_declared_is_read_only_where_asked(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n1,2\n")
    assert read_rows(path, (Column("a"),)) == [{"a": 1.0}]
    assert read_rows(path, (Column("a"),), others=TEXT) == [{"a": 1.0, "b": "2"}]


@pytest.mark.parametrize("text", ["", "\n", "a\n"])
def test_a_table_may_be_empty(text: str, tmp_path: Path) -> None:
    assert read_rows(written(tmp_path, text), (Column("a"),)) == []
    assert read_rows(tmp_path / "nothing.csv", (Column("a"),)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("b\n1\n", "table.csv: has no column a; run snakemake again"),
        ("a\nx\n", "table.csv: not a readable table"),
        ("a,b\n1\n", "table.csv: not a readable table"),
        ("a\n1,2\n", "table.csv: not a readable table"),
        ('a\n"1\n', "table.csv: not a readable table"),
    ],
)
def test_a_damaged_table_is_named(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match=said):
        read_rows(written(tmp_path, text), (Column("a"), Column("b", kind=TEXT, optional=True)))


def test_groups_keep_the_order_of_the_rows() -> None:
    rows = [{"a": 2, "b": 1}, {"a": 1, "b": 1}, {"a": 2, "b": 3}]
    assert groups(rows, "a") == {2: [rows[0], rows[2]], 1: [rows[1]]}
    assert list(groups(rows, "a", "b")) == [(2, 1), (1, 1), (2, 3)]


def test_a_pivot_has_a_column_for_each_value() -> None:
    columns = (Column("room", "Room", TEXT), Column("accuracy", format=decimals(1)))
    rows = [
        {"room": "hall", "model": "lda", "accuracy": 0.5},
        {"room": "yard", "model": "svc", "accuracy": 0.25},
        {"room": "hall", "model": "svc", "accuracy": 1.0},
    ]
    shown = pivot("Rooms.", columns, rows, ("room",), "model", "accuracy", str.upper)
    assert shown.columns == ("Room", "LDA", "SVC")
    assert shown.rows == (("hall", "0.5", "1.0"), ("yard", "", "0.2"))
