"""Writes the report of a case into files."""

from pathlib import Path

from micfp.casework.case_file import Case
from micfp.casework.report.build import build
from micfp.casework.report.html import render_html
from micfp.casework.report.language import load_language
from micfp.casework.report.pdf import render_pdf
from micfp.written import written_whole


def write_report(
    case: Case,
    out: Path,
    pdf: Path | None = None,
    language: str = "en",
    calibration: Path | None = None,
) -> tuple[Path, ...]:
    """Write the report as HTML and, where it is wanted, as a PDF; the files that were written.

    Parameters
    ----------
    case
        An opened case.
    out, pdf
        Files to write.
    language
        As of `load_language`.
    calibration
        As of `build`.

    Raises
    ------
    MicfpError
        A case that is not what was written; a language that is none; a file that may not be
        written.
    """
    document = build(case, load_language(language), calibration)
    with written_whole(out, "the report") as part:
        part.write_bytes(render_html(document).encode())
    if pdf is None:
        return (out,)
    with written_whole(pdf, "the report") as part:
        part.write_bytes(render_pdf(document))
    return out, pdf
