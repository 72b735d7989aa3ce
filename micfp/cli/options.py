"""Arguments that several verbs of `micfp` have, and what several say."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from micfp.written import check_writable

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Track = Annotated[
    int | None,
    typer.Option(help="Audio track of files with several, from 0. Without: the first with sound."),
]
ModelPlace = Annotated[
    str,
    typer.Option(
        help="Folder of a fitted model; or in MLflow models:/NAME@champion, models:/NAME/VERSION "
        "or runs:/RUN."
    ),
]
ParamFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--params",
        help="Parameter files; later ones are differences. Without: params.yaml, or the defaults.",
    ),
]
CaseFile = Annotated[
    Path, typer.Option("--case", help="File of the case: enrolled devices and their references.")
]
LogFile = Annotated[
    Path | None, typer.Option("--case", help="File of a case, whose log keeps the answer.")
]
FingerprintFile = Annotated[
    Path | None,
    typer.Option("--fingerprint", help="Fingerprint model. Without: the one that micfp has."),
]
ChannelName = Annotated[
    str,
    typer.Option("--channel", help="Channel of files with several, from 0; mean: of all of them."),
]
SittingName = Annotated[
    str,
    typer.Option(
        help="What is known of the recordings: same (of one sitting: one place, one hour), other "
        "(of different ones), or any (not said)."
    ),
]
PopulationName = Annotated[
    str,
    typer.Option(
        "--population",
        help="Whom the alternative speaks of: any other device, others of the same make, or other "
        "units of the same model; the latter two need a calibration of `micfp validate`.",
    ),
]
CalibrationFile = Annotated[
    Path | None,
    typer.Option(
        "--calibration",
        help="What scores are worth: calibration.json of `micfp validate`. Without: the one in the "
        "working directory, else the one that micfp has.",
    ),
]
KeptFile = Annotated[
    Path | None,
    typer.Option(
        "--kept",
        help="File of fingerprints that were taken before; those of new files are added. Without: "
        "every file is listened to.",
    ),
]


def folder_to_write(folder: Path | None) -> Path | None:
    """Make a folder that is asked for, before hours are spent on what would not fit into it."""
    if folder is not None:
        check_writable(folder)
    return folder


OutFolder = Annotated[
    Path | None,
    typer.Option("--out", help="Folder for figures and tables.", callback=folder_to_write),
]


def warn_not_recorded(reason: str) -> None:
    """Say that the log of a case does not have what was answered."""
    print(f"micfp: the case does not keep what was asked and answered: {reason}", file=sys.stderr)
