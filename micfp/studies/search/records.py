"""What there is to say of a search: a run a trial; models and figures of the best few."""

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from micfp.config.models import SplitConfig
from micfp.engine import store
from micfp.plan.order import Order
from micfp.report.columns import NUMBER, TEXT, Row, groups, read_rows, unshown
from micfp.studies.search.report import CHOICES, TRIALS
from micfp.studies.search.search import WHOLE
from micfp.tracking.provenance import provenance_of
from micfp.tracking.records import (
    Chosen,
    Data,
    Record,
    Records,
    cost_of,
    figures_in,
    flat_params,
    flatten,
    provenance,
    question_of,
)
from micfp.tracking.span import span_of

METRICS = (
    *("inner", "accuracy", "balanced_accuracy", "f1_macro", "recording_accuracy"),
    *("rank", "n_features"),
)
FOLDS = unshown(TEXT, "part")


def read_search(order: Order) -> Records:
    """What there is to log of an order of `grid`; trials that came to the same fit are one run."""
    folder, params = order.path("grid"), order.params
    trials = groups(read_rows(folder / "trials.csv", TRIALS), "address")
    folds = groups(read_rows(folder / "folds.csv", FOLDS, others=NUMBER), "trial")
    best = {_fit_of(path): path for path in sorted(order.path("best").iterdir())}
    tags = provenance(params)
    runs, first, chosen = [], None, None
    for fit, (row, *_) in trials.items():
        content = _content(fit)
        data = Data(params.corpus.name, content["dataset"])
        kept = best.get(fit)
        costs, node = cost_of(fit)
        flat = flat_params(content["params"], _about(data.address), params)
        if content["params"]["part"] is not None:
            flat["part"] = str(content["params"]["part"])
        run = Record(
            name=f"{int(row['trial']):05d} {row['model']}",
            address=fit,
            params=flat,
            metrics={n: row[n] for n in METRICS if not math.isnan(row[n])} | costs,
            tags=tags | node | {"micfp.data": data.address},
            data=(data,),
            folds=_steps(folds.get(row["trial"], [])),
            figures=() if kept is None else figures_in(kept / "figures"),
            model=None if kept is None else kept / "model",
            provenance=provenance_of(order, str(order.entries["best"])),
            span=span_of([fit]),
            why="" if row["status"] == "done" else row["why"],
        )
        runs.append(run)
        if kept is not None and kept.name == "1":
            split = SplitConfig.model_validate(content["params"]["split"])
            question = question_of(params, split, params.search.selection, data.address)
            first, chosen = run, Chosen(fit, row["inner"], question)
    asked = params.search.model_dump(mode="json", exclude={"axes", "storage"})
    failed = sum(run.why != "" for run in runs)
    metrics = {"trials": float(len(runs)), "failed": float(failed)}
    choice = {}
    if first is not None:
        metrics |= {"inner": first.metrics["inner"]}
        choice["chosen"] = first.name
    metrics |= whole_search(folder)
    parent = Record(
        name=f"{params.report.title}: {params.search.method}",
        address=str(order.entries["grid"]),
        params=flatten(
            {
                "search": asked,
                "split": asked["split"],
                "target": params.target,
                "seed": params.seed,
            }
        )
        | choice,
        metrics=metrics,
        tags=tags,
        data=tuple(dict.fromkeys(data for run in runs for data in run.data)),
        figures=figures_in(folder / "figures"),
        tables=(*sorted(folder.glob("*.csv")), folder / "best.yaml"),
        span=span_of([str(order.entries["grid"]), *trials]),
    )
    return Records(parent, tuple(runs), chosen)


def whole_search(folder: Path) -> dict[str, float]:
    """What a search as a whole gives under its first split: the figure to quote, its choice in it.

    Nothing where no outer fold could choose.
    """
    rows = read_rows(folder / "choices.csv", CHOICES)
    names = ("accuracy", "accuracy_low", "accuracy_high", "recording_accuracy")
    of_first = [row for row in rows if row["split"] == rows[0]["split"] and row["fold"] == WHOLE]
    return {name: row[name] for row in of_first for name in names if not math.isnan(row[name])}


def _fit_of(folder: Path) -> str:
    """Address of the trial whose model a folder of `best` holds."""
    return str(json.loads((folder / "model" / "model.json").read_text())["address"])


def _content(address: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        (store.store_root() / address / "trial.json").read_text(encoding="utf-8")
    )
    return content


@cache
def _about(dataset: str) -> Mapping[str, Any]:
    """Settings of the features and segments of a data set."""
    about: Mapping[str, Any] = json.loads((store.store_root() / dataset / "about.json").read_text())
    return about


def _steps(folds: list[Row]) -> dict[str, tuple[tuple[int, float], ...]]:
    """Metrics of each outer fold: `outer.accuracy`, `inner.accuracy`, ..., `n_train`, `n_test`."""
    steps: dict[str, tuple[tuple[int, float], ...]] = {}
    for row in folds:
        for name, value in row.items():
            if name in ("part", "trial", "fold") or math.isnan(value):
                continue
            metric = name if name.startswith("n_") else f"outer.{name}"
            if name.startswith("inner_"):
                metric = name.replace("inner_", "inner.", 1)
            steps[metric] = (*steps.get(metric, ()), (int(row["fold"]), value))
    return steps
