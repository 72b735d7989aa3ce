"""What a section is made of: plain data, which the template turns into HTML.

All text is plain text, which the template escapes; `Markup` (made with `Markup(...).format(...)`,
which escapes what is put in) where a word is to be set as code or a link.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from micfp.report.published import Figure


@dataclass(frozen=True)
class Text:
    """A paragraph; `kind` is "" (plain), "lead" (the first words), "note" (small print)."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Points:
    """A list of sentences; with a `title` they stand in a box (what to be careful about)."""

    sentences: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True)
class Tile:
    """One of the few numbers that a reader looks for first."""

    number: str
    what: str


@dataclass(frozen=True)
class Tiles:
    """A row of tiles."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Table:
    """Rows of text. `numeric` are the columns that are set to the right; `marked` the rows that
    are shown as chosen (by weight and a word in the row, never by colour alone)."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int]
    marked: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Picture:
    """A figure; `narrow` ones stand two beside each other where there is room."""

    figure: Figure
    narrow: bool = False


@dataclass(frozen=True)
class Code:
    """Text with its line breaks as they are: parameters, commands."""

    text: str


@dataclass(frozen=True)
class Fold:
    """What is long: closed until the reader opens it."""

    title: str
    blocks: "tuple[Block, ...]"


Block = Text | Points | Heading | Tiles | Table | Picture | Code | Fold


@dataclass(frozen=True)
class Section:
    """One numbered section; `anchor` is its place in the address."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


def table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    text_columns: Sequence[int] = (0,),
    marked: Sequence[int] = (),
) -> Table:
    """A table whose columns hold numbers, but for `text_columns`."""
    return Table(
        caption,
        tuple(columns),
        tuple(tuple(row) for row in rows),
        frozenset(range(len(columns))) - frozenset(text_columns),
        frozenset(marked),
    )


def pictures(figures: Sequence[Figure], narrow: bool = False) -> tuple[Picture, ...]:
    """Figures, one below the other, or two beside each other."""
    return tuple(Picture(figure, narrow) for figure in figures)
