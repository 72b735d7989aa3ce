"""Recordings with labels: `micfp check`, `corpus`, `fetch`."""

from pathlib import Path
from typing import Annotated

import typer

from micfp.cli.models import params_of
from micfp.cli.options import Json, ParamFiles, Track
from micfp.cli.tree import Grouped, add_verb
from micfp.tables import print_table

FLAGGED = 1
"""Exit status where a recording has a flag."""


def check(
    root: Annotated[Path, typer.Argument(help="Folder (or CSV) of recordings.")],
    corpus: Annotated[str, typer.Option(help="Reader: how folders and names become labels.")] = (
        "folder"
    ),
    params: ParamFiles = None,
    track: Track = None,
    as_json: Json = False,
) -> None:
    """Look for what is wrong with recordings: damage, clipping, silence, lost synchrony.

    Leaves with status 1 where a recording has a flag.
    """
    from micfp.config.audio import corpus_at
    from micfp.recordings.quality.wording import as_text
    from micfp.stages.quality import check_corpus

    table = check_corpus(corpus_at(root, corpus), params_of(params).check, track)
    if as_json:
        print_table(table, as_json)
    else:
        print(as_text(table))
    if (table["flags"] != "").any():
        raise typer.Exit(FLAGGED)


def corpus(
    reader: Annotated[str, typer.Argument(help="How folders and names become labels.")],
    root: Annotated[Path, typer.Argument(help="Folder (or CSV) of recordings.")],
    out: Annotated[Path | None, typer.Option(help="Write a CSV (a manifest) here.")] = None,
    as_json: Json = False,
) -> None:
    """Print or write the recordings table of a corpus."""
    from micfp.config.audio import corpus_at
    from micfp.corpora import manifest
    from micfp.plan.recordings import describe

    table = describe(corpus_at(root, reader))
    if out is None:
        print_table(table, as_json)
    else:
        manifest.write(table, out)
        print(f"{out}: {len(table)} recordings of {table['device'].nunique()} devices")


def fetch_thesis(
    target: Annotated[Path, typer.Option(help="Where the data set goes.")] = Path("data/thesis"),
) -> None:
    """Download the thesis's recordings (13 GB) from Kaggle, check them, version them with DVC."""
    from micfp.corpora.fetch import fetch_thesis as fetch

    fetch(target)


fetch_app = typer.Typer(help="Download public corpora.", cls=Grouped, no_args_is_help=True)
add_verb(fetch_app, fetch_thesis, "fetch thesis", "fetch thesis --target recordings", name="thesis")
