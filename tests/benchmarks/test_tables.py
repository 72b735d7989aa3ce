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
METRICS = ("accuracy", "precision_macro", "recall_macro", "f1_macro")
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


def test_contents_in_turn(tmp_path: Path) -> None:
    """A table of the methods and one of their pairs for each comparison."""
    study = tmp_path / "results" / "readings"
    study.mkdir(parents=True)
    estimate = {"accuracy": 0.9, "accuracy_low": 0.8, "accuracy_high": 0.95}
    counts = {"n_correct": 118, "n_recordings": 120}
    rows = [
        {"corpus": "peepholes", "method": name, **estimate, **counts, "n_parameters": size}
        for name, size in (("half", 165_000), ("half_peepholes", 167_832))
    ]
    pair = {"corpus": "peepholes", "first": "half_peepholes", "second": "half"}
    shares = {"difference": 0.012, "low": -0.003, "high": 0.031}
    counted = {"first_only": 2, "second_only": 1, "p": 1.0, "p_adjusted": 1.0}
    pd.DataFrame(rows).to_csv(study / "methods.csv", index=False)
    pd.DataFrame([pair | shares | counted]).to_csv(study / "pairs.csv", index=False)
    done = run(tmp_path, "readings")
    assert done.returncode == 0, done.stderr
    for line in (
        "**peepholes**",
        "| half peepholes | 0.900 (0.800-0.950) | 118 of 120 | 167832 |",
        "| half peepholes / half | 1.2 (-0.3 to 3.1) | 2, 1 | 1.00 |",
    ):
        assert line in done.stdout.splitlines()


def test_what_is_no_papers_training_is_not_called_so(tmp_path: Path) -> None:
    """Epochs, whose weights were kept, where it was trained, and how much of it the paper has."""
    study = tmp_path / "results" / "paper_transfer"
    study.mkdir(parents=True)
    names = [f"{p}{m}" for p in ("", "recording_") for m in METRICS]
    estimates = {f"{name}{end}": 0.5 for name in names for end in ("", "_low", "_high")}
    counts = {"n_classes": 21, "n_train": 294, "n_test": 147, "n_recordings": 21}
    row = {"corpus": "b", "method": "transformer", "source": "a", "layers": "mlp"}
    row |= {"fine_tuning": "paper_fine_tuning", "training": "", "audio_h": 1, "test_audio_h": 1}
    row |= {"converged": True, "device": "Some Card", **counts, **estimates}
    rows = [row | {"epochs": n, "kept_epoch": n} for n in (37, 300)]
    pd.DataFrame(rows).to_csv(study / "methods.csv", index=False)
    (study / "times.csv").write_text("model,fit_s\n")
    said = run(tmp_path, "paper_transfer").stdout
    assert "chance 0.048; trained on Some Card." in said
    short, whole = [line.split(" | ") for line in said.splitlines() if "transformer" in line]
    assert short[0] == "| transformer, from a, mlp again, paper's, 37 of 300 epochs"
    assert whole[0] == "| transformer, from a, mlp again, paper's"
    assert (short[-2], whole[-2]) == ("37 (37)", "300 (300)")
