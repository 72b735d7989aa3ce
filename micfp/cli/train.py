"""A model of one's own recordings: `micfp train`."""

from pathlib import Path
from typing import Annotated

import typer

from micfp.cli.options import Json
from micfp.errors import print_json, printable


def train(
    root: Annotated[
        Path, typer.Argument(help="Folder (or CSV) of the recordings: FOLDER/DEVICE/FILE.")
    ],
    corpus: Annotated[str, typer.Option(help="Reader: how folders and names become labels.")] = (
        "folder"
    ),
    project: Annotated[
        Path | None,
        typer.Option(
            help="Folder of a project to compute in. Without: this one, if it is a project, else "
            "FOLDER-model, which is written."
        ),
    ] = None,
    cores: Annotated[
        int | None, typer.Option(min=1, help="Processes side by side. Without: all cores.")
    ] = None,
    target: Annotated[
        str,
        typer.Option(
            help="What is identified: device, session, content, ..., or a further column of a CSV."
        ),
    ] = "device",
    as_json: Json = False,
) -> None:
    """Train classifiers on your own recordings, and keep the one that does best.

    Windows, folds and the test part are chosen by what the recordings give, and said with the
    reason. It is the pipeline: what was computed once is not computed again.
    """
    import shlex
    import sys

    from micfp.studies.train import project_of
    from micfp.studies.train import train as run

    for said in run(root, project or project_of(root), corpus, cores, target):
        if isinstance(said, str):
            print(printable(f"micfp: {said}"), file=sys.stderr, flush=True)
        elif as_json:
            print_json(said.as_record())
        else:
            print(said.as_text())
            model = shlex.quote(str(said.model))
            print(printable(f"  ask it: micfp identify RECORDING --model {model}"))
            print(printable(f"  on other recordings: micfp evaluate FOLDER --model {model}"))
