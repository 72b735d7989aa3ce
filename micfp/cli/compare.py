"""`micfp compare`: where and by how much two devices differ."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from micfp.cli.casework import NO_ANSWER, channel_of
from micfp.cli.options import ChannelName, FingerprintFile, Json, OutFolder, SittingName, Track
from micfp.errors import print_json, printable


def compare(
    a: Annotated[
        list[Path],
        typer.Option("--a", help="A recording by the first device; give as many as there are."),
    ],
    b: Annotated[
        list[Path],
        typer.Option("--b", help="A recording by the second device; give as many as there are."),
    ],
    sitting: SittingName = "any",
    out: OutFolder = None,
    fingerprint: FingerprintFile = None,
    channel: ChannelName = "mean",
    track: Track = None,
    seed: Annotated[int, typer.Option(help="Of the pieces that are drawn.")] = 42,
    as_json: Json = False,
) -> None:
    """Say where and by how much two devices differ: responses, noise floors, hum.

    A recording may be a file or a folder of them. Leaves with status 3 where too little speech of a
    device can be used.
    """
    import numpy as np

    from micfp.casework.compare.comparison import compare as measure
    from micfp.casework.compare.output import write
    from micfp.corpora.listing import files_of
    from micfp.fingerprint.embedding.model import sitting_of
    from micfp.fingerprint.embedding.model_file import SHIPPED, load_model

    model = load_model(fingerprint or SHIPPED).model
    rng = np.random.default_rng(seed)
    found = measure(
        files_of(a), files_of(b), model, sitting_of(sitting), rng, channel_of(channel), track
    )
    written = [] if out is None else write(found, out)
    if as_json:
        print_json(found.as_record())
    else:
        print(found.as_text(), file=sys.stdout if found.refused is None else sys.stderr)
        for path in written:
            print(printable(f"written: {path}"))
    if found.refused is not None:
        raise typer.Exit(NO_ANSWER)
