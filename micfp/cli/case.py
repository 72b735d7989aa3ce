"""Whether a case is what was written, and whether its numbers come out again: `micfp case`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from micfp.cli.options import Json
from micfp.errors import print_json

WRONG = 1
"""Exit status where something is not what was written."""
Case = Annotated[Path, typer.Argument(help="File of the case.")]

case_app = typer.Typer(help="Check a case, and repeat its numbers.", no_args_is_help=True)


@case_app.command("verify")
def case_verify(case: Case = Path("case.micfp"), as_json: Json = False) -> None:
    """Check that the log of a case, its references, answers and recordings are what was written.

    Recordings that are not here are said, and nothing is known of them. Leaves with status 1 where
    something is not what was written.
    """
    from micfp.casework.case_file import open_case
    from micfp.casework.custody import check

    with open_case(case) as opened:
        found = check(opened)
    if as_json:
        print_json(found.as_record())
    else:
        print(found.as_text(), file=sys.stderr if found.wrong else sys.stdout)
    if found.wrong:
        raise typer.Exit(WRONG)
