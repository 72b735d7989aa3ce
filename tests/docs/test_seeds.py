"""The table of the two documents: every path and name in it exists, every figure has its page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from fences import CHECKOUT
from markdown_it import MarkdownIt
from understood import TARGETS

from micfp.degrade.registry import DEGRADATIONS
from micfp.features.frames import FRAME_FAMILIES
from micfp.features.registry import FAMILIES
from micfp.models.classifiers import CLASSIFIERS
from micfp.models.method_config import NETWORKS

PAGE = CHECKOUT / "docs" / "design" / "seeds.md"
STATES = ("built", "measured", "part", "not built", "claim not supported")
NUMBER = re.compile(r"(?<![\w.-])\d+\.\d+(?:e-?\d+)?(?![\w.]*\d)")
# How many parts a section has; "" is the document.
THESIS = {"": 9, "1": 3, "2": 4, "2.1": 6, "2.3": 6, "3": 8, "3.2": 3, "3.3": 3, "3.4": 5, "3.5": 3}
THESIS |= {"4": 6, "4.1": 3, "4.2": 3, "5": 3, "6": 3, "7": 5}
THESIS_FIGURES = {3: "ABCD", 4: "ABCDEF", 5: "ABCDEFGHIJK"}
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
PAPER = {"II": "ABC", "III": "AB", "IV": "ABC", "V": "ABCDEFGH"}
NAMED = {
    "The thesis": (
        "Abstract",
        *(f"{of}.{n}".lstrip(".") for of, count in THESIS.items() for n in range(1, count + 1)),
        *(f"Fig. {of}{letter}" for of, letters in THESIS_FIGURES.items() for letter in letters),
    ),
    "The paper": (
        *("Abstract", *ROMAN[:6], "IV-B.1", "IV-B.2", "IV-B.3", "V-G.1", "V-G.2"),
        *(f"{of}-{letter}" for of, letters in PAPER.items() for letter in letters),
        *(f"Table {number}" for number in ROMAN),
        *(f"Fig. {number}" for number in range(1, 11)),
        *(f"Eq. {number}" for number in range(1, 23)),
        *(f"Algorithm {number}" for number in range(1, 4)),
    ),
}


@dataclass(frozen=True)
class Row:
    """A row of a table: its cells as they are written, without links and code taken apart."""

    where: str
    says: str
    lives: str
    state: str

    @property
    def links(self) -> list[Path]:
        """The pages that the state points to."""
        found = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", self.state)
        return [(PAGE.parent / link).resolve() for link in found]

    @property
    def name(self) -> str:
        return next((state for state in STATES if self.state.startswith(state)), "")


def rows(document: str) -> list[Row]:
    """The rows of the table under a heading."""
    text = PAGE.read_text(encoding="utf-8").split(f"\n## {document}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")][1:]
    return [Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines]


ROWS = [*rows("The thesis"), *rows("The paper")]


def parts(row: Row) -> Iterator[str]:
    """What the first cell names, with ranges written out: `Eq. 2-5`, `Fig. 5A-5H`."""
    for part in row.where.split(", "):
        if found := re.match(r"(Eq\.) (\d+)-(\d+)", part):
            yield from (f"Eq. {n}" for n in range(int(found[2]), int(found[3]) + 1))
        elif found := re.match(r"Fig\. (\d)([A-K])-\1([A-K])", part):
            yield from (f"Fig. {found[1]}{chr(n)}" for n in range(ord(found[2]), ord(found[3]) + 1))
        else:
            yield re.sub(r" \((?:\d|RQ\d)\)$", "", part)


@cache
def parameters() -> tuple[dict[str, Any], ...]:
    """params.yaml and every preset."""
    files = [CHECKOUT / "params.yaml", *sorted((CHECKOUT / "workflow" / "presets").glob("*.yaml"))]
    return tuple(yaml.safe_load(file.read_text(encoding="utf-8")) for file in files)


def keys(value: Any) -> Iterator[str]:
    """Every key within a value."""
    if isinstance(value, dict):
        yield from map(str, value)
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from keys(inner)


@cache
def names() -> set[str]:
    """What a name without a path may be."""
    return {
        *(key for each in parameters() for key in keys(each)),
        *(file.stem for file in (CHECKOUT / "workflow" / "presets").glob("*.yaml")),
        *(TARGETS | FAMILIES.keys() | FRAME_FAMILIES.keys() | CLASSIFIERS.keys()),
        *(NETWORKS.keys() | DEGRADATIONS.keys()),
    }


def leads_somewhere(dotted: str, value: Any) -> bool:
    """Whether a parameter such as `preparations.NAME.select` exists; NAME is any one."""
    if not dotted:
        return True
    if isinstance(value, list):
        return any(leads_somewhere(dotted, inner) for inner in value)
    if not isinstance(value, dict):
        return False
    first, _, rest = dotted.partition(".")
    return any(
        leads_somewhere(rest, inner) for key, inner in value.items() if first in ("NAME", str(key))
    )


def is_known(code: str) -> bool:
    """Whether a path or name exists; commands are looked at in test_commands."""
    if code.startswith("micfp "):
        return True
    name = code.split(": ")[0]
    if "/" in name or (CHECKOUT / name).is_file():
        return (CHECKOUT / name).exists()
    if "." in name:
        return any(leads_somewhere(name, each) for each in parameters())
    return name in names()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.where)
def test_every_path_and_name_exists(row: Row) -> None:
    codes = [
        token.content
        for cell in (row.lives, row.state)
        for inline in MarkdownIt("commonmark").parse(cell)
        for token in inline.children or ()
        if token.type == "code_inline"
    ]
    assert [code for code in codes if not is_known(code)] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.where)
def test_every_state_is_one_and_has_what_it_needs(row: Row) -> None:
    """A measure has its page; a part has its point, or says that there is none."""
    assert row.name, row.state
    rest = row.state.removeprefix(row.name)
    if row.name == "measured":
        assert row.links
    elif row.name == "part":
        assert re.search(r"issues? 2(0\.\d|[12])|in no point of issue 20", rest), row.state
    elif row.name != "built":
        assert rest.strip(": ")


@pytest.mark.parametrize("row", [row for row in ROWS if row.links], ids=lambda row: row.where)
def test_every_figure_stands_on_a_page_that_the_row_links_to(row: Row) -> None:
    """Figures of the documents are in the cells before it; numbers of points are no figures."""
    pages = "\n".join(link.read_text(encoding="utf-8") for link in row.links)
    known = set(NUMBER.findall(f"{pages} {row.where} {row.says} {row.lives}"))
    ours = NUMBER.findall(re.sub(r"20\.\d+", "", row.state))
    assert [figure for figure in ours if figure not in known] == []


@pytest.mark.parametrize("document", NAMED)
def test_nothing_of_a_document_is_left_out(document: str) -> None:
    found = {part for row in rows(document) for part in parts(row)}
    assert [part for part in NAMED[document] if part not in found] == []


def test_what_is_wrong_is_noticed() -> None:
    assert not is_known("micfp/no_such_file.py")
    assert not is_known("no_such_target")
    assert not is_known("preparations.NAME.no_such")
    assert not is_known("no_such.select")
    assert is_known("preparations.NAME.scaling: minmax")
    assert is_known("params.yaml")
    assert NUMBER.findall("0.998 at 1.5e-05, 3.2.1, v0.11.0, -0.5 and 12") == ["0.998", "1.5e-05"]
    (row,) = (row for row in ROWS if row.where == "IV-B.1, Eq. 6-11, Fig. 5")
    assert list(parts(row))[:3] == ["IV-B.1", "Eq. 6", "Eq. 7"]
