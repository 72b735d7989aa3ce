"""What changed inside a recording: `micfp scan`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from micfp.cli.casework import NO_ANSWER, channel_of
from micfp.cli.options import (
    ChannelName,
    Json,
    SittingName,
    Track,
    folder_to_write,
    warn_not_recorded,
)
from micfp.errors import print_json, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from micfp.audio import Channel
    from micfp.casework.asking import Asked
    from micfp.casework.scan.found import Scan
    from micfp.fingerprint.weighed.weighing import Weighing


CHANGES = (
    "a change is a reason to listen there, no proof of a cut: a fan, a door, another voice or a "
    "messenger's compression make one, too"
)
NUMBERS = "unknown 1, 2, ...: not named; counted in each recording anew"


def scan(
    audio: Annotated[list[Path], typer.Argument(help="Audio files, video, or folders of them.")],
    case: Annotated[
        Path | None,
        typer.Option(
            help="File of a case: segments are named after its devices, and its log keeps the scan."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for a figure, labels for Audacity and excerpts, a folder a recording.",
            callback=folder_to_write,
        ),
    ] = None,
    sitting: SittingName = "any",
    channel: ChannelName = "mean",
    track: Track = None,
    as_json: Json = False,
) -> None:
    """Say where the device or its surroundings change within each recording.

    A change is a reason to listen there, and no proof of a cut; that none was found does not prove
    that nothing was cut. Leaves with status 3 where nothing could be said of the device in a
    recording.
    """
    from micfp.corpora.listing import files_of
    from micfp.fingerprint.weighed.weighing import SHIPPED_CALIBRATION, load_weighing

    weighing = load_weighing(sitting, calibration=SHIPPED_CALIBRATION)
    refused, changed, numbered, named = False, False, False, False
    not_recorded: dict[str, None] = {}
    for one in _each(case, files_of(audio), weighing, channel_of(channel), track, out):
        found = one.answer
        refused |= found.refused is not None
        changed |= bool(found.changes)
        several = len(found.segments) > 1
        numbered |= several and any(one.is_unknown for one in found.segments)
        named |= (several or case is not None) and any(one.device for one in found.segments)
        if one.not_recorded is not None:
            not_recorded[one.not_recorded] = None
        if as_json:
            print_json(found.as_record())
        else:
            stream = sys.stdout if found.refused is None else sys.stderr
            print(found.as_text(), file=stream, flush=True)
    for reason in not_recorded:
        warn_not_recorded(reason)
    if not as_json:
        if changed:
            print(CHANGES)
        if numbered:
            print(NUMBERS)
        if named:
            print(printable(f"names of segments: {weighing.in_words()}"))
    if refused:
        raise typer.Exit(NO_ANSWER)


def _each(
    case: Path | None,
    paths: list[Path],
    weighing: "Weighing",
    channel: "Channel",
    track: int | None,
    out: Path | None,
) -> "Iterator[Asked[Scan]]":
    """Scans of all files, in a case where there is one."""
    from micfp.casework.asking import Asked
    from micfp.casework.case_file import open_case
    from micfp.casework.scan.recorded import scan_in_case
    from micfp.casework.scan.scanning import scan_each

    if case is None:
        for found in scan_each(paths, weighing, {}, channel, track, out):
            yield Asked(found, None)
        return
    with open_case(case) as opened:
        yield from scan_in_case(opened, paths, weighing, channel, track, out)
