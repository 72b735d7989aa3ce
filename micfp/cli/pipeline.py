"""What the pipeline made, and what it is told: `micfp evaluate`, `params`, `track` and others."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from micfp.cli.models import DEFAULT_MODEL, load_any_model, params_of
from micfp.cli.options import Json, ModelPlace, OutFolder
from micfp.errors import print_json, printable
from micfp.written import written_whole


def evaluate(
    root: Annotated[Path, typer.Argument(help="Folder (or CSV) of labelled recordings.")],
    corpus: Annotated[str, typer.Option(help="Reader: how folders and names become labels.")] = (
        "folder"
    ),
    model: ModelPlace = DEFAULT_MODEL,
    out: OutFolder = None,
    as_json: Json = False,
) -> None:
    """Score a fitted model on other labelled recordings: how often it is correct, who is confused.

    With --out, the confusion matrix and the report per class as CSV and PNG.
    """
    from micfp.config.audio import corpus_at
    from micfp.fingerprint.evaluate import evaluate_corpus, write_evaluated

    found = evaluate_corpus(load_any_model(model), corpus_at(root, corpus))
    written = [] if out is None else write_evaluated(found, out)
    if as_json:
        print_json(found.as_record())
        return
    print(found.as_text())
    for path in written:
        print(printable(f"written: {path}"))


def export_onnx(
    out: Annotated[Path, typer.Argument(help="ONNX file to write.")],
    model: ModelPlace,
) -> None:
    """Write a network as ONNX, for other programs: from its frames to one score per device."""
    from micfp.fingerprint.export import export_onnx as export

    print(export(load_any_model(model), model, out))


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


def params(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Parameter files; none: the defaults.")
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            help="Write them to this file, whole or not at all: what it held before is gone. "
            "Name the file before it, too, to keep what it sets."
        ),
    ] = None,
) -> None:
    """Print parameters, checked and documented: the defaults, or those of files.

    A shell empties the file behind `>` before this command begins: write with --write.
    """
    from micfp.plan.params import Params, load_params
    from micfp.plan.params_document import render

    text = render(load_params(files) if files else Params())
    if write is None:
        print(text, end="")
        return
    with written_whole(write, "the parameters") as part:
        part.write_text(text, encoding="utf-8")
    held = "the parameters of the files" if files else "the defaults"
    print(f"{write}: written, {held}", file=sys.stderr)


def dvc_file(study: Annotated[str, typer.Argument(help="As Snakemake is asked for it.")]) -> None:
    """Print the dvc.yaml of a study, which `dvc repro` alone does not run."""
    from micfp.studies.versioning import dvc_file as write_file

    print(write_file(study), end="")


def step(name: str, job: str) -> None:
    """Make the results of one job (called by the workflow)."""
    from micfp.engine.run import run_job, settle_sums
    from micfp.tracking.live import live_run

    settle_sums()  # before a stage is imported, and numpy with it
    run_job(name, job, live_run)


def publish(key: str) -> None:
    """Put the results of a plan under results/ (called by the workflow)."""
    from micfp.studies.publish import publish as run_publish

    run_publish(key)


def track(key: Annotated[str | None, typer.Argument(hidden=True)] = None) -> None:
    """Log the last published results to MLflow; what is there already is not logged again."""
    from micfp.studies.registry import TRACKED
    from micfp.tracking.log import track as log_runs

    log_runs(key, TRACKED)
