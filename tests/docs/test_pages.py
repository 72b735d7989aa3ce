"""What pages are like: links that lead somewhere, and results that begin with the answer."""

import re
from pathlib import Path

import pytest
from building.reading import complete
from fences import CHECKOUT, pages
from markdown_it import MarkdownIt

from benchmarks.figures import FIGURES, draw, point, tables

RESULTS = CHECKOUT / "docs" / "results"
QUESTIONS = sorted(path for path in RESULTS.glob("*.md") if path.name != "index.md")


def name(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


def slugs(page: Path) -> set[str]:
    """Anchors that a forge gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    plain = (re.sub(r"[^\w\- ]", "", re.sub(r"\]\(.*?\)", "", each)) for each in headings)
    return {each.lower().replace(" ", "-") for each in plain}


@pytest.mark.parametrize("page", [*pages(), CHECKOUT / "CHANGELOG.md"], ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Relative ones; the site's own are Sphinx's to check."""
    wrong = []
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8")):
        for child in token.children or ():
            link = str(child.attrs.get("href") or child.attrs.get("src") or "")
            file, _, anchor = link.partition("#")
            target = (page.parent / file).resolve() if file else page
            if re.match(r"\w+:", link) or not link:
                continue
            if not target.exists() or (anchor and anchor not in slugs(target)):
                wrong.append(link)
    assert wrong == []


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_column_of_a_table_has_a_name(page: Path) -> None:
    """Who hears a table read aloud needs it; axe looks at all pages only in the slow tests."""
    heads = re.findall(r"^(\|.*\|)\n\|[-: |]+\|$", page.read_text(encoding="utf-8"), re.M)
    assert [head for head in heads if re.search(r"\|\s*\|", head)] == []


@pytest.mark.parametrize("page", QUESTIONS, ids=name)
def test_a_page_of_results_begins_with_question_answer_and_figure(page: Path) -> None:
    question, answer, figure, command = page.read_text(encoding="utf-8").split("\n\n")[:4]
    assert re.fullmatch(r"# .*\?", question)
    assert re.fullmatch(r"\*\*.*\*\*", answer, re.S)
    assert len(re.findall(r"[.?!](?= [A-Z]|\*\*$)", answer)) == 2
    alternative, file = re.fullmatch(r"!\[(.*)\]\((.*)\)", figure).groups()  # type: ignore[union-attr]
    assert re.search(r"\d", alternative)  # it says the finding, not the kind of figure
    assert (RESULTS / file).is_file()
    assert (
        command
        == f'```sh tested="tests/docs/test_pages.py"\npython benchmarks/figures.py {page.stem}\n```'
    )


@pytest.mark.parametrize("page", FIGURES)
def test_a_figure_is_what_its_command_draws_from_the_tables(page: str, tmp_path: Path) -> None:
    draw(page, tmp_path / "drawn.svg")
    drawn, committed = tmp_path / "drawn.svg", RESULTS / f"{page}.svg"
    assert drawn.read_bytes() == committed.read_bytes(), f"python benchmarks/figures.py {page}"


def test_every_figure_has_its_page_and_is_small() -> None:
    assert sorted(FIGURES) == [page.stem for page in QUESTIONS]
    assert all(file.stat().st_size < 100_000 for file in RESULTS.glob("*.svg"))


def test_figures_read_the_cells_of_tables() -> None:
    found = point("a", "b", "0.93 (0.85-0.98); 1.000")
    assert (found.value, found.low, found.high) == (0.93, 0.85, 0.98)
    assert point("a", "b", "7e-05").value == 7e-05
    (rows,) = tables("phones", "ccnu_mobile")
    assert len(rows) == 17
    assert rows[0]["shuffled labels"] == "0.031"


def test_a_page_is_completed_and_an_index_becomes_the_navigation() -> None:
    chart = complete(
        "```mermaid\nflowchart LR\n  a --> b\n  a --> c\n  b --> c\n```", Path("design")
    )
    rows = ["| `a` | recordings |", "| `b` | `a` |", "| `c` | `a`, `b` |"]
    assert chart.splitlines()[2:] == rows
    link = complete("[how](../CONTRIBUTING.md)", Path("."))
    assert link == "[how](howto/contributing.md)"
    index = complete("- [commands](commands.md)\n", Path("reference"), is_index=True)
    assert index.splitlines()[5:7] == ["commands.md", "api.md"]  # linked; then the rest
    home = complete("[a](howto/index.md) and [b](scan.md)", Path("."), is_index=True)
    assert "howto/index.md" in home.splitlines()
    assert "scan.md" not in home.splitlines()
