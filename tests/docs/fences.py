"""The fenced blocks of README.md, CONTRIBUTING.md and docs/, and the commands in them.

A fence of commands says how it is tested, in its info string, which no forge shows:

    sh run                   run for real, in a folder with made recordings
    sh needs="what"          needs data or time that is not there: checked word by word
    sh tested="tests/F.py"   run by that test, which names the page

The same for `python`. Other languages (`text`, `yaml`, `csv`, ...) are no commands.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

CHECKOUT = Path(__file__).parents[2]
PLAIN = ("text", "yaml", "csv", "json", "toml", "mermaid", "html", "dockerfile")
MARK = re.compile(
    r'^(?P<language>sh|python) (?P<how>run|needs="(?P<needs>[^"]+)"|tested="(?P<test>[^"]+)")$'
)


@dataclass(frozen=True)
class Fence:
    """A fenced block: its page (below the checkout), line, info string and text."""

    page: str
    line: int
    info: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def mark(self) -> "re.Match[str] | None":
        return MARK.match(self.info)

    @property
    def is_run(self) -> bool:
        return self.mark is not None and self.mark["how"] == "run"

    def is_in(self, language: str) -> bool:
        return self.mark is not None and self.mark["language"] == language


def pages() -> list[Path]:
    """Every page that a reader sees."""
    docs = [
        path for path in sorted((CHECKOUT / "docs").rglob("*.md")) if "_build" not in path.parts
    ]
    return [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *docs]


def fences() -> list[Fence]:
    """All blocks of all pages, those by indentation, too: they have no info string."""
    found = []
    for path in pages():
        page = str(path.relative_to(CHECKOUT))
        for token in MarkdownIt("commonmark").parse(path.read_text(encoding="utf-8")):
            if token.type in ("fence", "code_block"):
                assert token.map is not None
                found.append(Fence(page, token.map[0] + 1, token.info.strip(), token.content))
    return found


def inline_commands(program: str) -> Iterator[tuple[str, str]]:
    """Code within sentences that begins with a program, and the page that it stands on."""
    for path in pages():
        for token in (
            MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
        ):
            for child in token.children or ():
                if child.type == "code_inline" and child.content.startswith(f"{program} "):
                    yield str(path.relative_to(CHECKOUT)), child.content


HERE_DOCUMENT = re.compile(r" <<'END'.*?^END$", re.DOTALL | re.MULTILINE)
KEYWORDS = ("do", "then", "else", "{", "(")


def words_of(text: str) -> Iterator[list[str]]:
    """The simple commands of a script, each as its words; what redirections name is left out."""
    for line in HERE_DOCUMENT.sub("", text).replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|<>")
        lexer.whitespace_split = True
        command: list[str] = []
        skip = False
        for word in lexer:
            if set(word) <= set(";&|"):
                yield from _simple(command)
                command = []
            elif set(word) <= set("<>&"):
                skip = True
            elif skip:
                skip = False
            else:
                command.append(word)
        yield from _simple(command)


def _simple(command: list[str]) -> Iterator[list[str]]:
    while command and (command[0] in KEYWORDS or re.match(r"^[A-Z_]+=", command[0])):
        command = command[1:]
    if command and command[0] not in ("for", "done"):
        yield command
