"""Keeps the report to a size that a browser opens: which figures are in it, how long tables are."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from micfp.errors import MicfpError
from micfp.report.blocks import Block, Fold, Picture, Section, Table, Text
from micfp.report.numbers import count
from micfp.report.published import Figure

LARGE_PNG_BYTES = 600_000
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_ROWS = 2000


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
    """Data addresses of the figures that are put into the report; the others are linked.

    What stands open goes first, then folds of few figures, then those of many, each in the order
    of the page, until `n_bytes` are used up.
    """
    blocks = [block for section in sections for block in section.blocks]
    addresses: dict[Figure, str] = {}
    for _, figure in sorted(_figures(blocks, 0), key=lambda placed: placed[0]):
        address = addresses.get(figure) or png_uri(figure)
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


def png_uri(figure: Figure) -> str:
    """A figure as a data address.

    Large ones (spectrograms) are cut down to 256 colours, which
    their one colour map needs no more of.
    """
    content = _read_png(figure)
    if len(content) > LARGE_PNG_BYTES:
        content = _palette(content)
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")


def png_size(figure: Figure) -> tuple[int, int]:
    """Width and height in pixels, so that nothing moves while the page loads."""
    head = _read_png(figure)
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def _read_png(figure: Figure) -> bytes:
    try:
        content = figure.path.read_bytes()
    except OSError as error:
        raise MicfpError(f"{figure.path}: not readable ({error}); run snakemake again") from None
    if not content.startswith(PNG_SIGNATURE) or len(content) < 24:
        raise MicfpError(f"{figure.path}: not a PNG; run snakemake again")
    return content


def _palette(content: bytes) -> bytes:
    from PIL import Image

    with Image.open(BytesIO(content)) as image:
        reduced: Any = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        out = BytesIO()
        reduced.save(out, "PNG", optimize=True)
    return min(content, out.getvalue(), key=len)
