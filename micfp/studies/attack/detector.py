"""Step `detector`: what is known of each device, to tell what was processed.

Reads: a clean data set, of whose split it learns from the training part. Writes: `detector.npz` and
`detector.json` (the threshold, at a share of false alarms on folds inside the training part).
"""

import json
from pathlib import Path

from micfp.config.models import SplitConfig
from micfp.engine.libraries import CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.plan.params import Params
from micfp.stages.fitting import read_data
from micfp.stages.inner_cv import inner_folds

STAGE = Stage("detector", 2, "micfp.studies.attack.detector", libraries=CLASSIFIERS)


def task(params: Params, dataset: Task, false_alarms: float) -> Task:
    """Plan a detector."""
    settings = {
        "families": None,
        "split": params.split.model_dump(mode="json"),
        "selection": {"kind": params.selection.kind, "folds": params.selection.folds},
        "target": params.target,
        "seed": params.seed,
        "false_alarms": false_alarms,
    }
    return Task(STAGE, settings, {"dataset": (dataset,)}, where=dataset.where + "split")


def run(spec: Spec, out: Path) -> None:
    """Learn from the training part, and set the threshold on folds inside it."""
    import numpy as np

    from micfp.attack.detection import learn, threshold
    from micfp.recordings.splits import Asked, make_folds

    params = spec.params
    known = read_data(spec.entry("dataset"), params)
    split = SplitConfig.model_validate(params["split"]).model_copy(update={"validation": None})
    rng = np.random.default_rng(params["seed"])
    (fold,) = make_folds(known.labels, split, params["target"], rng, Asked(spec.where))
    X, y = known.X[fold.train].astype(np.float64), known.y[fold.train]
    folds = inner_folds(spec, known.labels.iloc[fold.train])
    at = threshold(X, y, folds, params["false_alarms"])
    learn(X, y).save(out / "detector.npz")
    (out / "detector.json").write_text(json.dumps({"threshold": at}))
