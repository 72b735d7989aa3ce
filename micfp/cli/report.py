"""What a case says, for a court: `micfp report`."""

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

    The same case gives the same bytes. A case that is not what was written gets no report.
    """
    from micfp.casework.case_file import open_case
    from micfp.casework.report.writing import write_report

    with open_case(case) as opened:
        written = write_report(opened, out, pdf, language, calibration)
    for path, what in zip(written, ("the report", "the same as a PDF"), strict=False):
        print(printable(f"{path}: {what}"))
