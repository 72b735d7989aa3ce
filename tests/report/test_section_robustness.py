"""What the report says of models under degradations, from tables as they are published."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from test_section_paper import sentences, tables

from micfp.report.blocks import Section
from micfp.report.published import read_published
from micfp.studies.registry import STUDIES
from micfp.studies.robustness import robustness

MODEL = "lda-ltas-plain"


def row(condition: str, accuracy: float, trained: str, seen: bool) -> dict[str, Any]:
    """A row of conditions.csv; the family is the condition's name up to its dash."""
    return {
        **{"corpus": "phones", "model": MODEL, "trained": trained, "condition": condition},
        **{"family": condition.partition("-")[0], "seen": seen, "accuracy": accuracy},
        **{"accuracy_low": accuracy - 0.05, "accuracy_high": accuracy + 0.05},
        **{"recording_accuracy": 1.0, "n_recordings": 30, "n_classes": 5, "converged": True},
    }


def section(results: Path, rows: list[dict[str, Any]], **params: Mapping[str, Any]) -> Section:
    folder = results / "robustness"
    folder.mkdir(parents=True)
    pd.DataFrame(rows).to_csv(folder / "conditions.csv", index=False)
    trainings = dict.fromkeys(row["trained"] for row in rows)
    choices = [
        {"corpus": "phones", "model": MODEL, "trained": name, "inner": 0.9, "chosen": True}
        for name in trainings
    ]
    pd.DataFrame(choices).to_csv(folder / "choices.csv", index=False)
    content = {"params": {"evaluation": {"confidence": 0.95}} | params, "entries": {}}
    (folder / "run.json").write_text(json.dumps(content))
    return robustness(read_published(results, STUDIES))


def test_the_mean_is_over_families_that_were_never_met(tmp_path: Path) -> None:
    rows = [
        row("clean", 0.9, "copies", seen=False),
        row("noise-20", 0.2, "copies", seen=True),
        row("codec-a", 0.7, "copies", seen=False),
        row("codec-b", 0.5, "copies", seen=False),
    ]
    # (0.7 + 0.5) / 2; the noise was trained with
    assert sentences(section(tmp_path, rows)) == (
        f"{MODEL}, trained on copies: 0.90 of clean segments, 0.60 on average over 2 conditions of "
        "families that it never met; least codec-b 0.50, codec-a 0.70."
    )


def test_where_every_family_was_trained_with_there_is_no_mean(tmp_path: Path) -> None:
    rows = [
        row("clean", 0.9, "clean", seen=False),
        row("noise-20", 0.2, "clean", seen=False),
        row("clean", 0.8, "copies", seen=False),
        row("noise-20", 0.7, "copies", seen=True),
    ]
    found = section(tmp_path, rows)
    clean, copies = sentences(found).splitlines()
    assert "0.20 on average over 1 condition of families that it never met" in clean
    assert copies == (
        f"{MODEL}, trained on copies: 0.80 of clean segments; the family of every condition was "
        "trained with, so that none was new to it."
    )
    assert len(tables(found)[0].rows) == 2


def test_the_confidence_is_that_of_the_run(tmp_path: Path) -> None:
    rows = [row("clean", 0.9, "clean", seen=False), row("noise-20", 0.2, "clean", seen=False)]
    found = section(tmp_path, rows, evaluation={"confidence": 0.995})
    assert "with 99.5\N{NO-BREAK SPACE}% intervals over recordings" in tables(found)[0].caption
