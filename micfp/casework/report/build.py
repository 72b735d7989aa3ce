"""The report of a case, put together."""

from pathlib import Path

from micfp.casework.case_file import Case
from micfp.casework.reference import written_time
from micfp.casework.report.contents import Contents, name_of, read_contents
from micfp.casework.report.document import Document
from micfp.casework.report.language import Language
from micfp.casework.report.section_custody import custody, repeated
from micfp.casework.report.section_front import front
from micfp.casework.report.section_material import material, quality
from micfp.casework.report.section_more import more
from micfp.casework.report.section_results import change, results
from micfp.casework.report.section_validation import method, validation


def build(case: Case, words: Language, calibration: Path | None = None) -> Document:
    """Put the report of a case together; the same case gives the same report.

    Parameters
    ----------
    case
        The case.
    words
        In which language.
    calibration
        The calibration that answers are of, where it is not micfp's, nor in the working directory.

    Raises
    ------
    MicfpError
        The case is not what was written.
    """
    return document(read_contents(case, calibration), words)


def document(case: Contents, words: Language) -> Document:
    """The report of what was read of a case."""
    first, last = case.entries[0], case.entries[-1]
    sections = [material(case, words), quality(case, words)]
    if case.asked:
        sections += [results(case, words), change(case, words)]
    sections += more(case, words)
    sections.append(method(words))
    if case.asked:
        sections.append(validation(case, words))
    sections += [custody(case, words), repeated(case, words)]
    return Document(
        language=words.code,
        title=words.text("front.title"),
        subtitle=words.text(
            "front.subtitle",
            case=name_of(case.path),
            n=len(case.entries),
            first=written_time(first.time),
            last=written_time(last.time),
            sha256=last.sha256,
        ),
        time=last.time,
        front=front(case, words, words.text("results.title")),
        sections=tuple(sections),
        contents=words.text("language.contents"),
        page=words.text("language.page"),
        skip=words.text("language.skip"),
        undrawn=words.text("language.undrawn"),
    )
