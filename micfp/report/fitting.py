"""Keeps the report to a size that a browser opens: which figures are in it, how long tables are."""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from micfp.errors import MicfpError
from micfp.report.blocks import Block, Code, Fold, Picture, Section, Table, Text
from micfp.report.numbers import count, enumeration
from micfp.report.published import Figure

LARGE_PNG_BYTES = 600_000
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
SVG_SIZE = re.compile(rb'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"')
PIXELS_PER_INCH = 100
PNG_PIXELS_PER_INCH = 200
MOST_ROWS = 2000
MOST_OPEN_ROWS = 20


def shortened(section: Section) -> Section:
    """A section of the short report: its words, its first figure and its short tables stand open.

    What is long goes into folds; a section of the appendix is one already.
    """
    if section.in_appendix:
        return section
    blocks: list[Block] = []
    shut: list[Block] = []
    seen_picture = False
    for block in section.blocks:
        is_picture = isinstance(block, Picture)
        if (is_picture and seen_picture) or _is_long(block):
            shut.append(block)
            continue
        blocks += [*_folded(shut), block]
        shut, seen_picture = [], seen_picture or is_picture
    return replace(section, blocks=(*blocks, *_folded(shut)))


def _is_long(block: Block) -> bool:
    return isinstance(block, Code) or (
        isinstance(block, Table) and len(block.rows) > MOST_OPEN_ROWS
    )


def _folded(blocks: Sequence[Block]) -> Iterator[Fold]:
    """One fold, named by what is in it."""
    tables = [block for block in blocks if isinstance(block, Table)]
    n_figures = sum(isinstance(block, Picture) for block in blocks)
    parts = [count(len(tables), "table")] * bool(tables)
    parts += [count(n_figures, "figure")] * bool(n_figures)
    parts += ["the parameters"] * (len(tables) + n_figures < len(blocks))
    if blocks:
        yield Fold(f"Open: {enumeration(parts)}", tuple(blocks))


def cut_tables(section: Section) -> Section:
    """A section in which every table has `MOST_ROWS` at most, and says what it lacks."""
    return replace(section, blocks=tuple(_cut(section.blocks)))


def _cut(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Fold):
            yield replace(block, blocks=tuple(_cut(block.blocks)))
        elif isinstance(block, Table) and len(block.rows) > MOST_ROWS:
            yield Text(
                f"Of {count(len(block.rows), 'row')} the first {MOST_ROWS} are shown; the tables "
                "under results/ have them all.",
                "note",
            )
            yield replace(block, rows=block.rows[:MOST_ROWS])
        else:
            yield block


def embedded(sections: Sequence[Section], n_bytes: int) -> dict[Figure, str]:
    """Data addresses of the figures that are put into the report; the others are linked to.

    What stands open goes first, then folds of few figures, then those of many, each in the order
    of the page, until `n_bytes` are used up.
    """
    blocks = [block for section in sections for block in section.blocks]
    addresses: dict[Figure, str] = {}
    for _, figure in sorted(_figures(blocks, 0), key=lambda placed: placed[0]):
        address = addresses.get(figure) or data_uri(figure)
        n_bytes -= len(address)
        if n_bytes < 0:
            break
        addresses[figure] = address
    return addresses


def _figures(blocks: Sequence[Block], n_beside: int) -> Iterator[tuple[int, Figure]]:
    """Every figure with how many its fold has, 0 for those that stand open."""
    for block in blocks:
        if isinstance(block, Picture):
            yield n_beside, block.figure
        elif isinstance(block, Fold):
            yield from _figures(block.blocks, sum(isinstance(b, Picture) for b in block.blocks))


def data_uri(figure: Figure) -> str:
    """A figure as a data address.

    Large PNGs (spectrograms) are cut down to 256 colours, which
    their one colour map needs no more of.
    """
    content = _read(figure)
    if is_drawing(figure):
        return "data:image/svg+xml;base64," + base64.b64encode(content).decode("ascii")
    if len(content) > LARGE_PNG_BYTES:
        content = _palette(content)
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")


def is_drawing(figure: Figure) -> bool:
    """Whether a figure is an SVG, which is sharp at any size and may turn dark with the page."""
    return figure.path.suffix == ".svg"


def shown_size(figure: Figure) -> tuple[int, int]:
    """Width and height in CSS pixels, 100 an inch, so that nothing moves while the page loads."""
    content = _read(figure)
    if is_drawing(figure):
        found = SVG_SIZE.search(content)
        if found is None:
            raise MicfpError(f"{figure.path}: not an SVG of ours; run snakemake again")
        width, height = (float(points) / 72 for points in found.groups())
    else:
        sizes = (content[16:20], content[20:24])
        width, height = (int.from_bytes(size, "big") / PNG_PIXELS_PER_INCH for size in sizes)
    return round(PIXELS_PER_INCH * width), round(PIXELS_PER_INCH * height)


def _read(figure: Figure) -> bytes:
    try:
        content = figure.path.read_bytes()
    except OSError as error:
        raise MicfpError(f"{figure.path}: not readable ({error}); run snakemake again") from None
    if not is_drawing(figure) and (not content.startswith(PNG_SIGNATURE) or len(content) < 24):
        raise MicfpError(f"{figure.path}: not a PNG; run snakemake again")
    return content


def _palette(content: bytes) -> bytes:
    from PIL import Image

    with Image.open(BytesIO(content)) as image:
        reduced: Any = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        out = BytesIO()
        reduced.save(out, "PNG", optimize=True)
    return min(content, out.getvalue(), key=len)
