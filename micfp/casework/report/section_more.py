"""What `micfp scan` and `micfp inspect` found, where the log has it."""

from collections.abc import Iterator
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from micfp.casework.answers import Number
from micfp.casework.failures import damaged
from micfp.casework.files import Text
from micfp.casework.log import Entry
from micfp.casework.report.contents import Contents, device_of, name_of
from micfp.casework.report.document import Block, Cell, Heading, Paragraph, Points, Section, Table
from micfp.casework.report.language import Language
from micfp.errors import printable, shortened

Seconds = Annotated[float, Field(ge=0, le=1e9)]
LONGEST_VALUE = 300  # characters
Model = TypeVar("Model", bound=BaseModel)


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)


class _Change(_Read):
    time_s: Seconds
    interval_s: Annotated[list[Seconds], Field(min_length=2, max_length=2)]
    track: Text
    log10_lr: Number | None


class _Segment(_Read):
    start_s: Seconds
    stop_s: Seconds
    device: Text


class _Scanned(_Read):
    path: Text
    changes: list[_Change]
    segments: list[_Segment] = []
    refused: Text | None = None


class _Field(_Read):
    name: Text
    value: str | int | float | bool | list[int | float]
    reader: Text
    place: Text = ""


class _Inspected(_Read):
    fields: list[_Field]
    inconsistencies: list[Text]
    refused: Text | None = None


def more(case: Contents, words: Language) -> tuple[Section, ...]:
    """Sections of what was scanned and inspected; none where nothing was."""
    found = []
    for kind, blocks_of in (("scan", _scanned), ("inspect", _inspected)):
        blocks: list[Block] = []
        for entry in case.entries:
            if entry.kind == kind:
                file = ", ".join(name_of(one.path) for one in entry.files)
                text = words.text(f"{kind}.heading", number=entry.number, file=file)
                blocks += [Heading(text), *blocks_of(case, entry, words)]
        if blocks:
            found.append(Section(kind, words.text(f"{kind}.title"), tuple(blocks)))
    return tuple(found)


def _scanned(case: Contents, entry: Entry, words: Language) -> Iterator[Block]:
    answer = _answer(_Scanned, case, entry)
    if answer.refused is not None:
        reason = printable(answer.refused)
        yield Paragraph(words.text("scan.refused", reason=reason), "lead")
        return
    if answer.changes:
        yield Table(
            words.text("scan.changes"),
            tuple(words.text(f"scan.{one}") for one in ("time", "interval", "track", "log")),
            tuple(_change(one, words) for one in answer.changes),
            (0.8, 1.6, 3.0, 0.9),
            frozenset({0, 1, 3}),
        )
    else:
        yield Paragraph(words.text("scan.no_changes"), "lead")
    if answer.segments:
        yield Table(
            words.text("scan.segments"),
            tuple(words.text(f"scan.{one}") for one in ("start", "stop", "device")),
            tuple(
                (
                    Cell(words.number(one.start_s, 2)),
                    Cell(words.number(one.stop_s, 2)),
                    Cell(device_of(one.device)),
                )
                for one in answer.segments
            ),
            (1.0, 1.0, 4.0),
            frozenset({0, 1}),
        )


def _change(one: _Change, words: Language) -> tuple[Cell, ...]:
    low, high = (words.number(end, 2) for end in one.interval_s)
    return (
        Cell(words.number(one.time_s, 2)),
        Cell(words.text("results.range", low=low, high=high)),
        Cell(printable(one.track)),
        Cell("" if one.log10_lr is None else words.number(one.log10_lr, 2, sign=True)),
    )


def _inspected(case: Contents, entry: Entry, words: Language) -> Iterator[Block]:
    answer = _answer(_Inspected, case, entry)
    yield Paragraph(words.text("inspect.note"))
    if answer.refused is not None:
        reason = printable(answer.refused)
        yield Paragraph(words.text("inspect.refused", reason=reason), "lead")
    if answer.inconsistencies:
        yield Heading(words.text("inspect.inconsistencies"))
        yield Points(tuple(map(_value, answer.inconsistencies)))
    else:
        yield Paragraph(words.text("inspect.consistent"))
    rows = tuple(
        (
            Cell(_value(one.name)),
            Cell(_value(one.value)),
            Cell(_value(one.reader)),
            Cell(_value(one.place)),
        )
        for one in answer.fields
    )
    if rows:
        columns = tuple(words.text(f"inspect.{one}") for one in ("key", "value", "reader", "place"))
        yield Table(words.text("inspect.read"), columns, rows, (2.0, 3.0, 1.4, 1.6))


def _answer(model: type[Model], case: Contents, entry: Entry) -> Model:
    try:
        return model.model_validate(dict(entry.answer))
    except ValidationError as error:
        reason = f"entry {entry.number} of the log: {error.errors()[0]['msg']}"
        raise damaged(case.path, reason) from None


def _value(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return shortened(printable(text), LONGEST_VALUE)
