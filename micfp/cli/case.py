"""Whether a case is what was written, and whether its numbers come out again: `micfp case`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from micfp.cli.options import CalibrationFile, FingerprintFile, Json
from micfp.cli.tree import Grouped, add_verb
from micfp.errors import print_json

WRONG, NO_ANSWER = 1, 3
"""Exit status where something is not what was written, and where something cannot be said."""
Case = Annotated[Path, typer.Argument(help="File of the case.")]


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


def case_repeat(
    case: Case = Path("case.micfp"),
    calibration: CalibrationFile = None,
    fingerprint: FingerprintFile = None,
    as_json: Json = False,
) -> None:
    """Take every number of the log anew from the audio files, and compare.

    A recording is looked for where it was, and beside the case. Leaves with status 1 where a number
    is another one, else with 3 where something could not be repeated here.
    """
    from micfp.casework.case_file import open_case
    from micfp.casework.repeat import WITHIN, repeat

    states = []
    largest = 0.0
    with open_case(case) as opened:
        for one in repeat(opened, fingerprint, calibration):
            states.append(one.state)
            largest = max(largest, one.largest)
            if as_json:
                print_json(one.as_record())
            else:
                stream = sys.stdout if one.state == "same" else sys.stderr
                print(one.as_text(), file=stream, flush=True)
    if not as_json:
        print(
            f"{states.count('same')} of {len(states)} entries have the same numbers within "
            f"{WITHIN}; the greatest difference is {largest:.2g}"
        )
    if "different" in states:
        raise typer.Exit(WRONG)
    if "not repeated" in states:
        raise typer.Exit(NO_ANSWER)


case_app = typer.Typer(
    help="Check a case, and repeat its numbers.", cls=Grouped, no_args_is_help=True
)
add_verb(case_app, case_verify, "case verify", "case verify theft.micfp --json", name="verify")
add_verb(case_app, case_repeat, "case repeat", "case repeat theft.micfp --json", name="repeat")
