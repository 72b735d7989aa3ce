"""The page of sentences says what the program says: each is in the code, `…` for what differs."""

import ast
from collections.abc import Iterator

import pytest
from fences import CHECKOUT
from markdown_it import MarkdownIt

PAGE = CHECKOUT / "docs" / "howto" / "troubleshooting.md"


def sentences() -> list[str]:
    """The first cell of each row of the page."""
    found = []
    tokens = MarkdownIt("commonmark").enable("table").parse(PAGE.read_text(encoding="utf-8"))
    for number, token in enumerate(tokens):
        if token.type == "tr_open" and tokens[number + 1].type == "td_open":
            (cell,) = tokens[number + 2].children or ()
            assert cell.type == "code_inline", cell.content
            found.append(cell.content)
    return found


def texts(node: ast.expr) -> Iterator[str]:
    """A string of the code, with `…` for what is put into it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join("".join(texts(part)) or "…" for part in node.values)


@pytest.fixture(scope="module")
def said() -> str:
    """All strings of the package, a line each."""
    found = []
    for path in (CHECKOUT / "micfp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.expr):
                found += texts(node)
    return "\n".join(found)


@pytest.mark.parametrize("sentence", sentences())
def test_the_program_says_it(sentence: str, said: str) -> None:
    assert sentence in said


def test_there_are_enough_to_be_of_use_and_a_wrong_one_is_noticed(said: str) -> None:
    assert len(sentences()) >= 30
    assert "no such file; check the pathway" not in said
