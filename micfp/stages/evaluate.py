"""Step `evaluate`: the figures of every model on the test part, and the choice of the default.

The default model is chosen on folds inside the training part; its test scores are read after.
Reads: scores of `fit`, `inner_cv` and `overfit`, figures of `calibrate`. Writes tables:
`models.csv` (a row per model, every metric with its interval), `classes.csv` (a row per model and
class), `pooled.csv` (the same, mean over classifiers), `confusion/<model>.csv` (counts; rows true),
`units.csv` (identical units told apart), `decisions.csv` (a row per model and rule of decision:
accuracy per recording on folds inside the training part), `calibration.csv` (a row per model: how
calibrated its probabilities per recording are on the test part, before and after, and how many
recordings of it lie outside of what it learned), `chosen.json` (the default model and why).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t

from micfp.config.models import EvaluationConfig
from micfp.engine.task import Spec
from micfp.evaluation.curves import pooled_report
from micfp.evaluation.judge import (
    Judged,
    class_rows,
    decision_rows,
    inner_values,
    judge_each,
    unit_rows,
)
from micfp.evaluation.scores import read_scores
from micfp.tables import read_table


def run(spec: Spec, out: Path) -> None:
    """Judge every model, choose the default, and write the tables."""
    params, fits = spec.params, spec.inputs["fits"]
    config = EvaluationConfig.model_validate(params["evaluation"])
    models_of = models_of_devices(spec)
    rows, classes, units, decisions = [], [], [], []
    judged: dict[str, Judged] = {}
    inner: dict[str, list[float]] = {}
    (out / "confusion").mkdir()
    names = [{"model": name} for name in params["models"]]
    for (labels, model), fit, select, overfit in zip(
        judge_each(names, fits, config, params["seed"]),
        fits,
        spec.inputs["selects"],
        spec.inputs["overfits"],
        strict=True,
    ):
        name, segment = labels["model"], model.evaluation.segment
        judged[name] = model
        selected = read_scores(select)
        inner[name] = inner_values(selected, params["metric"])
        rows.append(
            {"model": name, "inner": float(sum(inner[name]) / len(inner[name]))}
            | json.loads((fit / "fit.json").read_text())
            | model.row()
            | _control(json.loads((overfit / "overfit.json").read_text()))
        )
        decisions += [{**labels, **row} for row in decision_rows(selected)]
        classes += [{**labels, **row} for row in class_rows(segment)]
        groups = unit_rows(model.scores, models_of, config, params["seed"])
        units += [{**labels, **row} for row in groups]
        _write_confusion(segment.confusion, segment.classes, out / "confusion" / f"{name}.csv")
    models = pd.DataFrame(rows)
    models["n_train"] = [int(sum(n) / len(n)) for n in models["n_train"]]
    models["n_test"] = [sum(n) for n in models["n_test"]]
    models["warnings"] = ["; ".join(w) for w in models["warnings"]]
    chosen = str(models["model"][int(models["inner"].argmax())])
    models["chosen"] = models["model"] == chosen
    models.to_csv(out / "models.csv", index=False)
    pd.DataFrame(classes).to_csv(out / "classes.csv", index=False)
    pd.DataFrame(units).to_csv(out / "units.csv", index=False)
    pd.DataFrame(decisions).to_csv(out / "decisions.csv", index=False)
    calibrations = [
        {"model": name} | json.loads((folder / "test.json").read_text())
        for name, folder in zip(params["models"], spec.inputs["calibrations"], strict=True)
    ]
    pd.DataFrame(calibrations).to_csv(out / "calibration.csv", index=False)
    pooled = pooled_report([model.evaluation.segment for model in judged.values()])
    pd.DataFrame(
        {
            "class": pooled.classes,
            "precision": pooled.precision,
            "recall": pooled.recall,
            "f1": pooled.f1,
            "support": pooled.support,
        }
    ).to_csv(out / "pooled.csv", index=False)
    _write_confusion(pooled.confusion, pooled.classes, out / "confusion" / "pooled.csv")
    row = models[models["chosen"]].iloc[0]
    (out / "chosen.json").write_text(
        json.dumps(
            {
                "model": chosen,
                "why": f"highest {spec.params['metric']} on folds inside the training part",
                "inner": float(row["inner"]),
                "accuracy": float(row["accuracy"]),
                "accuracy_low": float(row["accuracy_low"]),
                "accuracy_high": float(row["accuracy_high"]),
                "recording_accuracy": float(row["recording_accuracy"]),
                "n_test": int(row["n_test"]),
                "n_test_recordings": int(row["n_recordings"]),
                "per_fold": _chosen_per_fold(judged, inner),
            },
            indent=1,
        )
    )


def models_of_devices(spec: Spec) -> dict[str, str]:
    """Make and model of each device; nothing where devices are not what is identified."""
    if spec.params["target"] != "device":
        return {}
    recordings = read_table(spec.entry("quality") / "recordings.parquet")
    return dict(zip(recordings["device"], recordings["model"], strict=True))


def _write_confusion(counts: Any, classes: Sequence[str], path: Path) -> None:
    pd.DataFrame(counts, index=list(classes), columns=list(classes)).to_csv(path)


def _control(looks: Mapping[str, Any]) -> dict[str, float]:
    """Shuffled labels: mean accuracy of the repeats, its 99 % interval (Student's t), and chance.

    99 %, since every model has such a look: at 95 %, about one model in twenty would seem to leak
    by chance alone. A single shuffle has no interval.
    """
    values = np.array(looks["shuffled_labels"])
    half = np.nan
    if len(values) > 1:
        half = t.ppf(0.995, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return {
        "shuffled_accuracy": float(values.mean()),
        "shuffled_low": float(max(values.mean() - half, 0.0)) if len(values) > 1 else np.nan,
        "shuffled_high": float(values.mean() + half),
        "chance": 1 / looks["n_classes"],
    }


def _chosen_per_fold(
    judged: Mapping[str, Judged], inner: Mapping[str, list[float]]
) -> dict[str, Any]:
    """Under k folds each fold has its own choice: the method's honest figure."""
    best = pd.DataFrame(inner).idxmax(axis=1).astype(str)
    n_correct = n = 0
    for name, model in judged.items():
        rows = np.isin(model.scores.fold, np.flatnonzero(best == name))
        n_correct += int(np.sum((model.scores.predicted == model.scores.truth)[rows]))
        n += int(rows.sum())
    return {"models": best.tolist(), "accuracy": n_correct / n}
