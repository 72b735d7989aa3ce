"""Step `calibrate`: what the probabilities of a fitted classifier are worth, and where it ends.

On folds inside the training part a temperature is fitted to recordings as the rule of decision
pools them, and a limit is set on how novel a recording may be. Reads: a data set, a fit and its
`inner_cv`. Writes: `model/` (`calibration.*`, which are published beside the fitted model) and
`test.json` (figures on the recordings of the test part, before and after).
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.models import DecisionRule, SplitConfig
from micfp.engine.task import Spec
from micfp.evidence.model_calibration import CalibrationRecord, ModelCalibration
from micfp.stages.fitting import Data, read_data
from micfp.stages.inner_cv import inner_folds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from micfp.evaluation.scores import Scores

PIECES = "the folds inside its training part hold pieces of the same recordings"


def run(spec: Spec, out: Path) -> None:
    """Calibrate the model that a fit kept, and judge how that does on the test part."""
    import numpy as np

    from micfp.evaluation.scores import read_scores
    from micfp.recordings.copies import make_folds_with_copies
    from micfp.recordings.splits import Asked

    params = spec.params
    data = read_data(spec.entry("dataset"), params)
    inner, tested = read_scores(spec.entry("select")), read_scores(spec.entry("fit"))
    split = SplitConfig.model_validate(params["split"])
    rng = np.random.default_rng(params["seed"])
    folds = make_folds_with_copies(data.labels, split, params["target"], rng, Asked(spec.where))
    learned = folds[0].train if len(folds) == 1 else np.arange(len(data.y))
    (out / "model").mkdir()
    model_calibration(spec, data, learned, inner).save(out / "model")
    figures = [
        _figures(
            model_calibration(
                spec, data, fold.train, inner.at(np.flatnonzero(inner.fold == number))
            ),
            data,
            fold.test,
            tested.at(np.flatnonzero(tested.fold == number)),
            params["decision"],
        )
        for number, fold in enumerate(folds)
    ]
    (out / "test.json").write_text(json.dumps(_mean(figures), indent=1))


def model_calibration(
    spec: Spec, data: Data, rows: "NDArray[np.int64]", inner: "Scores"
) -> ModelCalibration:
    """Calibrate on the scores of folds inside these rows.

    Parameters
    ----------
    spec
        of a model: its target, seed, selection and decision
    rows
        that it learned from
    inner
        scores of rows by models that had not heard them
    """
    import numpy as np

    from micfp.evidence.novelty import fit_limit, fit_space
    from micfp.evidence.temperature import fit_temperature, pool_scores

    params = spec.params
    if params["selection"]["kind"] == "random":
        return ModelCalibration(CalibrationRecord(why_not=PIECES))
    rule: DecisionRule = params["decision"]
    temperature = fit_temperature(pool_scores(inner, rule), rule)
    X, y = data.X[rows], data.y[rows]
    labels = data.labels.iloc[rows]
    names = labels["recording"].to_numpy(str)
    try:
        space = fit_space(X, y)
        limit = fit_limit(space, X, y, names, inner_folds(spec, labels))
    except np.linalg.LinAlgError:  # columns that do not vary inside any device
        return ModelCalibration(CalibrationRecord(temperature, why_not=""))
    return ModelCalibration(CalibrationRecord(temperature, limit, why_not=""), space)


def _figures(
    found: ModelCalibration,
    data: Data,
    rows: "NDArray[np.int64]",
    tested: "Scores",
    rule: DecisionRule,
) -> dict[str, Any]:
    """Of the recordings of a test part: calibration before and after, and the share outside."""
    import numpy as np

    from micfp.evaluation.calibration import calibration
    from micfp.evidence.temperature import pool_scores

    pooled = pool_scores(tested, rule)
    before = calibration(pooled.true, pooled.log_p, tested.classes)
    figures = {f"{name}_before": value for name, value in vars(before).items()}
    figures["n"] = len(pooled.true)
    temperature, limit = found.record.temperature, found.record.limit
    if temperature is not None:
        log_p = temperature.log_probabilities(pooled.log_p, pooled.n_segments)
        after = calibration(pooled.true, log_p, tested.classes)
        figures |= vars(after) | {"temperature": temperature.value}
        figures["n_calibration"] = temperature.n_recordings
    if limit is not None and found.space is not None:
        names = data.labels["recording"].to_numpy(str)[rows]
        outside = [
            limit.why_outside(found.space, data.X[rows[names == name]]) is not None
            for name in np.unique(names)
        ]
        figures |= {"outside": float(np.mean(outside)), "outside_expected": limit.false_alarms}
    return figures


def _mean(figures: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean over the outer folds, each as much as it has recordings; `n` is their sum."""
    n = sum(one["n"] for one in figures)
    names = set(figures[0]).intersection(*figures)
    return {"n": n} | {
        name: sum(one["n"] * one[name] for one in figures) / n for name in sorted(names - {"n"})
    }
