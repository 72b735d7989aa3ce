"""Step `best`: the models of a search's best trials, each fitted on all recordings.

Reads: the table of a search, and the data sets of its trials. Writes: `<rank>/model/` (what
`micfp identify` loads, calibrated on folds inside all recordings), `<rank>/trial.json` and
`<rank>/figures/classes.svg`: how many segments of each class its outer folds identified correctly
(none where a trial had no outer folds).
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

from micfp.engine import store
from micfp.engine.libraries import CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.plan.params import Params
from micfp.studies.search.trial import share_of_rows
from micfp.tables import read_table

STAGE = Stage(
    "best", 5, "micfp.studies.search.best", mem_mb=2000, minutes=240, libraries=CLASSIFIERS
)


def task(params: Params, table: Task, datasets: tuple[Task, ...]) -> Task:
    """Plan the models of the best trials."""
    inputs = {"search": (table,), "datasets": datasets}
    own = {
        "keep": params.search.keep,
        "target": params.target,
        "evaluation": params.evaluation.model_dump(mode="json"),
        "seed": params.seed,
    }
    return Task(STAGE, own, inputs)


def run(spec: Spec, out: Path) -> None:
    """Fit the best few of the first split, each configuration once."""
    import pandas as pd

    trials = pd.read_csv(spec.entry("search") / "trials.csv")
    ranked = trials[trials["rank"].notna() & (trials["split"] == trials["split"][0])]
    best = ranked.sort_values("rank").drop_duplicates("address")
    for rank, address in enumerate(best["address"].head(spec.params["keep"]), 1):
        folder = out / str(rank)
        folder.mkdir()
        judged = store.store_root() / address
        content = (judged / "trial.json").read_text()
        (folder / "trial.json").write_text(content)
        trial = json.loads(content)
        dataset = store.store_root() / trial["dataset"]
        _fit(trial["params"], dataset, address, folder / "model")
        _draw(spec, judged, dataset, folder / "figures")


def _fit(params: dict[str, Any], dataset: Path, address: str, folder: Path) -> None:
    import numpy as np

    from micfp.evaluation.scores import Scores
    from micfp.models.classical import fit
    from micfp.models.persistence import save
    from micfp.models.selection import out_of_fold
    from micfp.stages.calibrate import model_calibration
    from micfp.stages.fitting import build_model, read_data, write_about
    from micfp.stages.inner_cv import inner_folds

    step, _, key = address.partition("/")
    own = Spec(step, key, params, {"dataset": (dataset,)}, ())
    data = read_data(dataset, params)
    build = partial(build_model, own, len(np.unique(data.y)))
    fitted = fit(build(), data.X, data.y)
    folder.mkdir()
    save(fitted, folder / "model.skops")
    write_about(own, data, np.arange(len(data.y)), fitted.classes, folder / "model.json")
    scored = out_of_fold(data.X, data.y, inner_folds(own, data.labels), build)
    rows = np.flatnonzero(scored.fold >= 0)
    names = data.labels["recording"].to_numpy(str)[rows]
    inner = Scores(
        scored.classes,
        data.y[rows],
        names,
        data.labels["segment"].to_numpy(str)[rows],
        np.zeros(len(rows), np.int64),  # all recordings are one training part
        scored.log_p[rows],
    )
    model_calibration(own, data, np.arange(len(data.y)), inner).save(folder)


def _draw(spec: Spec, trial: Path, dataset: Path, folder: Path) -> None:
    """How many segments of each class the outer folds identified correctly, with intervals."""
    import pandas as pd

    from micfp.evaluation import figures

    target = spec.params["target"]
    judged = pd.read_csv(trial / "recordings.csv", dtype={"recording": str})
    if judged.empty:
        return
    label = read_table(dataset / "table.parquet", ["recording", target]).drop_duplicates()
    judged["class"] = judged["recording"].map(dict(label.itertuples(index=False)))
    rows = []
    for name, own in judged.groupby("class"):
        right, n = own["right"].to_numpy(float), own["n"].to_numpy(float)
        interval = share_of_rows(spec, right, n)
        rows.append((str(name), right.sum() / n.sum(), interval.low, interval.high))
    folder.mkdir()
    names, share, low, high = zip(*rows, strict=True)
    with figures.house_style():
        figure, ax = figures.new_figure(figures.list_size(len(rows)))
        figures.classifier_comparison(
            ax,
            names,
            share,
            low,
            high,
            chance=1 / len(rows),
            metric="share of segments identified correctly, outer folds",
        )
        figures.save(figure, folder / "classes.svg")
