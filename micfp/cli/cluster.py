"""`micfp cluster`: how many devices made some recordings."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from micfp.cli.casework import NO_ANSWER, channel_of
from micfp.cli.options import (
    CalibrationFile,
    ChannelName,
    FingerprintFile,
    Json,
    KeptFile,
    OutFolder,
    SittingName,
    Track,
)
from micfp.errors import print_json, printable


def cluster(
    audio: Annotated[list[Path], typer.Argument(help="Folders of recordings, or audio files.")],
    sitting: SittingName = "any",
    prior_odds: Annotated[
        float,
        typer.Option(
            help="That one device made two of the recordings, before anything was heard: 0.05 is "
            "one pair of one device for each twenty of two."
        ),
    ] = 0.06,
    out: OutFolder = None,
    kept: KeptFile = None,
    calibration: CalibrationFile = None,
    fingerprint: FingerprintFile = None,
    channel: ChannelName = "mean",
    track: Track = None,
    as_json: Json = False,
) -> None:
    """Say how many devices made some recordings, and which belong together.

    Leaves with status 3 where nothing could be decided of any of them.
    """
    from micfp.casework.cluster.clustering import cluster as group
    from micfp.casework.cluster.output import write
    from micfp.corpora.listing import files_of
    from micfp.fingerprint.weighed.weighing import load_weighing

    weighing = load_weighing(sitting, fingerprint, calibration)
    found = group(files_of(audio), weighing, prior_odds, channel_of(channel), track, kept)
    written = [] if out is None else write(found, weighing.calibrated.bounds, out)
    if as_json:
        for one in found.recordings:
            print_json(one.as_record())
    else:
        print(found.as_text(weighing))
        print(printable(weighing.in_words()))
        for path in written:
            print(printable(f"written: {path}"))
    if out is not None and len(written) < 2:
        print("micfp: no dendrogram: too many recordings, or fewer than two", file=sys.stderr)
    if found.n_clusters == 0:
        raise typer.Exit(NO_ANSWER)
