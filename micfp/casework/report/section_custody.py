"""The log of the case, and how to repeat all of it."""

import shlex
from collections.abc import Iterator

from micfp.casework.answers import IdentifyEntry
from micfp.casework.log import Entry
from micfp.casework.reference import written_time
from micfp.casework.report.contents import Asked, Contents, device_of, files_asked, name_of
from micfp.casework.report.document import Block, Cell, Commands, Paragraph, Section, Table
from micfp.casework.report.language import Language
from micfp.errors import printable

BEGINS = 16  # digits of a digest, as of which no two agree by chance


def custody(case: Contents, words: Language) -> Section:
    """Every entry of the log."""
    last = case.entries[-1]
    rows = tuple(
        (
            Cell(str(entry.number)),
            Cell(written_time(entry.time)),
            Cell(_what(entry, words)),
            Cell("", entry.sha256[:BEGINS]),
        )
        for entry in case.entries
    )
    columns = ("number", "time", "what", "sha256")
    blocks: tuple[Block, ...] = (
        Paragraph(words.text("custody.intro")),
        Paragraph(words.text("custody.holds")),
        Paragraph(words.text("custody.last", n=last.number, sha256=last.sha256), "lead"),
        Table(
            words.text("custody.caption"),
            tuple(words.text(f"custody.{one}") for one in columns),
            rows,
            (0.6, 1.8, 4.5, 1.5),
        ),
    )
    return Section("custody", words.text("custody.title"), blocks)


def _what(entry: Entry, words: Language) -> str:
    files = ", ".join(name_of(one.path) for one in entry.files)
    device = device_of(entry.question.get("device", ""))
    if entry.kind == "begin":
        return words.text("custody.begin")
    if entry.kind == "enroll":
        return words.text("custody.enroll", device=device, files=files)
    if entry.kind == "remove":
        return words.text("custody.remove", device=device)
    return words.text("custody.asked", kind=entry.kind, files=files)


def repeated(case: Contents, words: Language) -> Section:
    """Versions, parameters, and commands."""
    return Section("repeat", words.text("repeat.title"), tuple(_repeated(case, words)))


def _repeated(case: Contents, words: Language) -> Iterator[Block]:
    columns = ("entry", "version", "sitting", "channel", "enrolled", "model", "calibration")
    if case.asked:
        yield Table(
            words.text("repeat.versions"),
            tuple(words.text(f"repeat.{one}") for one in columns),
            tuple(_parameters(one, words) for one in case.asked),
            (0.6, 0.7, 0.9, 1.2, 0.9, 2.6, 2.6),
            frozenset({0, 4}),
        )
    yield Paragraph(words.text("repeat.commands"))
    name = case.path.name
    commands = [["micfp", "case", verb, name] for verb in ("verify", "repeat")]
    commands += [_command(one, name) for one in case.asked]
    yield Commands(tuple(printable(shlex.join(one)) for one in commands))


def _parameters(one: Asked, words: Language) -> tuple[Cell, ...]:
    question = one.question
    channel = words.text("material.mean") if question.channel == "mean" else str(question.channel)
    track = words.text("repeat.first") if question.track is None else str(question.track)
    enrolled = str(question.enrolled_by) if isinstance(one, IdentifyEntry) else ""
    return (
        Cell(str(one.entry.number)),
        Cell(printable(one.entry.micfp_version)),
        Cell(words.text(f"sitting.{question.sitting}")),
        Cell(f"{channel}, {track}"),
        Cell(enrolled),
        Cell("", question.fingerprint_sha256),
        Cell(printable(one.answer.conditional_on.calibration), question.calibration_sha256),
    )


def _command(one: Asked, case: str) -> list[str]:
    question = one.question
    command = ["micfp", one.entry.kind, *(str(file.path) for file in files_asked(one))]
    command += ["--case", case, "--sitting", question.sitting]
    if question.population != "any":
        command += ["--population", question.population]
    if question.channel != "mean":
        command += ["--channel", str(question.channel)]
    if question.track is not None:
        command += ["--track", str(question.track)]
    return command
