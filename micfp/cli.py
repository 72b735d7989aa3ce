"""The `micfp` command: thin verbs that import what they need when they run."""

import gc
import json
import sys
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from micfp.errors import MicfpError

app = typer.Typer(
    name="micfp",
    help="Identifies the microphone or phone that made a recording.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
fetch_app = typer.Typer(help="Download public corpora.", no_args_is_help=True)
app.add_typer(fetch_app, name="fetch")
store_app = typer.Typer(help="Keep the store of results in order.", no_args_is_help=True)
app.add_typer(store_app, name="store")

DEFAULT_MODEL = "results/models/default"
# Imports make hundreds of thousands of objects that stay. Looking for garbage among them after
# every 700 new ones, as Python does, takes a tenth of the start of a job.
OBJECTS_BEFORE_COLLECTION = 50_000
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
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


@app.command()
def identify(
    audio: Annotated[list[Path], typer.Argument(help="Audio files, or video with sound.")],
    model: ModelPlace = DEFAULT_MODEL,
    as_json: Json = False,
) -> None:
    """Name the device that made each recording."""
    from micfp.fingerprint.identify import identify as name_device

    loaded = _load_model(model)
    failed = False
    for path in audio:
        try:
            found = name_device(path, loaded)
        except MicfpError as error:
            failed = True
            if as_json:
                print(json.dumps(_no_answer(path, str(error), loaded), ensure_ascii=False))
            else:
                print(f"micfp: {error}", file=sys.stderr)
            continue
        if as_json:
            print(json.dumps(_identification(found, loaded), ensure_ascii=False))
        else:
            _print_identification(found, loaded)
    if failed:
        raise typer.Exit(2)


def _load_model(model: str) -> Any:
    """The model of a folder, or of an address in MLflow."""
    from micfp.fingerprint import default_model
    from micfp.fingerprint.identify import load_model
    from micfp.tracking.fetch import fetched, is_address

    if model == DEFAULT_MODEL and not default_model.DEFAULT.is_dir():
        raise MicfpError(default_model.why_none())
    if not is_address(model):
        return load_model(Path(model))
    from micfp.plan.order import tracking_uri

    with fetched(model, tracking_uri(_params(None))) as folder:
        return load_model(folder)


def _print_identification(found: Any, model: Any) -> None:
    """The answer for a person: who was named by how many segments, and by which model."""
    first, *others = found.ranking
    print(f"{found.path}: {first.name}, named by {first.segments} of {found.segments} segments")
    for other in [other for other in others if other.segments][:4]:
        print(f"    {other.segments} of {found.segments}: {other.name}")
    print(f"    model {model.in_words()}")
    print(
        f"    the likeliest of the {len(found.ranking)} that the model knows, also where it is none"
        " of them; not calibrated, and no evidence"
    )
    for warning in found.warnings:
        print(f"    careful: {warning}")


def _identification(found: Any, model: Any) -> dict[str, Any]:
    return {
        "path": found.path,
        "device": found.device,
        "ranking": [
            {"device": one.name, "log_score": one.log_score, "segments": one.segments}
            for one in found.ranking
        ],
        "segments": found.segments,
        "decision": model.provenance.decision,
        "model": {
            "name": model.name,
            "corpus": model.provenance.corpus,
            "made": model.provenance.made,
            "devices": list(model.fitted.classes),
            "sample_rates_hz": list(model.sample_rates_hz),
            "codecs": list(model.codecs),
        },
        "warnings": list(found.warnings),
    }


def _no_answer(path: Path, sentence: str, model: Any) -> dict[str, Any]:
    from micfp.fingerprint.identify import Identification

    nothing = Identification(str(path), (), 0, (sentence,))
    return _identification(nothing, model)


@app.command("export-onnx")
def export_onnx(
    out: Annotated[Path, typer.Argument(help="ONNX file to write.")],
    model: ModelPlace,
) -> None:
    """Write a network as ONNX, for other programs: from its frames to one score a device."""
    import tempfile

    from micfp.engine.store import copy_whole
    from micfp.models.method_files import export_onnx as export
    from micfp.models.methods import FittedMethod

    loaded = _load_model(model)
    if not isinstance(loaded.fitted, FittedMethod):
        raise MicfpError(f"{model}: a classifier on features, and no network that ONNX could hold")
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "network.onnx"
        export(loaded.fitted, whole)
        try:
            copy_whole(whole, out)
        except OSError as error:
            raise MicfpError(f"{out}: not to be written there ({error.strerror})") from None
    inputs, n_scores = loaded.fitted.frame_inputs.names, len(loaded.fitted.classes)
    print(f"{out}: {', '.join(inputs)} to {n_scores} scores")


@app.command()
def evaluate(
    root: Annotated[Path, typer.Argument(help="Folder (or CSV) of labelled recordings.")],
    corpus: Annotated[str, typer.Option(help="Reader: how folders and names become labels.")],
    model: ModelPlace = DEFAULT_MODEL,
    as_json: Json = False,
) -> None:
    """Score a fitted model on another set of labelled recordings."""
    from micfp.fingerprint.evaluate import evaluate_corpus

    result = evaluate_corpus(_load_model(model), _corpus_config(corpus, root))
    if as_json:
        print(json.dumps(result.as_record(), ensure_ascii=False))
    else:
        print(result.as_text())


def _corpus_config(reader: str, root: Path) -> Any:
    from micfp.config.audio import CorpusConfig, ReaderName

    known = get_args(ReaderName)
    if reader not in known:
        raise MicfpError(f"no corpus reader {reader!r}; there are {', '.join(known)}")
    return CorpusConfig.model_validate({"name": root.name, "reader": reader, "root": root})


@app.command()
def check(
    root: Annotated[Path, typer.Argument(help="Folder (or CSV) of recordings.")],
    corpus: Annotated[str, typer.Option(help="Reader: how folders and names become labels.")] = (
        "folder"
    ),
    params: ParamFiles = None,
    as_json: Json = False,
) -> None:
    """Look for what is wrong with recordings: damage, clipping, silence, lost synchrony."""
    from micfp.stages.quality import check_corpus

    table = check_corpus(_corpus_config(corpus, root), _params(params).check)
    _print_table(table, as_json)


@app.command()
def corpus(
    reader: Annotated[str, typer.Argument(help="How folders and names become labels.")],
    root: Annotated[Path, typer.Argument(help="Folder (or CSV) of recordings.")],
    out: Annotated[Path | None, typer.Option(help="Write a CSV (a manifest) here.")] = None,
    as_json: Json = False,
) -> None:
    """Print or write the recordings table of a corpus."""
    from micfp.corpora import manifest
    from micfp.plan.recordings import describe

    table = describe(_corpus_config(reader, root))
    if out is None:
        _print_table(table, as_json)
    else:
        manifest.write(table, out)
        print(f"{out}: {len(table)} recordings of {table['device'].nunique()} devices")


def _print_table(table: Any, as_json: bool) -> None:
    if as_json:
        for record in table.to_dict(orient="records"):
            print(json.dumps(record, ensure_ascii=False, default=str))
    else:
        print(table.to_string(index=False, max_colwidth=60))


def _params(files: list[Path] | None) -> Any:
    from micfp.plan.params import load_params

    default = Path("params.yaml")
    return load_params(files or ([default] if default.exists() else []))


@app.command()
def bench(
    out: Annotated[Path, typer.Argument(help="Folder to write the simulated corpus in.")],
    params: ParamFiles = None,
) -> None:
    """Write the simulated corpus: the thesis's experiment on a virtual bench."""
    from micfp.bench.build import write_bench

    values = _params(params)
    count = write_bench(values.bench, values.seed, out)
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

    values = _params(params)
    day = day_of(values.bench, session)
    samples, rate_hz = make_stimulus(values.bench, np.random.default_rng(values.seed), day)
    write_wav(out, samples, rate_hz)
    if not day.own_sentences:
        said = f"micfp: {session} says sentences of an earlier day: no others are left"
        print(said, file=sys.stderr)
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

    of = _params(params) if params else params_of_last_run()
    count = export(of, out, device, most)
    print(f"{out}: {count} segments of corpus {of.corpus.name}")


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
def dvc_file(
    study: Annotated[str, typer.Argument(help="A study, as Snakemake is asked for it.")],
) -> None:
    """Print the dvc.yaml of a study, which `dvc repro` alone does not run."""
    from micfp.studies.registry import STUDIES
    from micfp.studies.versioning import dvc_file as write_file

    if study not in STUDIES:
        raise MicfpError(f"{study}: there is no such study (there: {', '.join(STUDIES)})")
    print(write_file(study), end="")


@app.command(hidden=True)
def step(name: str, job: str) -> None:
    """Make the results of one job (called by the workflow)."""
    from micfp.engine.run import run_job, settle_sums

    settle_sums()  # before what is imported next: it imports numpy
    from micfp.studies.registry import STAGES
    from micfp.tracking.live import live_run

    run_job(name, job, STAGES, live_run)


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


@store_app.command("list")
def store_list(
    step: Annotated[str | None, typer.Argument(help="Show each result of this step.")] = None,
    as_json: Json = False,
) -> None:
    """Show what the store holds: results, size and last use of each step."""
    from micfp.engine import storekeeping as keeping

    results = keeping.held(step)
    if step is not None:
        for result in results:
            if as_json:
                print(json.dumps(_held(result)))
                continue
            size, used = keeping.size_text(result.size_bytes), keeping.time_text(result.used_s)
            print(f"{result.address}  {size:>9}  {used}  {keeping.called_by(result.address)}")
    elif as_json:
        for name, count, size_bytes, used_s in keeping.by_step(results):
            row = {"step": name, "results": count, "size_bytes": size_bytes, "used_s": used_s}
            print(json.dumps(row))
    else:
        print(keeping.table_by_step(results))


def _held(result: Any) -> dict[str, Any]:
    return {
        "address": result.address,
        "size_bytes": result.size_bytes,
        "used_s": result.used_s,
    }


@store_app.command("gc")
def store_gc(
    older_than: Annotated[
        float, typer.Option(min=0, help="Days that a result stays after a run last wanted it.")
    ] = 30.0,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Remove results that no run has wanted for some days and no checkout has published.

    Shows them first, and asks.
    """
    from micfp.engine import garbage
    from micfp.engine.storekeeping import table_by_step

    unused = garbage.find_unused(older_than)
    removed = 0
    if as_json:
        removed = garbage.remove_unused(unused) if yes and not dry_run else 0
        row = {"unused": [_held(r) for r in unused.results], "kept": unused.kept}
        print(json.dumps(row | {"careful": unused.wanted.careful, "removed": removed}))
        return
    print(
        f"kept: {unused.kept} results, which were used in the last {older_than:g} days or are "
        f"wanted by {', '.join(unused.wanted.counted)}"
    )
    for sentence in unused.wanted.careful:
        print(f"careful: {sentence}")
    if not unused.results:
        print("every result is kept")
    else:
        print(f"unused for {older_than:g} days:\n{table_by_step(unused.results)}")
    if not dry_run and _agreed("Remove them, and what lies around of runs that ended?", yes):
        print(f"removed {garbage.remove_unused(unused)} results")


def _agreed(question: str, yes: bool) -> bool:
    """Ask a person; a program has to say --yes."""
    if yes:
        return True
    if not sys.stdin.isatty():
        print("nothing is removed without --yes")
        return False
    return typer.confirm(question)


@store_app.command("verify")
def store_verify(as_json: Json = False) -> None:
    """Read every result again; what is damaged goes out of the way, and the next run makes it."""
    from micfp.engine import storekeeping as keeping

    damaged = unknown = 0
    for found in keeping.verify():
        moved_to = None if found.moved_to is None else str(found.moved_to)
        if as_json:
            row: dict[str, Any] = {"address": found.address, "damage": list(found.what)}
            print(json.dumps(row | {"made_from_it": found.made_from_it, "moved_to": moved_to}))
        elif found.what:
            print(f"{found.address}: {'; '.join(found.what)}; moved to {moved_to}")
            if found.made_from_it:
                print(
                    f"    {found.made_from_it} results were made from it: right where that was "
                    f"before the damage; `micfp store rm {found.address}` has them made again too"
                )
        damaged += bool(found.what)
        unknown += not found.what
    if not as_json:
        print(f"{damaged} damaged results" + ("; the next run makes them again" * bool(damaged)))
        if unknown:
            print(f"{unknown} results of which nothing was noted when they were written")
    if damaged:
        raise typer.Exit(1)


@store_app.command("rm")
def store_rm(
    results: Annotated[
        list[str], typer.Argument(help="STEP, or STEP/KEY; a key may be cut short.")
    ],
    only: Annotated[bool, typer.Option("--only", help="Keep what was made from them.")] = False,
    yes: Yes = False,
) -> None:
    """Forget results and what was made from them, so that the next run makes them again."""
    from micfp.engine import storekeeping as keeping

    found = keeping.to_forget(results, only)
    print(keeping.table_by_step(found))
    if _agreed("Remove them?", yes):
        print(f"removed {keeping.forget(found)} results")


def main() -> None:
    """Run a verb; a MicfpError is one sentence and status 2."""
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    try:
        app()
    except MicfpError as error:
        print(f"micfp: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
