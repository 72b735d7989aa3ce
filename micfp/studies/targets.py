"""The targets of the workflow: what each wants, and the order to publish it."""

import contextlib
import fcntl
import functools
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micfp.config import Params, parse_params
from micfp.config.studies import STUDIES
from micfp.engine import store
from micfp.engine.packing import HOME, job_file, work_of_a_job_s
from micfp.engine.pulled import HELD, Pulled
from micfp.engine.records import addresses_in, planning
from micfp.engine.task import Task
from micfp.errors import MicfpError
from micfp.fingerprint import default_model
from micfp.fingerprint.provenance import FILE as PROVENANCE
from micfp.plan.experiment import Experiment, plan_experiment, write_jobs
from micfp.plan.folds import settled, settled_aloud
from micfp.report.published import EXPERIMENTS
from micfp.tracking.client import database
from micfp.tracking.live import write_place

RESULTS = Path("results")
MARKERS = RESULTS / ".published"
REPORT = RESULTS / "report.html"
# Folders of targets other than `all`.
OTHERS = (
    *("features", "grid", "feature_study", "confounds", "robustness", "attack", "duration"),
    "engines",
    *(name.replace("-", "_") for name in EXPERIMENTS),
)
VARIES = (
    *("run.json", PROVENANCE, "report.html", "times.csv", "costs.csv", "forward.csv"),
    *("cut_times.csv", "engines_times.png"),
)
ADOPTED = "made and logged elsewhere\n"
LOCK = HOME / "coordinator.lock"
# The sections of params.yaml that a target's results depend on, where that is not all of them.
SECTIONS = {
    "features": {
        *("seed", "shard_mb", "corpus", "bench", "degrade"),
        *("check", "trim", "segments", "features"),
    },
    "all": set(Params.model_fields) - STUDIES - {"search"},
    "grid": set(Params.model_fields) - STUDIES - {"split", "selection", "honesty", "overfitting"},
}
# Of these sections a study reads what it splits by.
STUDIED = {"split", "selection"}
# Targets whose runs MLflow has.
TRACKED = ("all", "grid", "robustness", "attack", "duration", *EXPERIMENTS)
_held: list[Any] = []


@dataclass(frozen=True)
class Order:
    """What one run publishes: the target, addresses of results by role, and its parameters."""

    target: str
    entries: Mapping[str, Any]
    params: Params

    def path(self, *role: str) -> Path:
        """Folder of the result with this role, e.g. `("fits", "svc-thesis-plain")`."""
        found: Any = self.entries
        for name in role:
            found = found[name]
        return store.store_root() / str(found)

    def check_whole(self) -> None:
        """Make sure that what is published is as it was written.

        Raises MicfpError that names what is not.
        """
        for address in self.addresses():
            step, _, key = address.partition("/")
            store.check_whole(step, key)

    @property
    def folder(self) -> Path:
        """Where it is published."""
        return RESULTS if self.target == "all" else RESULTS / self.target.replace("-", "_")

    def addresses(self) -> list[str]:
        """Of all its results."""
        return addresses_in(self.entries)

    def content(self) -> dict[str, Any]:
        """What makes it this order: plain data for its key and its `run.json`."""
        params = self.params.model_dump(mode="json", include=SECTIONS.get(self.target))
        return {"target": self.target, "entries": self.entries, "params": params}

    @property
    def key(self) -> str:
        """Names its marker and its job."""
        key = store.digest(self.content())
        return f"features-{key}" if self.target == "features" else key


def plan_target(
    target: str, config: Mapping[str, Any], look_only: bool = False, on_cluster: bool = False
) -> list[str]:
    """Write the jobs of a target; return the files that Snakemake is to make for it.

    look_only: for a dry run, which may look on while another run is at work; on_cluster: starting
    a job costs more there, so that more work shares one.
    Raises MicfpError where another run is at work in this directory.
    """
    at_work = not _alone()
    if not look_only:
        hold_directory()
    if not at_work:
        store.remove_unfinished()
    params = parse_params(config, "the parameters (params.yaml and presets)")
    if target == "all" and not look_only and default_model.is_of_another(params.corpus.name):
        _withdraw(params)  # planning, too, may fail
    recordings = None
    if target != "features":  # which has no splits
        found = settled_aloud(params, SECTIONS.get(target, STUDIED))
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
    return write_order(target, _plans()[target](params))


def _withdraw(params: Params) -> None:
    """Whatever becomes of this run of `all`, an earlier one is not the last any more."""
    default_model.withdraw(params.corpus.name)
    forget_published("all")


def _plans() -> dict[str, Callable[[Params], dict[str, Any]]]:
    """What plans each target; what `features` wants, `all` wants too."""
    from micfp.studies import (
        compare_attacks,
        compare_conditions,
        compare_confounds,
        compare_durations,
        compare_engines,
        compare_features,
        paper,
    )
    from micfp.studies.search import search

    return {
        "all": lambda params: _experiment_entries(plan_experiment(params)),
        "grid": search.plan,
        "feature-study": compare_features.plan,
        "confounds": compare_confounds.plan,
        "robustness": compare_conditions.plan,
        "attack": compare_attacks.plan,
        "duration": compare_durations.plan,
        "engines": compare_engines.plan,
        **{target: paper.plan_of(target) for target in EXPERIMENTS},
    }


