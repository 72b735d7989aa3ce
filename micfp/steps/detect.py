"""Step `detect`: how far segments lie from what is known of each device.

Reads: the clean data set that the detector learns from, and one to judge. Writes:
`distances.parquet` (segment, truth, a distance a device) and `detector.json` (the threshold, at a
share of false alarms on folds inside the training part).
"""

import json
from pathlib import Path

from micfp.config import Params, SplitConfig
from micfp.steps.models import read_data
from micfp.steps.select import inner_folds
from micfp.steps.task import Spec, Task
from micfp.tables import write_table

VERSION = 1


def task(params: Params, learned: Task, dataset: Task, false_alarms: float) -> Task:
    """Plan the distances of one data set."""
    settings = {
        "families": None,
        "split": params.split.model_dump(mode="json"),
        "selection": {"kind": params.selection.kind, "folds": params.selection.folds},
        "target": params.target,
        "seed": params.seed,
        "false_alarms": false_alarms,
    }
    return Task("detect", settings, {"learned": (learned,), "dataset": (dataset,)})


def run(spec: Spec, out: Path) -> None:
    """Learn from the training part, then measure."""
    import numpy as np
    import pandas as pd

    from micfp.attack.detection import Detector, threshold
    from micfp.splits import make_folds

    params = spec.params
    known = read_data(spec.entry("learned"), params)
    split = SplitConfig.model_validate(params["split"]).model_copy(update={"validation": None})
    rng = np.random.default_rng(params["seed"])
    (fold,) = make_folds(known.labels, split, params["target"], rng)
    X, y = known.X[fold.train].astype(np.float64), known.y[fold.train]
    folds = inner_folds(spec, known.labels.iloc[fold.train])
    at = threshold(X, y, folds, params["false_alarms"])
    detector = Detector(X, y)
    asked = read_data(spec.entry("dataset"), params)
    distances = detector.distances(asked.X.astype(np.float64))
    table = pd.DataFrame(distances, columns=[f"d:{name}" for name in detector.classes])
    table.insert(0, "segment", asked.labels["segment"].to_numpy())
    table.insert(1, "truth", asked.y)
    write_table(table, out / "distances.parquet")
    (out / "detector.json").write_text(json.dumps({"threshold": at}))
