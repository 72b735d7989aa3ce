"""What changed inside a recording: `micfp scan`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from micfp.cli.casework import NO_ANSWER, channel_of
from micfp.cli.options import ChannelName, Json, SittingName, Track
from micfp.errors import print_json, printable

if TYPE_CHECKING:
    from micfp.fingerprint.embedding.fingerprint import Fingerprint


def scan(
    audio: Annotated[list[Path], typer.Argument(help="Audio files, video, or folders of them.")],
    case: Annotated[
        Path | None,
        typer.Option(help="File of a case: segments are named after its devices."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for a figure, labels for Audacity and excerpts, a folder a recording."
        ),
    ] = None,
    sitting: SittingName = "any",
    channel: ChannelName = "mean",
    track: Track = None,
    as_json: Json = False,
) -> None:
    """Say where the device or its surroundings change within each recording.

    Leaves with status 3 where nothing could be said of the device in a recording.
    """
    from micfp.casework.scan.scanning import scan_each
    from micfp.corpora.listing import files_of
    from micfp.fingerprint.weighed.weighing import SHIPPED_CALIBRATION, load_weighing

    weighing = load_weighing(sitting, calibration=SHIPPED_CALIBRATION)
    references = {} if case is None else _enrolled(case, weighing.loaded.sha256)
    refused = False
    for one in scan_each(files_of(audio), weighing, references, channel_of(channel), track, out):
        refused |= one.refused is not None
        if as_json:
            print_json(one.as_record())
        else:
            stream = sys.stdout if one.refused is None else sys.stderr
            print(one.as_text(), file=stream, flush=True)
    if not as_json:
        print(printable(f"names of segments: {weighing.in_words()}"))
    if refused:
        raise typer.Exit(NO_ANSWER)


def _enrolled(path: Path, model_sha256: str) -> "dict[str, list[Fingerprint]]":
    """References of each device of a case."""
    from micfp.casework.case_file import open_case

    with open_case(path) as opened:
        devices, _ = opened.enrolled(model_sha256)
    return {one.name: one.fingerprints for one in devices}
