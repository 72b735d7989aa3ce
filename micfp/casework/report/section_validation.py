"""How it was done, and how good that is under the conditions of the case."""

from collections.abc import Iterator

from micfp.casework.report.contents import Contents, files_asked
from micfp.casework.report.document import Block, Cell, Paragraph, Section, Table
from micfp.casework.report.language import Language
from micfp.errors import printable
from micfp.evidence.calibration import Validated


def method(words: Language) -> Section:
    """A page of plain words."""
    texts = tuple(map(Paragraph, words.texts("method.texts")))
    return Section("method", words.text("method.title"), texts)


def validation(case: Contents, words: Language) -> Section:
    """Rows of each calibration for the sitting and the lengths of the case."""
    return Section("validation", words.text("validation.title"), tuple(_validation(case, words)))


def _validation(case: Contents, words: Language) -> Iterator[Block]:
    heard: dict[tuple[str, str], list[float]] = {}
    for one in case.asked:
        key = (one.question.calibration_sha256, one.question.sitting)
        heard.setdefault(key, []).extend(
            file.heard.active_s for file in files_asked(one) if file.heard is not None
        )
    for (sha256, sitting), lengths_s in heard.items():
        found = case.calibrations[sha256]
        if found is None:
            yield Paragraph(words.text("validation.missing", sha256=sha256), "warning")
            continue
        yield Paragraph(
            words.text(
                "validation.intro",
                name=printable(found.name),
                corpora=printable(", ".join(dict.fromkeys(row.corpus for row in found.validated))),
                made_of=printable(words.known(found.made_of)),
                sha256=sha256,
                sitting=words.text(f"sitting.{sitting}"),
            )
        )
        rows = [row for row in found.validated if row.sitting == sitting]
        if not rows:
            yield Paragraph(words.text("validation.no_rows"), "warning")
            continue
        for test_s in _tested(rows, lengths_s):
            yield _table([row for row in rows if row.test_s == test_s], test_s, sitting, words)
    yield Paragraph(words.text("validation.explained"), "note")


def _tested(rows: list[Validated], lengths_s: list[float]) -> list[float]:
    """Of the lengths that were tested, those that stand for what was heard, the shortest first."""
    tested = sorted({row.test_s for row in rows})
    chosen = {
        max((one for one in tested if one <= length_s), default=tested[0])
        for length_s in lengths_s or tested[:1]
    }
    return sorted(chosen)


def _table(rows: list[Validated], test_s: float, sitting: str, words: Language) -> Table:
    columns = (
        *("condition", "devices", "same", "different", "cllr", "eer"),
        *("misleading_10", "misleading_100"),
    )
    seconds = words.number(test_s, 0 if test_s == int(test_s) else 1)
    return Table(
        words.text("validation.caption", seconds=seconds, sitting=words.text(f"sitting.{sitting}")),
        tuple(words.text(f"validation.{one}") for one in columns),
        tuple(
            (
                Cell(printable(words.known(row.condition))),
                Cell(str(row.n_devices)),
                Cell(str(row.n_same)),
                Cell(str(row.n_different)),
                Cell(f"{words.number(row.cllr, 3)} ({words.number(row.cllr_min, 3)})"),
                *(
                    Cell(words.number(100 * share, 2))
                    for share in (row.eer, row.misleading_10, row.misleading_100)
                ),
            )
            for row in rows
        ),
        (2.6, 0.9, 1.0, 1.0, 1.5, 1.0, 1.2, 1.2),
        frozenset(range(1, len(columns))),
    )
