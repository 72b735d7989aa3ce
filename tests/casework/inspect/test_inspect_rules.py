"""Planted inconsistencies are said, each by its own rule; whole files raise none."""

from pathlib import Path

import pytest
from planted import PLANTED, clean_ones

from micfp.casework.inspect.inspecting import inspect_file
from micfp.casework.inspect.rules.findings import Findings
from micfp.casework.inspect.rules.registry import RULES


def broken(path: Path) -> dict[str, str]:
    """Names of the rules that find something, and their sentences."""
    inspection = inspect_file(path)
    findings = Findings(inspection)
    found = {rule.__name__: rule(findings) for rule in RULES}
    said = {name: sentence for name, sentence in found.items() if sentence is not None}
    assert inspection.inconsistencies == tuple(said.values())
    return said


@pytest.mark.parametrize("what", PLANTED)
def test_what_was_planted_is_found_and_nothing_else(what: str, tmp_path: Path) -> None:
    plant, expected = PLANTED[what]
    path = plant(tmp_path / "take")
    found = broken(path)
    assert found.keys() == expected, found
    assert all(": consistent with " in sentence for sentence in found.values())


def test_every_rule_has_a_file_that_breaks_it() -> None:
    planted = set.union(*(expected for _, expected in PLANTED.values()))
    assert planted == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize("kind", clean_ones())
def test_tags_that_fit_raise_none(kind: str, tmp_path: Path) -> None:
    assert broken(clean_ones()[kind](tmp_path / "take")) == {}


def test_real_phones_raise_none(shared_data: Path) -> None:
    recordings = sorted((shared_data / "ccnu_mobile").glob("*_1.wav"))[::3]
    assert len(recordings) == 10
    assert {path.name: broken(path) for path in recordings if broken(path)} == {}


def test_the_page_lists_every_rule() -> None:
    page = (Path(__file__).parents[3] / "docs" / "inspect.md").read_text(encoding="utf-8")
    rows = {" ".join(str(rule.__doc__).split()).rstrip(".") for rule in RULES}
    assert {row for row in rows if f"| {row} |" not in page} == set()
