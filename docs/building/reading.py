"""Completes a page as the site reads it; on a forge the page stands as it is.

`<!-- generated: NAME -->`  becomes every command, parameter, feature family or Python function
`<!-- whole: FILE -->`      becomes the text of a file of the checkout
links of an `index.md`      become the navigation, with all other pages of its folder
a Mermaid chart             becomes a table, which needs no script
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from building.api import api
from building.commands import commands
from building.families import families, frame_families
from building.parameters import parameters

DOCS = Path(__file__).parents[1]
CHECKOUT = DOCS.parent
GENERATED: dict[str, Callable[[], str]] = {
    "commands": commands,
    "parameters": parameters,
    "families": families,
    "frame_families": frame_families,
    "api": api,
}
# Files of the checkout that are pages of the site.
PAGES = {"CONTRIBUTING.md": "howto/contributing.md", "CHANGELOG.md": "reference/changelog.md"}
LINK = re.compile(r"(?<=\]\()([^)#:\s]+\.md)(?=[)#])")


def read_page(app: Any, name: str, source: list[str]) -> None:
    """Sphinx's event `source-read`: the text of the page `name` is changed in its place."""
    source[0] = complete(source[0], Path(name).parent, Path(name).name == "index")


def complete(text: str, folder: Path, is_index: bool = False) -> str:
    """The text of a page in `folder`, a path below docs/, as the site shows it."""
    text = re.sub(r"<!-- generated: (\w+) -->", lambda found: GENERATED[found[1]](), text)
    text = re.sub(r"<!-- whole: (.+) -->", lambda found: _whole(found[1], folder), text)
    text = re.sub(
        r"```mermaid\nflowchart LR\n(.*?)```", lambda found: _chart(found[1]), text, flags=re.S
    )
    text = LINK.sub(lambda found: _as_page(found[1], folder), text)
    return f"{text}\n{_navigation(text, folder)}" if is_index else text


def _whole(name: str, folder: Path) -> str:
    """A file of the checkout, its links seen from `folder`, without its title."""
    up = "../" * (len(folder.parts) + 1)
    text = (CHECKOUT / name).read_text(encoding="utf-8").partition("\n")[2]
    return re.sub(r"(?<=\]\()(?!\w+:|#)", up, text).replace(f"]({up}docs/", f"]({up[3:]}")


def _as_page(link: str, folder: Path) -> str:
    """A link to a file of the checkout that is a page of the site, as a link to that page."""
    target = (DOCS / folder / link).resolve()
    for name, page in PAGES.items():
        if target == CHECKOUT / name:
            return "../" * len(folder.parts) + page
    return link


def _navigation(text: str, folder: Path) -> str:
    """A hidden table of contents: what the index links to, then the rest of its folder."""
    linked = list(dict.fromkeys(LINK.findall(text)))
    if folder.parts:
        there = sorted(path.name for path in (DOCS / folder).glob("*.md"))
        linked = [page for page in linked if _belongs(page)]
        linked += [name for name in there if name not in linked and name != "index.md"]
    else:
        linked = [page for page in linked if page.endswith("/index.md")]
    return "\n".join(["```{toctree}", ":hidden:", "", *linked, "```", ""])


def _belongs(link: str) -> bool:
    """Whether a page that an index links to is of no other index."""
    parts = Path(link).parts
    return parts[-1] != "index.md" and (
        len(parts) == 1 or parts[1:2] == parts[-1:] or "design" in parts
    )


def _chart(lines: str) -> str:
    """Edges `a --> b` as a table: what each reads."""
    reads: dict[str, list[str]] = {}
    for one, other in re.findall(r"(\w+) --> (\w+)", lines):
        reads.setdefault(one, [])
        reads.setdefault(other, []).append(f"`{one}`")
    rows = [f"| `{name}` | {', '.join(needed) or 'recordings'} |" for name, needed in reads.items()]
    return "\n".join(["| stage | reads the results of |", "|---|---|", *rows, ""])
