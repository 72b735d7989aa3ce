"""What a section is made of: plain data, which the template turns into HTML.

All text is plain text, which the template escapes; `Markup` (made with `Markup(...).format(...)`,
which escapes what is put in) where a word is to be set as code or a link.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from micfp.report.columns import TEXT, Column, Row, groups
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
    """Rows of text.

    `numeric` are the columns that are set to the right; `marked` the rows that
    are shown as chosen (by weight and a word in the row, never by colour alone).
    """

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
    """One section; `anchor` is its place in the address.

    Those in the appendix stand at the end, each closed until the reader opens it.
    """

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    in_appendix: bool = False


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


def show(
    caption: str, columns: Sequence[Column], rows: Sequence[Row], marks_chosen: bool = False
) -> Table:
    """A table of those columns that have a heading.

    marks_chosen: rows whose `chosen` is True.
    """
    columns = [column for column in columns if column.heading]
    return table(
        caption,
        [column.heading for column in columns],
        [[column.shown(row) for column in columns] for row in rows],
        [i for i, column in enumerate(columns) if column.kind is TEXT],
        [i for i, row in enumerate(rows) if marks_chosen and row["chosen"]],
    )


def pivot(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    key: Sequence[str],
    across: str,
    cell: str,
    heading: Callable[[Any], str] = str,
    last: Sequence[Column] = (),
    marks_chosen: bool = False,
) -> Table:
    """A table with a row for each `key` and a column for each value of `across`.

    Parameters
    ----------
    columns
        those that have a heading lead, with what they hold in the first row of the key
    cell
        the column whose cells stand below the values
    heading
        what stands above a value of `across`
    last
        columns that come last, of the first row of the key as well
    marks_chosen
        marks rows whose `chosen` is True
    """
    values = list(groups(rows, across))
    (below,) = (column for column in columns if column.name == cell)
    shown = []
    for of_key in groups(rows, *key).values():
        cells = {row[across]: below.shown(row) for row in of_key}
        shown.append(of_key[0] | {f"{across} {value}": cells.get(value, "") for value in values})
    made = [Column(f"{across} {value}", heading(value)) for value in values]
    return show(caption, (*columns, *made, *last), shown, marks_chosen)


def pictures(figures: Sequence[Figure], narrow: bool = False) -> tuple[Picture, ...]:
    """Figures, one below the other, or two beside each other."""
    return tuple(Picture(figure, narrow) for figure in figures)
