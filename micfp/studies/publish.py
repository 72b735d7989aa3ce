"""Publishing: what a run made, put under results/ for people, DVC and `micfp identify`.

Files are links or copies of store entries. The marker `results/.published/<key>` has the key of the
run, so that a run whose results are there already publishes nothing; `run.json` lists the files.
"""

import contextlib
import fcntl
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Set
from pathlib import Path

from micfp.corpora import left_out_of
from micfp.engine import store
from micfp.engine.packing import HOME
from micfp.engine.places import MARKERS, REPORT, RESULTS, in_change
from micfp.engine.pulled import publish_entries
from micfp.engine.run import read_cost
from micfp.fingerprint.provenance import FILE as PROVENANCE
from micfp.plan.order import Order, read_order
from micfp.report.columns import NUMBER, TEXT, read_rows, unshown
from micfp.studies.registry import STAGES, STUDIES
from micfp.studies.search.report import TRIALS
from micfp.studies.targets import published_files, write_report
from micfp.tables import read_table
from micfp.tracking.provenance import provenance_of
from micfp.tracking.records import Records

MOST_RUNS = 100  # whose metrics a person compares


def publish(key: str) -> None:
    """Put the results of an order in place, then write the report (feature tables have none)."""
    with _one_at_a_time():
        _remove_leftovers()
        _publish(key)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait for other publishers here: of another target, or one that outlived its coordinator."""
    HOME.mkdir(exist_ok=True)
    with open(HOME / "publish.lock", "a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _remove_leftovers() -> None:
    """Remove what killed publishers began to write beside its place."""
    for path in list(RESULTS.rglob(".*-????????")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _publish(key: str) -> None:
    from micfp.report.shown import show

    order = read_order(key)
    order.check_whole()
    with in_change(order.target):
        _put_in_place(order)
        store.write_whole(MARKERS / key, json.dumps({"target": order.target}))
    if order.target == "features":
        print(f"published {order.folder}")
    else:
        show(key)
        print(f"published {order.folder}; the report is {REPORT.absolute()}")


def _put_in_place(order: Order) -> None:
    folder = order.folder
    if order.target == "all":
        _publish_experiment(order, folder)
    elif order.target == "features":
        _publish_features(order, folder)
    elif order.target == "grid":
        _publish_search(order, folder)
    else:
        store.copy_whole(order.path("study"), folder)
        if "fits" in order.entries:
            _write_times(order, folder)
    study = STUDIES.get(order.target)
    if study is not None:
        _write_metrics_of_runs(study.records(order), folder)
    if study is None or study.travels:
        publish_entries(order.target, order.addresses(), STAGES)
    content = order.content() | {"files": published_files(folder)}
    store.write_whole(folder / "run.json", json.dumps(content, indent=1))
    if order.target != "features":
        write_report()


def _publish_features(order: Order, folder: Path) -> None:
    names = order.entries["datasets"]
    for name in names:
        store.copy_whole(order.path("datasets", name) / "table.parquet", folder / f"{name}.parquet")
    _remove_others(folder, {f"{name}.parquet" for name in names})


def _publish_experiment(order: Order, folder: Path) -> None:
    evaluate, split_comparison = order.path("evaluate"), order.path("split_comparison")
    chosen = json.loads((evaluate / "chosen.json").read_text())
    for path in [*sorted(evaluate.glob("*.csv")), evaluate / "chosen.json"]:
        store.copy_whole(path, folder / "tables" / path.name)
    store.copy_whole(evaluate / "confusion", folder / "tables" / "confusion")
    for path in sorted(split_comparison.glob("*.csv")):
        store.copy_whole(path, folder / "tables" / f"split_comparison_{path.name}")
    for name in ("quality", "recordings"):
        table = read_table(order.path("quality") / f"{name}.parquet")
        store.write_whole(folder / "tables" / f"{name}.csv", table.to_csv(index=False))
    _write_left_out(order, folder)
    if "ways" in order.entries:
        store.copy_whole(order.path("ways") / "ways.csv", folder / "tables" / "ways.csv")
    else:
        (folder / "tables" / "ways.csv").unlink(missing_ok=True)
    store.copy_whole(order.path("figures"), folder / "figures")
    for name, address in order.entries["fits"].items():
        parts = (order.path("fits", name) / "model", order.path("calibrations", name) / "model")
        _publish_model(order, str(address), parts, folder / "models" / name)
        if name == chosen["model"]:
            _publish_model(order, str(address), parts, folder / "models" / "default")
    print(f"the default model is now {chosen['model']} of corpus {order.params.corpus.name}")
    _remove_others(folder / "models", {*order.entries["fits"], "default"})
    _write_metrics(folder, chosen["model"])
    _write_times(order, folder)


def _write_left_out(order: Order, folder: Path) -> None:
    """The files below the corpus's root that are no recordings; their names are escaped."""
    import pandas as pd

    corpus = order.params.corpus
    rows = [
        (repr(os.path.relpath(file.path, corpus.root)), file.reason) for file in left_out_of(corpus)
    ]
    table = pd.DataFrame(rows, columns=["file", "reason"])
    store.write_whole(folder / "tables" / "left_out.csv", table.to_csv(index=False))


