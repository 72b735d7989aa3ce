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
    from micfp.casework.report.build import build
    from micfp.casework.report.html import render_html
    from micfp.casework.report.language import load_language
    from micfp.casework.report.pdf import render_pdf
    from micfp.written import written_whole

    words = load_language(language)
    with open_case(case) as opened:
        document = build(opened, words, calibration)
    with written_whole(out, "the report") as part:
        part.write_bytes(render_html(document).encode())
    print(printable(f"{out}: the report"))
    if pdf is not None:
        with written_whole(pdf, "the report") as part:
            part.write_bytes(render_pdf(document))
        print(printable(f"{pdf}: the same as a PDF"))