def tasks_of_all_targets(params: Params) -> Iterator[Task]:
    """What every target publishes with these parameters; one that they forbid wants nothing."""
    with contextlib.suppress(MicfpError):
        params = settled(params).params
    for plan in _plans().values():
        with contextlib.suppress(MicfpError):
            yield from _tasks(plan(params))


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
    order = Order(target, _addresses(entries), params)
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
    with planning(target, order.entries, params):
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
        "needs": [*stamps, *after],
    }
    store.write_whole(job_file("publish", order.key), json.dumps(content, indent=1))
    return [str(file) for file in files]


def read_order(key: str) -> Order:
    """Read what a run publishes."""
    try:
        content = json.loads(job_file("publish", key).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MicfpError(f"{key}: no such order; run snakemake") from None
    return Order(content["target"], content["entries"], Params.model_validate(content["params"]))


def hold_directory() -> None:
    """Hold this directory's lock until the process ends.

    Raises MicfpError where another run is at work in it.
    """
    if not _alone():
        raise MicfpError(
            f"another run is at work in this directory (process {LOCK.read_text().strip()}); "
            "wait for it, or use another checkout with the same MICFP_STORE"
        )


def _alone() -> bool:
    """Hold this directory's lock until the process ends; False where another process has it."""
    if _held:
        return True
    HOME.mkdir(exist_ok=True)
    handle = open(LOCK, "a+")  # noqa: SIM115
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return False
    handle.truncate(0)
    handle.write(str(os.getpid()))
    handle.flush()
    _held.append(handle)
    return True


def _feature_entries(plan: Experiment) -> dict[str, Any]:
    return {"quality": plan.corpus.quality, "datasets": plan.datasets}


def _experiment_entries(plan: Experiment) -> dict[str, Any]:
    return {
        "evaluate": plan.evaluate,
        "honesty": plan.honesty,
        "figures": plan.figures,
        "quality": plan.corpus.quality,
        "fits": plan.fits,
        "selects": plan.selects,
        "overfits": plan.overfits,
        "datasets": plan.datasets,
    }


def _tasks(entries: Any) -> list[Task]:
    if isinstance(entries, Task):
        return [entries]
    return [task for inner in entries.values() for task in _tasks(inner)]


def _addresses(entries: Any) -> Any:
    if isinstance(entries, Task):
        return entries.address
    return {name: _addresses(inner) for name, inner in entries.items()}


def forget_published(target: str) -> None:
    """A kill must not leave an older run of a target looking published."""
    for marker in MARKERS.glob("*"):
        if json.loads(marker.read_text())["target"] == target:
            marker.unlink()


@contextlib.contextmanager
def in_change(target: str) -> Iterator[None]:
    """What is published of a target changes in the block; a note of it outlives a kill."""
    note = _note_of_change(target)
    store.write_whole(note, "")
    forget_published(target)
    yield
    note.unlink()


def _note_of_change(target: str) -> Path:
    return HOME / "publishing" / target


def published_files(folder: Path) -> dict[str, list[Any]]:
    """Size and content digest of what lies under `folder`, is one order's alone, and never varies.

    The report is of all orders; times are others on every run.
    """
    others = {MARKERS, HELD, *(RESULTS / name for name in OTHERS if RESULTS / name != folder)}
    found = store.files_of(folder)
    own = {name: path for name, path in found.items() if others.isdisjoint(path.parents)}
    own = {name: path for name, path in own.items() if path.name not in VARIES}
    return store.sums_of(own)


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
        and not _note_of_change(order.target).exists()
        and published_files(order.folder) == files
    ):
        _adopt(order, marker, tracked)


def _adopt(order: Order, marker: Path, tracked: Path | None) -> None:
    from micfp.report.build import build_report
    from micfp.report.shown import show

    forget_published(order.target)
    store.write_whole(marker, json.dumps({"target": order.target}))
    if order.target != "features":
        if not REPORT.exists():  # of all targets, and kept with `all` alone
            build_report(RESULTS)
        show(order.key)
    if tracked is not None and tracked.exists():
        tracked.touch()
    elif tracked is not None:
        store.write_whole(tracked, ADOPTED)
    print(f"micfp: {order.folder}: verified, and taken as they are", file=sys.stderr)


def _is_adopted(tracked: Path) -> bool:
    """Whether results were logged where they were made: `micfp track` logs them here too."""
    return tracked.exists() and tracked.read_text() == ADOPTED


def tracking_uri(params: Params) -> str:
    """Where runs are logged: `$MLFLOW_TRACKING_URI`, or `tracking.uri`.

    A file is that of the checkout, also where DVC runs an experiment in a directory of its own.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI") or params.tracking.uri
    file = database(uri)
    if file is None or Path.cwd() == store.checkout():
        return uri
    return f"sqlite:///{store.checkout() / file}"


def _database_is_gone(params: Params) -> bool:
    file = database(tracking_uri(params))
    return file is not None and not file.exists()