def _publish_model(order: Order, address: str, parts: tuple[Path, ...], target: Path) -> None:
    """Put a fitted model in place with what it says of itself.

    parts: folders whose files it is of: the fitted model's, and its calibration's where that is
    another.
    """
    with tempfile.TemporaryDirectory(dir=HOME) as place:
        whole = Path(place) / "model"
        for path in (path for part in parts for path in sorted(part.iterdir())):
            store.copy_whole(path, whole / path.name)
        store.write_whole(whole / PROVENANCE, provenance_of(order, address).as_json())
        store.copy_whole(whole, target)


def _publish_search(order: Order, folder: Path) -> None:
    import pandas as pd

    store.copy_whole(order.path("grid"), folder)
    best = str(order.entries["best"])
    for path in sorted(order.path("best").iterdir()):
        _publish_model(order, best, (path / "model",), folder / "models" / path.name)
    rows = [
        {"trial": int(row["trial"]), "model": row["model"], **read_cost(*row["address"].split("/"))}
        for row in read_rows(folder / "trials.csv", TRIALS)
    ]
    store.write_whole(folder / "costs.csv", pd.DataFrame(rows).to_csv(index=False))


def _remove_others(folder: Path, names: Set[str]) -> None:
    """Remove what an earlier run with other parameters published."""
    for path in folder.iterdir():
        if path.is_dir() and path.name not in names:
            shutil.rmtree(path)
        elif path.name not in names:
            path.unlink()


def _write_metrics(folder: Path, chosen: str) -> None:
    """The few numbers that DVC compares between revisions: of the chosen model, and of each.

    A file for each model, since DVC shows every file as a row.
    """
    names = ["accuracy", "balanced_accuracy", "f1_macro", "recording_accuracy"]
    columns = (*unshown(TEXT, "model"), *unshown(NUMBER, *names))
    metrics = {
        row["model"]: {name: round(row[name], 6) for name in names}
        for row in read_rows(folder / "tables" / "models.csv", columns)
    }
    for model, own in metrics.items():
        store.write_whole(folder / "metrics" / f"{model}.json", json.dumps(own, indent=1))
    _remove_others(folder / "metrics", {f"{model}.json" for model in metrics})
    of_chosen = {"model": chosen} | metrics[chosen]
    store.write_whole(folder / "metrics.json", json.dumps(of_chosen, indent=1))


def _write_metrics_of_runs(logged: Records, folder: Path) -> None:
    """The numbers that DVC compares between revisions of a study, as MLflow has them of its runs.

    Without costs, which are others on every run; of a large search, of the search as a whole.
    """
    runs = logged.runs if len(logged.runs) <= MOST_RUNS else ()
    metrics = {
        run.name: {
            name: round(value, 6)
            for name, value in run.metrics.items()
            if not name.startswith("cost.") and math.isfinite(value)
        }
        for run in (logged.parent, *runs)
    }
    content = {name: values for name, values in metrics.items() if values}
    store.write_whole(folder / "metrics.json", json.dumps(content, indent=1))


def _write_times(order: Order, folder: Path) -> None:
    """Training and prediction times: kept apart, since they are others on every run."""
    import pandas as pd

    rows = [
        {"model": name, **read_cost(*str(address).split("/"))}
        for name, address in order.entries["fits"].items()
    ]
    store.write_whole(folder / "times.csv", pd.DataFrame(rows).to_csv(index=False))
