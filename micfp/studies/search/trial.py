"""Step `trial`: one configuration of a search, judged by nested, grouped cross-validation.

The outer folds judge: on each the configuration is fitted on the training part and scores the test
part. The inner folds, inside that training part, choose. Reads: a data set. Writes: `trial.json`
(parameters, a row per fold, or why it could not be fitted) and `recordings.csv` (segments named
rightly, a row an outer fold and recording). What the data or the parameters cannot give is a
result, with its reason. Anything else that goes wrong (a full disk, a fault of ours) is none, and
fails the job.
"""

import functools
import json
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.models import DecisionRule, SplitConfig
from micfp.engine.libraries import CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.errors import MicfpError
from micfp.plan.models import Model
from micfp.plan.params import Params
from micfp.stages.fitting import Data, build_model, read_data
from micfp.stages.inner_cv import inner_folds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from micfp.evaluation.bootstrap import Interval

STAGE = Stage(
    "trial",
    3,
    "micfp.studies.search.trial",
    minutes=240,
    packing="fit",
    s_per_mb=0.01,
    cost_by=("classifier",),
    libraries=CLASSIFIERS,
)

METRICS = ("accuracy", "balanced_accuracy", "f1_macro")


def task(params: Params, model: Model, dataset: Task, part: int | str | None = None) -> Task:
    """Plan one trial.

    part: None for all outer folds; the number of one of them, or `all` for all recordings without
    an outer test, where a Bayesian search learns from the inner scores of that part alone.
    """
    own = {
        "split": params.split.model_dump(mode="json"),
        "selection": {"kind": params.selection.kind, "folds": params.selection.folds},
        "part": part,
        "decision": params.evaluation.decision,
    }
    return Task(
        STAGE,
        model.params(params) | own,
        {"dataset": (dataset,)},
        where=dataset.where + "search.split",
    )


def run(spec: Spec, out: Path) -> None:
    """Judge one configuration."""
    content: dict[str, Any] = {
        "params": spec.params,
        "dataset": "/".join(spec.entry("dataset").parts[-2:]),
    }
    # Before the block below: a table that cannot be read says nothing about the configuration.
    data = _read(spec.entry("dataset"), json.dumps(spec.params["families"]), spec.params["target"])
    try:
        folds, recordings = _judged(spec, data)
        content |= {"status": "done", "why": ""} | folds
    except MicfpError as error:
        log = _log(spec.key)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(traceback.format_exc())
        print(
            f"{spec.params['model']} could not be fitted, and its place in the table says so: {log}"
        )
        content |= {"status": "failed", "why": " ".join(str(error).split())[:300]}
        content |= {"folds": [], "n_features": 0, "warnings": []}
        recordings = []
    (out / "trial.json").write_text(json.dumps(content, indent=1))
    lines = ["fold,recording,n,right,recording_right", *recordings]
    (out / "recordings.csv").write_text("\n".join(lines) + "\n")


def _log(key: str) -> Path:
    """Where the traceback of a trial that could not be fitted is written."""
    return Path(".micfp") / "logs" / "trial" / f"{key}.failed.log"


def _judged(spec: Spec, data: Data) -> tuple[dict[str, Any], list[str]]:
    import numpy as np

    from micfp.evaluation.metrics import evaluate, measure
    from micfp.models.classical import fit
    from micfp.models.selection import out_of_fold

    folds: list[dict[str, Any]] = []
    recordings: list[str] = []
    odd: list[str] = []
    for number, train, test in _outer(spec, data):
        X, y = data.X[train], data.y[train]
        inner = inner_folds(spec, data.labels.iloc[train])
        build = partial(build_model, spec, len(np.unique(y)))
        scored = out_of_fold(X, y, inner, build)
        seen = scored.fold >= 0
        chosen_by = measure(y[seen], scored.log_p[seen], scored.classes)
        row: dict[str, Any] = {"fold": number, "n_train": len(train), "n_test": len(test)}
        row |= {f"inner_{name}": getattr(chosen_by, name) for name in METRICS}
        odd += scored.warnings
        if len(test):
            fitted = fit(build(), X, y)
            odd += fitted.warnings
            log_p = fitted.log_probabilities(data.X[test])
            names = data.labels["recording"].to_numpy(str)[test]
            rule = spec.params["decision"]
            judged = evaluate(data.y[test], log_p, fitted.classes, names, rule=rule)
            row |= {name: getattr(judged.segment, name) for name in METRICS}
            row["recording_accuracy"] = judged.recording.accuracy
            recordings += _recording_rows(number, data.y[test], log_p, fitted.classes, names, rule)
        folds.append(row)
    content = {
        "folds": folds,
        "n_features": data.X.shape[1],
        "warnings": list(dict.fromkeys(odd)),
    }
    return content, recordings


# Trials of one job share their data set.
@functools.lru_cache(maxsize=1)
def _read(dataset: Path, families: str, target: str) -> Data:
    return read_data(dataset, {"families": json.loads(families), "target": target})


def _outer(spec: Spec, data: Data) -> "list[tuple[int, NDArray[np.int64], NDArray[np.int64]]]":
    """Number, training and test rows of the outer folds that are looked at."""
    import numpy as np

    part = spec.params["part"]
    if part == "all":
        return [(0, np.arange(len(data.y)), np.arange(0))]
    from micfp.recordings.copies import make_folds_with_copies
    from micfp.recordings.splits import Asked

    split = SplitConfig.model_validate(spec.params["split"])
    rng = np.random.default_rng(spec.params["seed"])
    target, asked = spec.params["target"], Asked(spec.where)
    folds = make_folds_with_copies(data.labels, split, target, rng, asked)
    return [(i, f.train, f.test) for i, f in enumerate(folds) if part in (None, i)]


def share_of_rows(spec: Spec, right: "NDArray[np.float64]", n: "NDArray[np.float64]") -> "Interval":
    """Interval of a share, `right` of `n` rows of each recording, with the settings of a spec."""
    import numpy as np

    from micfp.evaluation.bootstrap import share_interval

    config = spec.params["evaluation"]
    return share_interval(
        right,
        n,
        rng=np.random.default_rng(spec.params["seed"]),
        samples=config["bootstrap_samples"],
        confidence=config["confidence"],
    )


def _recording_rows(
    fold: int,
    truth: "NDArray[np.str_]",
    log_p: "NDArray[np.float64]",
    classes: tuple[str, ...],
    recording: "NDArray[np.str_]",
    rule: DecisionRule,
) -> list[str]:
    """Of each recording: its segments, how many are correct, and whether it is correct itself."""
    import numpy as np

    from micfp.evaluation.decision import pool_recordings

    right = np.asarray(classes)[log_p.argmax(axis=1)] == truth
    names, pooled, true = pool_recordings(truth, log_p, classes, recording, rule)
    rows = []
    for name, own, index in zip(names, pooled, true, strict=True):
        mine = recording == name
        rows.append(f"{fold},{name},{mine.sum()},{right[mine].sum()},{int(own.argmax() == index)}")
    return rows
