"""The `micfp` command: thin verbs that import what they need when they run."""

import gc
import io
import sys
from typing import Annotated

import typer

from micfp import __version__
from micfp.cli.batch import batch, batch_join, batch_shard
from micfp.cli.bench import bench, population, stimulus
from micfp.cli.case import case_app
from micfp.cli.casework import devices, enroll, identify, validate, verify
from micfp.cli.cluster import cluster
from micfp.cli.compare import compare
from micfp.cli.corpora import check, corpus, fetch_app
from micfp.cli.cut import cut
from micfp.cli.init import init
from micfp.cli.inspect import inspect
from micfp.cli.pipeline import (
    dvc_file,
    evaluate,
    export_onnx,
    export_segments,
    params,
    publish,
    step,
    track,
)
from micfp.cli.report import report
from micfp.cli.response import response
from micfp.cli.scan import scan
from micfp.cli.store import store_app
from micfp.cli.train import train
from micfp.cli.tree import Grouped, add_verb
from micfp.errors import MicfpError
from micfp.extras import extras_named

app = typer.Typer(
    name="micfp",
    help="Weighs which microphone or phone, or another of its model, made a recording.",
    cls=Grouped,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ASK = "Which device made it"
add_verb(
    app,
    enroll,
    'enroll "Pixel 6" pixel-1.wav pixel-2.wav',
    'enroll "Pixel 6" recordings/pixel --case theft.micfp',
    group=ASK,
)
add_verb(
    app,
    identify,
    "identify voice-note.opus",
    "identify leaked/ --sitting other --json",
    group=ASK,
)
add_verb(
    app,
    verify,
    "verify note.m4a reference.wav",
    "verify note.m4a reference.wav --sitting other --case theft.micfp",
    group=ASK,
)
add_verb(
    app,
    batch,
    "batch recordings --out table.parquet",
    "batch recordings --what inspect,identify --case theft.micfp --out table.csv",
    group=ASK,
)
add_verb(
    app,
    devices,
    "devices",
    'devices remove "Pixel 6"',
    group=ASK,
)
add_verb(
    app,
    report,
    "report --pdf report.pdf",
    "report theft.micfp --language de --out gutachten.html",
    group=ASK,
)
app.add_typer(case_app, name="case", rich_help_panel=ASK)

LOOK = "What a recording tells"
add_verb(
    app,
    inspect,
    "inspect voice-note.opus",
    "inspect evidence/ --json",
    group=LOOK,
)
add_verb(
    app,
    scan,
    "scan interview.wav --out scans",
    "scan interview.wav --case theft.micfp",
    group=LOOK,
)
add_verb(
    app,
    cluster,
    "cluster recordings --out groups",
    "cluster recordings --sitting other --prior-odds 0.2",
    group=LOOK,
)
add_verb(
    app,
    compare,
    "compare --a first.wav --b second.wav",
    "compare --a pixel/ --b iphone/ --out differences",
    group=LOOK,
)
add_verb(
    app,
    response,
    "response recorded.wav --stimulus day-1.wav",
    "response recorded.wav --stimulus day-1.wav --out curves",
    group=LOOK,
)

RECORD = "Your own recordings"
add_verb(
    app,
    stimulus,
    "stimulus day-1.wav",
    "stimulus day-2.wav --session day-2",
    group=RECORD,
)
add_verb(
    app,
    cut,
    'cut raw/pixel.wav --device "Pixel 6" --session day-1 --out mine',
    'cut raw/both-days.wav --device "Pixel 6" --session day-1 --session day-2 --out mine',
    group=RECORD,
)
add_verb(
    app,
    check,
    "check mine",
    "check mine/recordings.csv --corpus manifest --json",
    group=RECORD,
)
add_verb(
    app,
    corpus,
    "corpus folder mine",
    "corpus folder mine --out mine/recordings.csv",
    group=RECORD,
)
add_verb(
    app,
    validate,
    "validate mine",
    "validate mine --out calibration.json --figures validation",
    group=RECORD,
)

PIPELINE = "The pipeline"
add_verb(
    app,
    train,
    "train phones",
    "train phones/recordings.csv --corpus manifest --project phones-project",
    group=PIPELINE,
)
add_verb(app, init, "init phones-project", "init .", group=PIPELINE)
add_verb(
    app,
    evaluate,
    "evaluate tests --corpus folder",
    "evaluate tests/recordings.csv --corpus manifest --model results/models/svc-thesis-plain",
    group=PIPELINE,
)
add_verb(
    app,
    bench,
    "bench virtual",
    "bench virtual --params small.yaml",
    group=PIPELINE,
)
add_verb(
    app,
    population,
    "population phones --devices 10",
    "population judged --which judged",
    group=PIPELINE,
)
add_verb(
    app,
    export_segments,
    "export-segments listen",
    'export-segments listen --device "Pixel 6" --most 5',
    group=PIPELINE,
)
add_verb(
    app,
    export_onnx,
    "export-onnx network.onnx --model results/paper-table5/models/ours",
    "export-onnx network.onnx --model models:/micfp-network@champion",
    group=PIPELINE,
)
add_verb(
    app,
    params,
    "params params.yaml workflow/presets/folder.yaml",
    "params params.yaml --write params.yaml",
    group=PIPELINE,
)
add_verb(
    app,
    track,
    "track",
    "track --quiet",
    group=PIPELINE,
)
add_verb(
    app,
    dvc_file,
    "dvc-file robustness",
    "dvc-file grid",
    group=PIPELINE,
)
app.add_typer(store_app, name="store", rich_help_panel=PIPELINE)
app.add_typer(fetch_app, name="fetch", rich_help_panel=PIPELINE)

for called_by_the_workflow in (batch_shard, batch_join, step, publish):
    app.command(hidden=True)(called_by_the_workflow)


def _say_version(wanted: bool) -> None:
    if wanted:
        print(f"micfp {__version__}")
        raise typer.Exit


@app.callback()
def _micfp(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """What stands before every verb."""


# Imports make hundreds of thousands of objects that stay. Looking for garbage among them after
# every 700 new ones, as Python does, takes a tenth of the start of a job.
OBJECTS_BEFORE_COLLECTION = 50_000


INTERRUPTED = 130
"""Exit status that typer gives to Ctrl-C."""


def main() -> None:
    """Run a verb; a MicfpError is one sentence and status 2."""
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    for stream in (sys.stdout, sys.stderr):  # whatever characters the terminal has
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with extras_named():
            app()
    except MicfpError as error:
        print(f"micfp: {error}", file=sys.stderr)
        sys.exit(2)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print("micfp: stopped by Ctrl-C; what was answered before stands", file=sys.stderr)
        raise
    except BrokenPipeError:
        sys.exit(141)
