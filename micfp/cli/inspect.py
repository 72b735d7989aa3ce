"""What files themselves say: `micfp inspect`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from micfp.cli.options import Json, Track
from micfp.errors import print_json

NOT_READ = 3
"""Exit status where the sound of a file could not be read."""


def inspect(
    files: Annotated[list[Path], typer.Argument(help="Files of any kind, or folders of them.")],
    track: Track = None,
    as_json: Json = False,
) -> None:
    """Say what files themselves tell: container, encoder, times, tags, samples, and what is odd.

    Leaves with status 3 where the sound of a file could not be read.
    """
    from micfp.casework.inspect.inspecting import inspect_each
    from micfp.casework.inspect.wording import as_text
    from micfp.corpora.listing import files_of

    refused = False
    for found in inspect_each(files_of(files), track):
        refused |= found.refused is not None
        if as_json:
            print_json(found.as_record())
        elif found.fields:
            print(as_text(found), flush=True)
        else:
            print(f"micfp: {found.refused}", file=sys.stderr)
    if refused:
        raise typer.Exit(NOT_READ)
