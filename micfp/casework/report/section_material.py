"""What was examined, and how good it is."""

from collections.abc import Iterator

from micfp.casework.answers import IdentifyEntry
from micfp.casework.files import LoggedFile
from micfp.casework.reference import written_time
from micfp.casework.report.contents import Asked, Contents, device_of, files_asked, name_of
from micfp.casework.report.document import Block, Cell, Heading, Paragraph, Points, Section, Table
from micfp.casework.report.language import Language
from micfp.errors import printable
from micfp.fingerprint import quality as limits


def material(case: Contents, words: Language) -> Section:
    """Recordings with their digests, lengths and times."""
    return Section("material", words.text("material.title"), tuple(_material(case, words)))


def _material(case: Contents, words: Language) -> Iterator[Block]:
    yield Paragraph(words.text("material.digest"))
    columns = ("file", "entry", "time", "length", "rate", "channel")
    headings = [words.text(f"material.{one}") for one in columns]
    asked = tuple(
        (
            _file(file, words),
            Cell(str(one.entry.number)),
            Cell(written_time(one.entry.time)),
            *_form(file, words),
        )
        for one in case.asked
        for file in files_asked(one)
    )
    if asked:
        yield Table(
            words.text("material.asked"),
            tuple(headings),
            asked,
            (3.0, 0.7, 2.1, 1.0, 1.0, 1.2),
            frozenset({1, 3, 4}),
        )
    known = tuple(
        (
            _file(one.file, words),
            Cell(
                device_of(one.device),
                words.text("material.removed") if case.is_removed(one) else "",
            ),
            Cell(str(one.entry.number)),
            Cell(written_time(one.entry.time)),
            *_form(one.file, words),
        )
        for one in case.enrolments
    )
    headings.insert(1, words.text("material.device"))
    if known:
        yield Table(
            words.text("material.references"),
            tuple(headings),
            known,
            (3.0, 1.6, 0.7, 2.1, 1.0, 1.0, 1.2),
            frozenset({2, 4, 5}),
        )


def _file(file: LoggedFile, words: Language) -> Cell:
    return Cell(name_of(file.path), file.sha256 or words.text("material.unread"))


def _form(file: LoggedFile, words: Language) -> tuple[Cell, Cell, Cell]:
    heard = file.heard
    if heard is None:
        return Cell(""), Cell(""), Cell("")
    channel = words.text("material.mean") if heard.channel == "mean" else str(heard.channel)
    length_s = heard.n_samples / heard.sample_rate_hz
    return (
        Cell(words.number(length_s, 2)),
        Cell(str(heard.sample_rate_hz)),
        Cell(f"{channel}, {heard.track}"),
    )


def quality(case: Contents, words: Language) -> Section:
    """What was heard in each recording, and what decides whether it is answered."""
    return Section("quality", words.text("quality.title"), tuple(_quality(case, words)))


def _quality(case: Contents, words: Language) -> Iterator[Block]:
    yield Paragraph(words.text("quality.explained"))
    files: dict[tuple[str, str | None], tuple[LoggedFile, str]] = {}
    for one in case.asked:
        files |= {(file.path, file.sha256): (file, "") for file in files_asked(one)}
    files |= {
        (one.file.path, one.file.sha256): (one.file, device_of(one.device))
        for one in case.enrolments
    }
    columns = ("file", "active", "length", "bandwidth", "snr")
    rows = [
        (Cell(name_of(file.path), device), *_heard(file, words))
        for file, device in files.values()
        if file.heard
    ]
    if rows:
        yield Table(
            words.text("quality.caption"),
            tuple(words.text(f"quality.{one}") for one in columns),
            tuple(rows),
            (3.0, 1.0, 1.0, 1.0, 1.6),
            frozenset({1, 2, 3, 4}),
        )
    measured = [one for one in case.asked if isinstance(one, IdentifyEntry) and one.answer.quality]
    if measured:
        yield _deciding(measured, words)
    said = [sentence for one in case.asked for sentence in _said(one)]
    if said:
        yield Heading(words.text("quality.said"))
        yield Points(tuple(dict.fromkeys(said)))


def _heard(file: LoggedFile, words: Language) -> Iterator[Cell]:
    assert file.heard is not None
    yield Cell(words.number(file.heard.active_s, 1))
    yield Cell(words.number(file.heard.duration_s, 1))
    yield Cell(words.number(file.heard.bandwidth_hz / 1000, 1))
    yield Cell(words.number(file.heard.snr_db, 0))


def _deciding(measured: list[IdentifyEntry], words: Language) -> Table:
    """Measures with a threshold, and the thresholds in the last row."""
    columns = {
        "speech": ("harmonicity", 2),
        "held": ("persistence", 2),
        "holes": ("noise_reduction", 3),
        "tones": ("tonality_db", 1),
        "clipped": ("clipped", 4),
    }
    rows = [
        (
            Cell(name_of(one.answer.path)),
            *(
                Cell(_number((one.answer.quality or {}).get(name), digits, words))
                for name, digits in columns.values()
            ),
        )
        for one in measured
    ]
    validated = (
        words.text("quality.at_least", value=words.number(limits.LEAST_HARMONICITY, 2)),
        words.text("quality.at_most", value=words.number(limits.MOST_PERSISTENCE, 2)),
        words.text("quality.at_most", value=words.number(limits.MOST_NOISE_REDUCTION, 2)),
        words.text("quality.at_most", value=words.number(limits.MOST_TONALITY_DB, 1)),
        "",
    )
    rows.append((Cell(words.text("quality.validated")), *map(Cell, validated)))
    return Table(
        words.text("quality.caption_more"),
        (words.text("quality.file"), *(words.text(f"quality.{one}") for one in columns)),
        tuple(rows),
        (2.4, 1.3, 1.0, 1.4, 1.1, 1.1),
        frozenset({1, 2, 3, 4, 5}),
    )


def _number(value: float | None, digits: int, words: Language) -> str:
    return "" if value is None else words.number(value, digits)


def _said(one: Asked) -> Iterator[str]:
    """Refusals and warnings, in the words of the log."""
    names = ", ".join(name_of(file.path) for file in files_asked(one))
    for sentence in (one.answer.refused, *one.answer.warnings):
        if sentence is not None:
            said = printable(sentence)
            yield said if said.startswith(str(one.entry.files[0].path)) else f"{names}: {said}"
