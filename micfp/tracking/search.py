"""What there is to say of a search: a run a point; models and figures of the best few."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp import store
from micfp.config import SplitConfig
from micfp.errors import MicfpError
from micfp.steps.targets import Order
from micfp.tracking.records import (
    Data,
    Record,
    Records,
    cost_metrics,
    cost_tags,
    flat_params,
    flatten,
    provenance,
    question_of,
)

if TYPE_CHECKING:
    import pandas as pd

SCORES = ("inner", "accuracy", "balanced_accuracy", "f1_macro", "recording_accuracy")
NOT_STEPS = ["point", "part", "fold"]


def read_search(order: Order) -> Records:
    """What there is to log of an order of `grid`; points that came to the same fit are one run.

    Raises MicfpError where no point could be fitted.
    """
    import pandas as pd

    folder, params = order.path("grid"), order.params
    points: pd.DataFrame = pd.read_csv(folder / "points.csv").drop_duplicates("address")
    if points["rank"].isna().all():
        raise MicfpError(
            "no point of this search could be fitted, so nothing is logged: see `why` in its "
            "points.csv"
        )
    folds = dict(iter(pd.read_csv(folder / "folds.csv").groupby("point")))
    best = {_fit_of(path): path for path in order.path("best").iterdir()}
    address = str(order.entries["grid"])
    tags = provenance(params)
    runs = {}
    for row in points.to_dict(orient="records"):
        fit = str(row["address"])
        content = _content(fit)
        data = Data(params.corpus.name, content["dataset"])
        kept = best.get(fit)
        flat = flat_params(content["params"], _about(data.address), params)
        flat |= {"point": str(row["point"]), "part": str(content["params"]["part"])}
        runs[fit] = Record(
            name=f"{row['point']:05d} {row['model']}",
            address=fit,
            params=flat,
            metrics=_numbers(row, (*SCORES, "rank", "n_features")) | cost_metrics(fit),
            tags=tags | cost_tags(fit) | {"micfp.data": data.address},
            data=(data,),
            folds=_steps(folds.get(row["point"])),
            figures=() if kept is None else tuple(sorted(kept.glob("figures/*.png"))),
            model=None if kept is None else kept / "model",
            why="" if row["status"] == "done" else str(row["why"]),
        )
    winner = points.sort_values("rank").iloc[0]
    best_run = runs[str(winner["address"])]
    asked = params.search.model_dump(mode="json", exclude={"axes", "storage"})
    counts = {"points": len(points), "failed": int((points["status"] != "done").sum())}
    parent = Record(
        name=f"{params.report.title}: {params.search.method}",
        address=address,
        params=flatten({"search": asked, "target": params.target, "seed": params.seed})
        | {"chosen": best_run.name},
        metrics=_numbers(dict(winner), SCORES) | {n: float(v) for n, v in counts.items()},
        tags=tags,
        data=tuple(dict.fromkeys(data for run in runs.values() for data in run.data)),
        figures=tuple(sorted(folder.glob("figures/*.png"))),
        tables=(*sorted(folder.glob("*.csv")), folder / "best.yaml"),
    )
    split = SplitConfig.model_validate(_content(str(winner["address"]))["params"]["split"])
    question = question_of(params, split, params.search.selection, best_run.data[0].address)
    return Records(parent, tuple(runs.values()), best_run.address, float(winner["inner"]), question)


def _fit_of(folder: Path) -> str:
    """Address of the point whose model a folder of `best` holds."""
    return str(json.loads((folder / "model" / "model.json").read_text())["address"])


def _content(address: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        (store.store_root() / address / "point.json").read_text(encoding="utf-8")
    )
    return content


@cache
def _about(dataset: str) -> Mapping[str, Any]:
    """Settings of the features and segments of a data set."""
    about: Mapping[str, Any] = json.loads((store.store_root() / dataset / "about.json").read_text())
    return about


def _numbers(row: Mapping[Any, Any], names: tuple[str, ...]) -> dict[str, float]:
    """Those of a row's numbers that are there."""
    import pandas as pd

    return {name: float(row[name]) for name in names if pd.notna(row[name])}


def _steps(folds: "pd.DataFrame | None") -> dict[str, tuple[tuple[int, float], ...]]:
    """Metrics of each outer fold: `outer.accuracy`, `inner.accuracy`, ..."""
    if folds is None:
        return {}
    steps = {}
    for name in folds.columns.difference(NOT_STEPS):
        known = folds[["fold", name]].dropna()
        metric = (
            name.replace("inner_", "inner.", 1) if name.startswith("inner_") else f"outer.{name}"
        )
        steps[metric] = tuple(
            (int(fold), float(value)) for fold, value in known.itertuples(index=False)
        )
    return steps
