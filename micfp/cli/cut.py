"""Recordings of a played programme, cut into its parts: `micfp cut`."""

from pathlib import Path
from typing import Annotated

import typer

from micfp.cli.models import params_of
from micfp.cli.options import Json, ParamFiles
from micfp.errors import MicfpError, print_json


def cut(
    recording: Annotated[
        Path, typer.Argument(help="Recording of one device, with start markers in it.")
    ],
    device: Annotated[str, typer.Option(help="Name of the device.")],
    session: Annotated[
        list[str],
        typer.Option(
            help="Session that was played, as `micfp stimulus --session` names it; once for each "
            "in the recording, in their order."
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="Folder of the corpus; the parts go to DEVICE/SESSION in it.")
    ],
    params: ParamFiles = None,
    as_json: Json = False,
) -> None:
    """Cut a recording of the programme of `micfp stimulus` into its parts, by its start beeps.

    The sessions have to be named in the order of the recording: nothing in the sound tells them
    apart. Samples are copied as they are. The folder is one that `micfp check` and the pipeline
    read.
    """
    from micfp.casework.names import device_name
    from micfp.recordings.cutting import cut_sessions

    device = device_name(device)
    if device in (".", "..") or "/" in device or "\\" in device:
        raise MicfpError(f"--device {device}: becomes the name of a folder: leave out / and \\")
    folder = out / device
    for one in cut_sessions(recording, session, params_of(params).bench, folder):
        if as_json:
            print_json(one.as_record())
        else:
            print(one.as_text())
