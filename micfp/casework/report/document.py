"""What a report is made of: plain text in blocks, which a template turns into HTML or a PDF."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Paragraph:
    """Sentences.

    Attributes
    ----------
    text
        Plain text.
    kind
        "lead": what matters most; "warning": what a reader must not miss; "note": small print.
    """

    text: str
    kind: Literal["", "lead", "warning", "note"] = ""


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True)
class Cell:
    """A cell of a table: what it says, and what is in small print below it, such as a digest."""

    text: str
    small: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells; the first cell of a row is its heading.

    Attributes
    ----------
    caption
        What it shows.
    columns
        Headings.
    rows
        Of as many cells.
    widths
        Of the columns on paper, in shares of their sum.
    numeric
        Columns that are set to the right.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[float, ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Picture:
    """A figure.

    Attributes
    ----------
    svg
        The figure; it needs nothing else.
    alternative
        What who cannot see it needs to know.
    caption
        What it shows.
    """

    svg: bytes
    alternative: str
    caption: str


@dataclass(frozen=True)
class Commands:
    """What is to be typed, a command each."""

    lines: tuple[str, ...]


Block = Paragraph | Points | Heading | Table | Picture | Commands


@dataclass(frozen=True)
class Section:
    """A numbered section; `anchor` is its place in the page's address."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A report.

    Attributes
    ----------
    language
        Its code, such as "en".
    title, subtitle
        At the head.
    time
        Of the last entry of the log: the same case gives the same report, whenever it is made.
    front
        Sections of the first page: question, answer, limits.
    sections
        Those that follow.
    contents, page, skip
        "Contents", "Page", and "to the content", in its language.
    undrawn
        What is said where a character has no glyph.
    """

    language: str
    title: str
    subtitle: str
    time: datetime
    front: tuple[Section, ...]
    sections: tuple[Section, ...]
    contents: str
    page: str
    skip: str
    undrawn: str
