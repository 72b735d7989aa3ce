"""Step `fit`: one classifier trained on the training part of a split, its test part scored once.

Reads: a data set. Writes: `scores.parquet` (test rows), `model/` (the classifier and what it needs
to name the device of a new recording), `fit.json` (training accuracy, sizes, warnings).
Under k folds the model that is kept is fitted on all rows, and the folds' scores judge the method.
"""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.config.models import SplitConfig
from micfp.engine.task import Spec
from micfp.evaluation.scores import scores_table
from micfp.stages.fitting import build_model, read_data, write_about
from micfp.tables import write_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def run(spec: Spec, out: Path) -> dict[str, float]:
    """Fit and score every fold of the split, and keep the model; return the seconds it took."""
    import numpy as np
    import pandas as pd

    from micfp.models.classical import Fitted, fit
    from micfp.models.persistence import save
    from micfp.recordings.copies import make_folds_with_copies
    from micfp.recordings.splits import Asked

    params = spec.params
    data = read_data(spec.entry("dataset"), params)
    split = SplitConfig.model_validate(params["split"])
    rng = np.random.default_rng(params["seed"])
    asked = Asked(spec.where)
    folds = make_folds_with_copies(data.labels, split, params["target"], rng, asked)

    def fitted_on(rows: "NDArray[np.int64]") -> Fitted:
        return fit(build_model(spec, len(np.unique(data.y[rows]))), data.X[rows], data.y[rows])

    tables, train_accuracy = [], []
    fit_s = predict_s = 0.0
    for number, fold in enumerate(folds):
        start = time.perf_counter()
        fitted = fitted_on(fold.train)
        middle = time.perf_counter()
        log_p = fitted.log_probabilities(data.X[fold.test])
        fit_s += middle - start
        predict_s += time.perf_counter() - middle
        tables.append(
            scores_table(
                data.labels.iloc[fold.test],
                log_p,
                fitted.classes,
                number,
                params["model"],
                params["target"],
            )
        )
        named = np.asarray(fitted.classes)[
            fitted.log_probabilities(data.X[fold.train]).argmax(axis=1)
        ]
        train_accuracy.append(float(np.mean(named == data.y[fold.train])))
    write_table(pd.concat(tables, ignore_index=True), out / "scores.parquet")
    if params["keep_model"]:
        rows = folds[-1].train
        if len(folds) > 1:
            rows = np.arange(len(data.y))
            fitted = fitted_on(rows)
        (out / "model").mkdir()
        save(fitted, out / "model" / "model.skops")
        write_about(spec, data, rows, fitted.classes, out / "model" / "model.json")
    summary = {
        "train_accuracy": float(np.mean(train_accuracy)),
        "n_train": [len(f.train) for f in folds],
        "n_test": [len(f.test) for f in folds],
        "n_features": data.X.shape[1],
        "warnings": list(fitted.warnings),
    }
    (out / "fit.json").write_text(json.dumps(summary, indent=1))
    return {
        "fit_s": fit_s / len(folds),
        "predict_ms_a_segment": 1e3
        * predict_s
        / len(np.concatenate([fold.test for fold in folds])),
    }
