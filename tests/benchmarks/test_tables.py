"""The script of the tables: it prints, and changes README and docs only where asked to."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "tables.py"
TABLE = (
    "| model | random | by session |\n| --- | ---: | ---: |\n| lda-ltas-plain | 0.980 | 0.880 |\n"
)
PAGE = "Before\n<!-- bench_splits -->\nold\n<!-- end -->\nAfter\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout's pages, two with the block, and results of two splits."""
    (tmp_path / "docs" / "results").mkdir(parents=True)
    (tmp_path / "docs" / "fingerprint.md").write_text("other blocks\n")
    for name in ("README.md", "docs/results/microphone.md"):
        (tmp_path / name).write_text(PAGE)
    rows = [("random", 0.98), ("by_session", 0.88)]
    table = pd.DataFrame([{"model": "lda-ltas-plain", "split": s, "accuracy": a} for s, a in rows])
    (tmp_path / "results" / "tables").mkdir(parents=True)
    table.to_csv(tmp_path / "results" / "tables" / "split_comparison_splits.csv", index=False)
    return tmp_path


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(SCRIPT), *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_it_prints_and_changes_nothing(folder: Path) -> None:
    for words in (("bench_splits",), ("bench_splits", "results")):
        done = run(folder, *words)
        assert (done.returncode, done.stdout, done.stderr) == (0, TABLE, "")
    assert (folder / "README.md").read_text() == PAGE
    assert (folder / "docs" / "results" / "microphone.md").read_text() == PAGE


def test_it_writes_where_asked(folder: Path) -> None:
    done = run(folder, "bench_splits", "--write")
    assert (done.returncode, done.stdout) == (0, TABLE)
    assert (
        done.stderr
        == "README.md: bench_splits written\ndocs/results/microphone.md: bench_splits written\n"
    )
    for name in ("README.md", "docs/results/microphone.md"):
        assert (folder / name).read_text() == PAGE.replace("old\n", TABLE)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("bench",),
            "results/tables/models.csv: not there; run the commands above the table first",
        ),
        (("no_such_table",), "invalid choice: 'no_such_table'"),
        ((), "the following arguments are required: BLOCK"),
    ],
)
def test_what_is_wrong_is_said(folder: Path, words: tuple[str, ...], said: str) -> None:
    done = run(folder, *words)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_table_without_its_place_is_not_lost(folder: Path) -> None:
    """Printed, and then said."""
    for name in ("README.md", "docs/results/microphone.md"):
        (folder / name).write_text("nothing here\n")
    done = run(folder, "bench_splits", "--write")
    assert done.stdout == TABLE
    assert done.stderr == "no block bench_splits in README.md or a page of docs/\n"
