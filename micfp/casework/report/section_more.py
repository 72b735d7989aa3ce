"""What `micfp scan` and `micfp inspect` found, where the log has it."""

from collections.abc import Iterator

from micfp.casework.answers import Inspected, Scanned, ScannedChange, ScannedSegment
from micfp.casework.inspect.wording import in_short
from micfp.casework.report.contents import Contents, device_of, name_of
from micfp.casework.report.document import Block, Cell, Heading, Paragraph, Points, Section, Table
from micfp.casework.report.figures import Mark, timeline
from micfp.casework.report.language import Language
from micfp.errors import printable, shortened

LONGEST_VALUE = 300  # characters


def more(case: Contents, words: Language) -> tuple[Section, ...]:
    """Sections of what was scanned and inspected; none where nothing was."""
    scans = [(entry, _scanned(answer, words)) for entry, answer in case.scans]
    inspections = [(entry, _inspected(answer, words)) for entry, answer in case.inspections]
    found = []
    for kind, answers in (("scan", scans), ("inspect", inspections)):
        blocks: list[Block] = []
        for entry, said in answers:
            file = ", ".join(name_of(one.path) for one in entry.files)
            text = words.text(f"{kind}.heading", number=entry.number, file=file)
            blocks += [Heading(text), *said]
        if blocks:
            found.append(Section(kind, words.text(f"{kind}.title"), tuple(blocks)))
    return tuple(found)


def _scanned(answer: Scanned, words: Language) -> Iterator[Block]:
    if answer.refused is not None:
        reason = printable(answer.refused)
        yield Paragraph(words.text("scan.refused", reason=reason), "lead")
    if answer.duration_s and (answer.changes or answer.segments):
        tracks: dict[str, list[Mark]] = {}
        for one in answer.changes:
            low_s, high_s = one.interval_s
            tracks.setdefault(one.track, []).append((one.time_s, low_s, high_s))
        stretches = [(one.start_s, one.stop_s, _device(one, words)) for one in answer.segments]
        yield timeline(answer.duration_s, stretches, tracks, words)
    if answer.changes:
        yield Table(
            words.text("scan.changes"),
            tuple(
                words.text(f"scan.{one}") for one in ("time", "interval", "track", "log", "what")
            ),
            tuple(_change(one, words) for one in answer.changes),
            (0.7, 1.3, 1.1, 0.8, 4.0),
            frozenset({0, 1, 3}),
        )
    elif answer.duration_s:
        yield Paragraph(words.text("scan.no_changes"), "lead")
    if answer.segments:
        yield Table(
            words.text("scan.segments"),
            tuple(words.text(f"scan.{one}") for one in ("start", "stop", "device")),
            tuple(
                (
                    Cell(words.number(one.start_s, 2)),
                    Cell(words.number(one.stop_s, 2)),
                    Cell(_device(one, words)),
                )
                for one in answer.segments
            ),
            (1.0, 1.0, 4.0),
            frozenset({0, 1}),
        )
    if answer.warnings:
        yield Points(tuple(map(_value, answer.warnings)))
    yield Paragraph(words.text("scan.limits"))


def _device(one: ScannedSegment, words: Language) -> str:
    return words.text("scan.nothing") if one.device is None else device_of(one.device)


def _change(one: ScannedChange, words: Language) -> tuple[Cell, ...]:
    low, high = (words.number(end, 2) for end in one.interval_s)
    beside = [words.text("scan.beside", tracks=", ".join(one.beside))] if one.beside else []
    return (
        Cell(words.number(one.time_s, 2)),
        Cell(words.text("results.range", low=low, high=high)),
        Cell(printable(one.track)),
        Cell("" if one.log10_lr is None else words.number(one.log10_lr, 2, sign=True)),
        Cell(_value("; ".join([one.what, *beside]))),
    )


def _inspected(answer: Inspected, words: Language) -> Iterator[Block]:
    if short := in_short((one.name, one.value) for one in answer.fields):
        yield Paragraph("; ".join(map(printable, short)), "lead")
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


def _value(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return shortened(printable(text), LONGEST_VALUE)
