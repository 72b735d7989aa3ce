"""A report as a tagged PDF: PDF/UA-1 for every reader, PDF/A-2a for the archive."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from micfp.casework.report.document import Block, Document, Picture, Section
from micfp.casework.report.glyphs import drawable, font_folder

if TYPE_CHECKING:
    import typst

STANDARDS: tuple[Literal["a-2a", "ua-1"], ...] = ("a-2a", "ua-1")
TEMPLATE = files("micfp.casework.report") / "report.typ"


def render_pdf(document: Document) -> bytes:
    """The report as a PDF; the same report gives the same bytes.

    A character that its fonts do not have stands as its number, and the first page says so.
    """
    import typst

    pdf: bytes = typst.compile(
        TEMPLATE.read_bytes(),
        font_paths=fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": as_data(document)},
        pdf_standards=list(STANDARDS),
        timestamp=document.time,
    )
    return pdf


def as_data(document: Document) -> str:
    """A report as the JSON that the template reads."""
    plain = {
        "language": document.language,
        "title": document.title,
        "subtitle": document.subtitle,
        "page": document.page,
        "front": _sections(document.front),
        "sections": _sections(document.sections),
    }
    shown = _drawable(plain)
    shown["note"] = "" if json.dumps(shown) == json.dumps(plain) else document.undrawn
    return json.dumps(shown)


def fonts() -> "typst.Fonts":
    """DejaVu alone: neither what a system has nor what typst brings."""
    import typst

    return typst.Fonts(False, False, [font_folder()])


def _sections(sections: Sequence[Section]) -> list[dict[str, Any]]:
    return [
        {"title": one.title, "blocks": [_block(block) for block in one.blocks]} for one in sections
    ]


def _block(block: Block) -> dict[str, Any]:
    plain = asdict(block) | {"block": type(block).__name__}
    if isinstance(block, Picture):
        plain["svg"] = block.svg.decode()
    return {name: sorted(one) if isinstance(one, frozenset) else one for name, one in plain.items()}


def _drawable(plain: Any) -> Any:
    """Plain data, every character of which can be drawn."""
    if isinstance(plain, str):
        return drawable(plain)
    if isinstance(plain, dict):
        return {name: _drawable(one) for name, one in plain.items()}
    return [_drawable(one) for one in plain] if isinstance(plain, list | tuple) else plain
