"""The `micfp` command: thin verbs that import what they need when they run."""

import gc
import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from micfp import __version__
from micfp.cli.batch import batch, batch_join, batch_shard
from micfp.cli.case import case_app
from micfp.cli.casework import devices, enroll, identify, validate, verify
from micfp.cli.cluster import cluster
from micfp.cli.compare import compare
from micfp.cli.init import init
from micfp.cli.inspect import inspect
from micfp.cli.models import DEFAULT_MODEL, load_any_model, params_of
from micfp.cli.options import Json, ModelPlace, ParamFiles, Track
from micfp.cli.report import report
from micfp.cli.response import response
from micfp.cli.scan import scan
from micfp.cli.store import store_app
from micfp.errors import MicfpError, print_json
from micfp.extras import extras_named
from micfp.tables import print_table

app = typer.Typer(
    name="micfp",
    help="Identifies the microphone or phone that made a recording.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
fetch_app = typer.Typer(help="Download public corpora.", no_args_is_help=True)
app.add_typer(fetch_app, name="fetch")
app.add_typer(store_app, name="store")
app.add_typer(case_app, name="case")
app.command()(enroll)
app.command()(identify)
app.command()(verify)
app.command()(validate)
app.command()(devices)
app.command()(batch)
app.command("batch-shard", hidden=True)(batch_shard)
app.command("batch-join", hidden=True)(batch_join)
app.command()(inspect)
app.command()(report)
app.command()(scan)
app.command()(cluster)
app.command()(compare)
app.command()(response)
app.command()(init)


class Population(StrEnum):
    """Populations of the section fingerprint."""

    training = "training"
    same_setting = "same_setting"
    other_setting = "other_setting"
    judged = "judged"
    calibration = "calibration"


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


@app.command("export-onnx")
def export_onnx(
    out: Annotated[Path, typer.Argument(help="ONNX file to write.")],
    model: ModelPlace,
) -> None:
    """Write a network as ONNX, for other programs: from its frames to one score per device."""
    from micfp.fingerprint.export import export_onnx as export

    print(export(load_any_model(model), model, out))


@app.command()
def evaluate(
    root: Annotated[Path, typer.Argument(help="Folder (or CSV) of labelled recordings.")],
    corpus: Annotated[str, typer.Option(help="Reader: how folders and names become labels.")],
    model: ModelPlace = DEFAULT_MODEL,
    as_json: Json = False,
) -> None:
    """Score a fitted model on another set of labelled recordings."""
    from micfp.config.audio import corpus_at
    from micfp.fingerprint.evaluate import evaluate_corpus

    result = evaluate_corpus(load_any_model(model), corpus_at(root, corpus))
    if as_json:
        print_json(result.as_record())
    else:
        print(result.as_text())


@app.command()
def check(
    root: Annotated[Path, typer.Argument(help="Folder (or CSV) of recordings.")],
    corpus: Annotated[str, typer.Option(help="Reader: how folders and names become labels.")] = (
        "folder"
    ),
    params: ParamFiles = None,
    track: Track = None,
    as_json: Json = False,
) -> None:
    """Look for what is wrong with recordings: damage, clipping, silence, lost synchrony."""
    from micfp.config.audio import corpus_at
    from micfp.stages.quality import check_corpus

    table = check_corpus(corpus_at(root, corpus), params_of(params).check, track)
    print_table(table, as_json)


@app.command()
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


@app.command()
def bench(
    out: Annotated[Path, typer.Argument(help="Folder to write the simulated corpus in.")],
    params: ParamFiles = None,
) -> None:
    """Write the simulated corpus: the thesis's experiment on a virtual bench."""
    from micfp.bench.build import write_bench

    values = params_of(params)
    count = write_bench(values.bench, values.seed, out)
    print(f"{out}: {count} recordings; recordings.csv lists them")


@app.command()
def population(
    out: Annotated[Path, typer.Argument(help="Folder to write the recordings in.")],
    which: Annotated[
        Population, typer.Option(help="Which population of the section fingerprint.")
    ] = Population.training,
    devices: Annotated[int | None, typer.Option(min=1, help="Only so many of its devices.")] = None,
    params: ParamFiles = None,
) -> None:
    """Write virtual phones as a corpus: what models of unseen devices are trained from."""
    from micfp.bench.population import write_population

    values = params_of(params)
    config = getattr(values.fingerprint, which.value)
    if devices is not None:
        config = config.model_copy(update={"n_devices": devices})
    count = write_population(config, values.seed, out)
    print(f"{out}: {count} recordings; recordings.csv lists them")


@app.command()
def stimulus(
    out: Annotated[Path, typer.Argument(help="WAV file to write.")],
    session: Annotated[
        str | None,
        typer.Option(help="Session of the parameters, or day-N: any day beyond them."),
    ] = None,
    params: ParamFiles = None,
) -> None:
    """Write the sound to play when recording one's own microphones."""
    import numpy as np

    from micfp.audio import write_wav
    from micfp.bench.days import day_of
    from micfp.bench.stimuli import stimulus as make_stimulus

    values = params_of(params)
    day = day_of(values.bench, session)
    samples, rate_hz = make_stimulus(values.bench, np.random.default_rng(values.seed), day)
    write_wav(out, samples, rate_hz)
    if not day.own_sentences:
        warning = f"micfp: {session} says sentences of an earlier day: no others are left"
        print(warning, file=sys.stderr)
    print(f"{out}: {len(samples) / rate_hz / 60:.1f} minutes; play it as loud as one speaks")


@app.command("export-segments")
def export_segments(
    out: Annotated[Path, typer.Argument(help="Folder to write WAV files in.")],
    device: Annotated[str | None, typer.Option(help="Only of this device.")] = None,
    most: Annotated[int, typer.Option(help="At most so many per device.")] = 20,
    params: Annotated[
        list[Path] | None,
        typer.Option(
            "--params",
            help="Parameter files; later ones are differences. Without: those of the last run.",
        ),
    ] = None,
) -> None:
    """Write segments of the last run as WAV files, to listen to."""
    from micfp.plan.export import export_segments as export
    from micfp.plan.export import params_of_last_run

    values = params_of(params) if params else params_of_last_run()
    count = export(values, out, device, most)
    print(f"{out}: {count} segments of corpus {values.corpus.name}")


@fetch_app.command("thesis")
def fetch_thesis(
    target: Annotated[Path, typer.Option(help="Where the data set goes.")] = Path("data/thesis"),
) -> None:
    """Download the thesis's recordings (13 GB) from Kaggle, check them, version them with DVC."""
    from micfp.corpora.fetch import fetch_thesis as fetch

    fetch(target)


@app.command()
def params(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Parameter files; none: the defaults.")
    ] = None,
) -> None:
    """Print parameters, checked and documented: the defaults, or those of files."""
    from micfp.plan.params import Params, load_params
    from micfp.plan.params_document import render

    print(render(load_params(files) if files else Params()), end="")


@app.command("dvc-file")
def dvc_file(study: Annotated[str, typer.Argument(help="As Snakemake is asked for it.")]) -> None:
    """Print the dvc.yaml of a study, which `dvc repro` alone does not run."""
    from micfp.studies.versioning import dvc_file as write_file

    print(write_file(study), end="")


@app.command(hidden=True)
def step(name: str, job: str) -> None:
    """Make the results of one job (called by the workflow)."""
    from micfp.engine.run import run_job, settle_sums
    from micfp.tracking.live import live_run

    settle_sums()  # before a stage is imported, and numpy with it
    run_job(name, job, live_run)


@app.command(hidden=True)
def publish(key: str) -> None:
    """Put the results of a plan under results/ (called by the workflow)."""
    from micfp.studies.publish import publish as run_publish

    run_publish(key)


@app.command()
def track(key: Annotated[str | None, typer.Argument(hidden=True)] = None) -> None:
    """Log the last published results to MLflow; what is there already is not logged again."""
    from micfp.studies.registry import TRACKED
    from micfp.tracking.log import track as log_runs

    log_runs(key, TRACKED)


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
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
