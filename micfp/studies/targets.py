"""The targets of the workflow: what each wants, and the order to publish it."""

import functools
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from micfp.engine import store
from micfp.engine.coordinator import alone, hold_directory
from micfp.engine.packing import HOME, job_file, work_of_a_job_s
from micfp.engine.places import (
    MARKERS,
    OTHER_REPORTS,
    REPORT,
    RESULTS,
    database,
    forget_published,
    note_of_change,
)
from micfp.engine.pulled import HELD, Pulled
from micfp.engine.records import planning
from micfp.engine.task import Task
from micfp.fingerprint import default_model
from micfp.fingerprint.provenance import FILE as PROVENANCE
from micfp.plan.experiment import Experiment, plan_experiment, write_jobs
from micfp.plan.folds import settled_aloud
from micfp.plan.order import Order, tracking_uri
from micfp.plan.params import STUDY_SECTIONS, Params, parse_params
from micfp.studies.registry import STUDIES, TRACKED
from micfp.tracking.live import write_place

# What differs from run to run, of whatever target.
VARIES = {"run.json", PROVENANCE, "report.html", "times.csv", "costs.csv"}
ADOPTED = "made and logged elsewhere\n"
# The sections of params.yaml that a target's results depend on, where that is not all of them.
FEATURE_SECTIONS = frozenset(
    ("seed", "shard_mb", "corpus", "bench", "degrade", "check", "trim", "segments", "features")
)
# Of these sections a study reads what it splits by.
STUDIED = frozenset(("split", "selection"))


def sections_of(target: str) -> frozenset[str] | None:
    """The sections of the parameters that a target's results depend on; None: all."""
    if target == "features":
        return FEATURE_SECTIONS
    if target == "all":
        return frozenset(Params.model_fields) - STUDY_SECTIONS
    return STUDIES[target].sections


def plan_target(
    target: str, config: Mapping[str, Any], look_only: bool = False, on_cluster: bool = False
) -> list[str]:
    """Write the jobs of a target; return the files that Snakemake is to make for it.

    look_only: for a dry run, which may look on while another run is at work; on_cluster: starting
    a job costs more there, so that more work shares one.
    Raises MicfpError where another run is at work in this directory, or the store is none.
    """
    store.check_marked()  # before anything is withdrawn for a run that could not begin
    at_work = not alone()
    if not look_only:
        hold_directory()
    if not at_work:
        store.remove_unfinished()
    params = parse_params(config, "the parameters (params.yaml and presets)")
    if target == "all" and not look_only and default_model.is_of_another(params.corpus.name):
        _withdraw(params)  # planning, too, may fail
    recordings = None
    if target != "features":  # which has no splits
        found = settled_aloud(params, sections_of(target) or STUDIED)
        params, recordings = found.params, found.recordings
    if not look_only:
        write_place(tracking_uri(params), params.tracking.experiment)
    least_job_s = work_of_a_job_s(on_cluster)
    write_order = functools.partial(
        _write_order, params=params, at_work=at_work, look_only=look_only, least_job_s=least_job_s
    )
    if target in ("all", "features"):
        experiment = plan_experiment(params, recordings)
        first = write_order("features", _feature_entries(experiment))
        if target == "features":
            return first
        # The report counts the segments of the published tables.
        after = [name for name in first if not Path(name).exists()]
        entries = _experiment_entries(experiment)
        return first + write_order("all", entries, after=after)
    return write_order(target, STUDIES[target].plan(params))


def _withdraw(params: Params) -> None:
    """Whatever becomes of this run of `all`, an earlier one is not the last any more."""
    default_model.withdraw(params.corpus.name)
    forget_published("all")


