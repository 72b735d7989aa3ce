"""How answers are shown: a table for notebooks, and an LR in the words of the verbal scale."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from micfp.errors import printable
from micfp.evidence.verbal import strength, support

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Template

MOST_ROWS = 30
"""A notebook shows so many rows; the data frame has all."""


@dataclass(frozen=True)
class Page:
    """What a notebook shows of an answer.

    Attributes
    ----------
    said
        The answer or the refusal: what is read first.
    caption
        What the table holds.
    columns, rows
        Of the table; the first column names the row. No row: no table.
    careful
        Sentences that a reader needs to know.
    notes
        On what the figures hang, sentences.
    """

    said: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    careful: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def warnings_beside(not_enrolled: Sequence[str], not_recorded: str | None) -> tuple[str, ...]:
    """Warnings of what had no part in an answer, and of a log that does not have it."""
    kept = () if not_recorded is None else (f"not in the log: {not_recorded}",)
    return (*(f"not enrolled: {reason}" for reason in not_enrolled), *kept)


def text_of(answer: str, beside: Sequence[str], hangs_on: str) -> str:
    """An answer with its own warnings, those beside it, and what all of it hangs on."""
    careful = (printable(f"    careful: {said}") for said in beside)
    return "\n".join([answer, *careful, printable(hangs_on)])


class Shown(ABC):
    """An answer: a readable repr, a table in notebooks, a data frame."""

    @abstractmethod
    def page(self) -> Page:
        """What a notebook shows."""

    @abstractmethod
    def to_frame(self) -> "pd.DataFrame":
        """All rows, as a data frame."""

    def _repr_html_(self) -> str:
        page = self.page()
        rows = [[printable(cell) for cell in row] for row in page.rows[:MOST_ROWS]]
        left_out = len(page.rows) - len(rows)
        return _template().render(page=page, rows=rows, left_out=left_out, printable=printable)


@cache
def _template() -> "Template":
    from importlib.resources import files

    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = (files("micfp.api") / "answer.html.j2").read_text(encoding="utf-8")
    return environment.from_string(text)


def verbal(log10_lr: float) -> str:
    """An LR on the verbal scale of the ENFSI guideline, and for which hypothesis it is.

    >>> verbal(1.5), verbal(-0.5), verbal(0.1)
    ('moderate support for', 'weak support against', 'no support for either')
    """
    words = support(log10_lr)
    if strength(log10_lr) == 0:
        return words
    return f"{words} {'for' if log10_lr > 0 else 'against'}"


def counted(n: int, what: str) -> str:
    """`1 device`, `2 devices`."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def frame_of(records: list[dict[str, Any]], columns: tuple[str, ...]) -> "pd.DataFrame":
    """A data frame of records; its columns stand there without one, too."""
    import pandas as pd

    return pd.DataFrame(records, columns=list(columns))
