"""What files themselves say: `micfp inspect`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from micfp.cli.options import Json, LogFile, Track, warn_not_recorded
from micfp.errors import print_json

if TYPE_CHECKING:
    from micfp.casework.inspect.inspection import Inspection

NOT_READ = 3
"""Exit status where the sound of a file could not be read."""


def inspect(
    files: Annotated[list[Path], typer.Argument(help="Files of any kind, or folders of them.")],
    track: Track = None,
    case: LogFile = None,
    as_json: Json = False,
) -> None:
    """Say what files themselves tell: container, encoder, times, tags, samples, and what is odd.

    Leaves with status 3 where the sound of a file could not be read.
    """
    from micfp.casework.inspect.inspecting import inspect_each
    from micfp.casework.inspect.wording import as_text
    from micfp.corpora.listing import files_of

    refused = False
    not_recorded: dict[str, None] = {}
    for found in inspect_each(files_of(files), track):
        refused |= found.refused is not None
        if case is not None and (reason := _kept(case, found, track)) is not None:
            not_recorded[reason] = None
        if as_json:
            print_json(found.as_record())
        elif found.fields:
            print(as_text(found), flush=True)
        else:
            print(f"micfp: {found.refused}", file=sys.stderr)
    for reason in not_recorded:
        warn_not_recorded(reason)
    if refused:
        raise typer.Exit(NOT_READ)


def _kept(case: Path, found: "Inspection", track: int | None) -> str | None:
    """Keep what was found in the log of a case; returns why it could not be kept, or None."""
    from micfp.casework.asking import keep
    from micfp.casework.case_file import open_case
    from micfp.casework.files import logged_path

    with open_case(case) as opened:
        files = [logged_path(found.path)]
        return keep(opened, "inspect", {"track": track}, found.as_record(), files)