def _write_order(
    target: str,
    entries: Mapping[str, Any],
    params: Params,
    at_work: bool,
    look_only: bool,
    least_job_s: float,
    after: Sequence[str] = (),
) -> list[str]:
    """Write what is to be published once `after` is there, and the jobs that it lacks."""
    order = Order(target, _addresses(entries), params, sections_of(target))
    marker = MARKERS / order.key
    files = [marker]
    if target != "features":
        files.append(HOME / "shown" / order.key / "report.html")
    tracked = None
    if target in TRACKED:
        tracked = HOME / "tracked" / store.digest(tracking_uri(params)) / order.key
    if not at_work:
        _look_at_results(order, marker, tracked)
        if tracked is not None and _database_is_gone(params) and not _is_adopted(tracked):
            tracked.unlink(missing_ok=True)
    with planning(target, order.entries):
        published = all(file.exists() for file in files) and not at_work
        if target == "all" and not (published or at_work or look_only):
            _withdraw(params)
        stamps = (
            []
            if published
            else write_jobs(_tasks(entries), at_work, Pulled().take_back, least_job_s)
        )
    if tracked is not None:
        files.append(tracked)
    content = {
        "target": target,
        "entries": order.entries,
        "params": params.model_dump(mode="json"),
        "sections": None if order.sections is None else sorted(order.sections),
        "needs": [*stamps, *after],
    }
    store.write_whole(job_file("publish", order.key), json.dumps(content, indent=1))
    return [str(file) for file in files]


def _feature_entries(plan: Experiment) -> dict[str, Any]:
    return {"quality": plan.corpus.quality, "datasets": plan.datasets}


def _experiment_entries(plan: Experiment) -> dict[str, Any]:
    return {
        "evaluate": plan.evaluate,
        "split_comparison": plan.split_comparison,
        "figures": plan.figures,
        "quality": plan.corpus.quality,
        "fits": plan.fits,
        "selects": plan.selects,
        "overfits": plan.overfits,
        "calibrations": plan.calibrations,
        "datasets": plan.datasets,
        **({} if plan.ways is None else {"ways": plan.ways}),
    }


def _tasks(entries: Any) -> list[Task]:
    if isinstance(entries, Task):
        return [entries]
    return [task for inner in entries.values() for task in _tasks(inner)]


def _addresses(entries: Any) -> Any:
    if isinstance(entries, Task):
        return entries.address
    return {name: _addresses(inner) for name, inner in entries.items()}


def write_report() -> None:
    """Write the report of everything that is published."""
    from micfp.report.build import build_report

    build_report(RESULTS, STUDIES)


def published_files(folder: Path) -> dict[str, list[Any]]:
    """Size and content digest of what lies under `folder`, is one order's alone, and never varies.

    The report is of all orders; times are others on every run.
    """
    folders = {RESULTS / name for name in ("features", *(s.folder for s in STUDIES.values()))}
    apart = {MARKERS, HELD, OTHER_REPORTS, *(folders - {folder})}
    varies = VARIES.union(*(study.varies for study in STUDIES.values()))
    return store.sums_of(
        {
            name: path
            for name, path in store.files_of(folder).items()
            if apart.isdisjoint(path.parents) and path.name not in varies
        }
    )


def _look_at_results(order: Order, marker: Path, tracked: Path | None) -> None:
    """Forget that an order was published where its results are gone, or are another's.

    Results of just this order that came from elsewhere, by `dvc pull` or `dvc checkout`, are
    adopted once they are verified: they need neither publishing nor logging.
    """
    try:
        content = json.loads((order.folder / "run.json").read_text(encoding="utf-8"))
        files = content.pop("files")
    except (OSError, ValueError, KeyError):
        content, files = {}, {}
    there = all((order.folder / name).exists() for name in files)
    same = content == order.content() and there
    if marker.exists():
        if not same or (order.target != "features" and not REPORT.exists()):
            marker.unlink()
    elif (
        same
        # files of a publisher that was killed may be whole, and the report still an older one
        and not note_of_change(order.target).exists()
        and published_files(order.folder) == files
    ):
        _adopt(order, marker, tracked)


def _adopt(order: Order, marker: Path, tracked: Path | None) -> None:
    from micfp.report.shown import show

    forget_published(order.target)
    store.write_whole(marker, json.dumps({"target": order.target}))
    if order.target != "features":
        if not REPORT.exists():  # of all targets, and kept with `all` alone
            write_report()
        show(order.key)
    if tracked is not None and tracked.exists():
        tracked.touch()
    elif tracked is not None:
        store.write_whole(tracked, ADOPTED)
    print(f"micfp: {order.folder}: verified, and taken as they are", file=sys.stderr)


def _is_adopted(tracked: Path) -> bool:
    """Whether results were logged where they were made: `micfp track` logs them here too."""
    return tracked.exists() and tracked.read_text() == ADOPTED


def _database_is_gone(params: Params) -> bool:
    file = database(tracking_uri(params))
    return file is not None and not file.exists()
