"""How to repeat what is published: a command and its parameters for every target."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from test_section_paper import row, write

from micfp.plan.params import Params, parse_params
from micfp.report.blocks import Code, Fold, Points, Text
from micfp.report.published import read_published
from micfp.report.section_repeat import repeat
from micfp.studies.networks.names import EXPERIMENTS
from micfp.studies.registry import STUDIES


def commands(results: Path) -> list[str]:
    return [
        sentence
        for block in repeat(read_published(results, STUDIES)).blocks
        if isinstance(block, Points)
        for sentence in block.sentences
    ]


@pytest.mark.parametrize("target", EXPERIMENTS)
def test_an_experiment_alone_names_its_target(target: str, tmp_path: Path) -> None:
    write(tmp_path, target, [row("lda-ltas-plain", 0.25)])
    assert commands(tmp_path) == [f"<code>snakemake -j2 {target}</code>"]
    titles = [
        b.title for b in repeat(read_published(tmp_path, STUDIES)).blocks if isinstance(b, Fold)
    ]
    assert titles == [f"Parameters of {target}"]


def test_the_printed_parameters_are_those_of_the_run_preset_and_all(new_results: Any) -> None:
    results = new_results()
    # as a preset would have it
    results.params = Params.model_validate({"seed": 7, "paper": {"corpora": {"mine": {}}}})
    results.params = results.params.model_dump(mode="json")
    results.write_study("paper-table5", {"methods.csv": [row("lda-ltas-plain", 0.25)]}, [])
    (printed,) = [
        inner.text
        for block in repeat(read_published(results.folder, STUDIES)).blocks
        if isinstance(block, Fold)
        for inner in block.blocks
        if isinstance(inner, Code)
    ]
    assert parse_params(yaml.safe_load(printed)) == Params.model_validate(results.params)


def test_each_target_has_its_command(new_results: Any) -> None:
    results = new_results()
    folder = results.write()
    results.write_search()
    write(folder, "units", [row("lda-ltas-plain", 0.25)])
    assert commands(folder) == [
        f"<code>snakemake -j2 {target}</code>" for target in ("all", "grid", "units")
    ]


def test_where_nothing_was_run_no_command_is_left_open(tmp_path: Path) -> None:
    first = repeat(read_published(tmp_path, STUDIES)).blocks[0]
    assert isinstance(first, Text)
    assert "Nothing is published here yet" in first.text
    assert "then run" not in first.text
    assert commands(tmp_path) == []
