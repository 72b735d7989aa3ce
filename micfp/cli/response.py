"""`micfp response`: the frequency response of a device, from a recording of a known sweep."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from micfp.cli.casework import NO_ANSWER, channel_of
from micfp.cli.options import ChannelName, Json, OutFolder, Track
from micfp.errors import print_json, printable


def response(
    recording: Annotated[Path, typer.Argument(help="What the device recorded.")],
    stimulus: Annotated[
        Path, typer.Option(help="What was played meanwhile: the file of `micfp stimulus`.")
    ],
    out: OutFolder = None,
    channel: ChannelName = "mean",
    track: Track = None,
    as_json: Json = False,
) -> None:
    """Find the sweeps of a stimulus in a recording, and say what the device made of them.

    Leaves with status 3 where no sweep is found.
    """
    from micfp.casework.response.output import write
    from micfp.casework.response.response import NoSweepError, measure

    try:
        found = measure(recording, stimulus, channel_of(channel), track)
    except NoSweepError as error:
        if as_json:
            print_json({"path": str(recording), "stimulus": str(stimulus), "refused": str(error)})
        else:
            print(printable(f"no answer: {error}"), file=sys.stderr)
        raise typer.Exit(NO_ANSWER) from None
    written = [] if out is None else write(found, out)
    if as_json:
        print_json(found.as_record())
        return
    print(found.as_text())
    for path in written:
        print(printable(f"written: {path}"))
