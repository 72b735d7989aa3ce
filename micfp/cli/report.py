"""What a case says, for a court: `micfp report`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from micfp.cli.options import CalibrationFile
from micfp.errors import printable


def report(
    case: Annotated[Path, typer.Argument(help="File of the case.")] = Path("case.micfp"),
    out: Annotated[Path, typer.Option(help="HTML file to write.")] = Path("report.html"),
    pdf: Annotated[Path | None, typer.Option(help="PDF file to write, too.")] = None,
    language: Annotated[
        str, typer.Option(help="en, de, or a TOML file of words (docs/report.md).")
    ] = "en",
    calibration: CalibrationFile = None,
) -> None:
    """Write the report of a case: what was asked, answered and on what it hangs.

    The same case gives the same bytes. A case whose log, references or answers are not what was
    written gets no report; where a recording is another file by now, that is said.
    """
    from micfp.casework.case_file import open_case
    from micfp.casework.custody import check
    from micfp.casework.report.writing import write_report

    with open_case(case) as opened:
        written = write_report(opened, out, pdf, language, calibration)
        changed = check(opened).wrong
    for path, what in zip(written, ("the report", "the same as a PDF"), strict=False):
        print(printable(f"{path}: {what}"))
    for sentence in changed:
        print(printable(f"careful: {sentence}"), file=sys.stderr)
