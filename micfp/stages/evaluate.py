"""Step `evaluate`: the figures of every model on the test part, and the choice of the default.

The default model is chosen on folds inside the training part; its test scores are read after.
Reads: scores of `fit`, `select` and `overfit`. Writes tables:
`models.csv` (a row a model, every metric with its interval), `classes.csv` (a row a model and
class), `pooled.csv` (the same, mean over classifiers), `confusion/<model>.csv` (counts; rows true),
`units.csv` (identical units told apart), `decisions.csv` (a row per model and rule of decision:
accuracy per recording on folds inside the training part), `chosen.json` (the default model and
why).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config import EvaluationConfig
from micfp.engine.task import Spec
from micfp.plan.models import Scores, read_scores
from micfp.tables import read_table

if TYPE_CHECKING:
    import numpy as np

    from micfp.evaluation.bootstrap import Intervals
    from micfp.evaluation.metrics import Evaluation


def run(spec: Spec, out: Path) -> None:
    """Judge every model, choose the default, and write the tables."""
    import pandas as pd

    from micfp.evaluation.curves import pooled_report

    config = EvaluationConfig.model_validate(spec.params["evaluation"])
    model_of_class = models_of_classes(spec)
    rows, class_rows, unit_rows, decisions, judged = [], [], [], [], {}
    tested, inner = {}, {}
    (out / "confusion").mkdir()
    for name, fit, select, overfit in zip(
        spec.params["models"],
        spec.inputs["fits"],
        spec.inputs["selects"],
        spec.inputs["overfits"],
        strict=True,
    ):
        scores = read_scores(fit / "scores.parquet")
        found = judge(scores, config, _rng(spec))
        judged[name] = found.evaluation
        tested[name] = scores
        selected = read_scores(select / "scores.parquet")
        inner[name] = inner_values(selected, spec.params["metric"])
        decisions += decision_table(name, selected)
        rows.append(
            {"model": name, "inner": float(sum(inner[name]) / len(inner[name]))}
            | json.loads((fit / "fit.json").read_text())
            | found.row()
            | _control(json.loads((overfit / "overfit.json").read_text()))
        )
        class_rows += class_table(name, found.evaluation)
        unit_rows += unit_table(name, scores, model_of_class, config, _rng(spec))
        segment = found.evaluation.segment
        pd.DataFrame(
            segment.confusion, index=list(segment.classes), columns=list(segment.classes)
        ).to_csv(out / "confusion" / f"{name}.csv")
    models = pd.DataFrame(rows)
    models["n_train"] = [int(sum(n) / len(n)) for n in models["n_train"]]
    models["n_test"] = [sum(n) for n in models["n_test"]]
    models["warnings"] = ["; ".join(w) for w in models["warnings"]]
    chosen = str(models["model"][int(models["inner"].argmax())])
    models["chosen"] = models["model"] == chosen
    models.to_csv(out / "models.csv", index=False)
    pd.DataFrame(class_rows).to_csv(out / "classes.csv", index=False)
    pd.DataFrame(unit_rows).to_csv(out / "units.csv", index=False)
    pd.DataFrame(decisions).to_csv(out / "decisions.csv", index=False)
    pooled = pooled_report([found.segment for found in judged.values()])
    pd.DataFrame(
        {
            "class": pooled.classes,
            "precision": pooled.precision,
            "recall": pooled.recall,
            "f1": pooled.f1,
            "support": pooled.support,
        }
    ).to_csv(out / "pooled.csv", index=False)
    pd.DataFrame(pooled.confusion, index=list(pooled.classes), columns=list(pooled.classes)).to_csv(
        out / "confusion" / "pooled.csv"
    )
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
                "per_fold": _chosen_per_fold(tested, inner),
            },
            indent=1,
        )
    )


def _rng(spec: Spec) -> "np.random.Generator":
    """The same draws for every model, so that models are compared on the same resamples."""
    import numpy as np

    return np.random.default_rng(spec.params["seed"])


@dataclass(frozen=True)
class Judged:
    """An evaluation and its intervals."""

    evaluation: "Evaluation"
    intervals: "Intervals"
    n_recordings: int

    def row(self) -> dict[str, Any]:
        """Every metric with its interval; those of whole recordings begin with `recording_`."""
        values: dict[str, Any] = {"n_recordings": self.n_recordings}
        for prefix, level in (("", "segment"), ("recording_", "recording")):
            metrics = getattr(self.evaluation, level)
            for name, interval in getattr(self.intervals, level).items():
                values[f"{prefix}{name}"] = getattr(metrics, name)
                values[f"{prefix}{name}_low"] = interval.low
                values[f"{prefix}{name}_high"] = interval.high
            values[f"{prefix}interval_note"] = getattr(self.intervals, level)["accuracy"].note
        return values


def judge(scores: Scores, config: EvaluationConfig, rng: "np.random.Generator") -> Judged:
    """All metrics of a scores table, with intervals over recordings."""
    import numpy as np

    from micfp.evaluation.bootstrap import evaluate_intervals
    from micfp.evaluation.metrics import evaluate

    args = (scores.truth, scores.log_p, scores.classes, scores.recording)
    intervals = evaluate_intervals(
        *args,
        rule=config.decision,
        rng=rng,
        top_k=config.top_k,
        samples=config.bootstrap_samples,
        confidence=config.confidence,
    )
    return Judged(
        evaluate(*args, rule=config.decision, top_k=config.top_k),
        intervals,
        len(np.unique(scores.recording)),
    )


def inner_values(scores: Scores, metric: str) -> list[float]:
    """The selection metric of each outer fold, on its inner folds."""
    from micfp.evaluation.metrics import measure

    values = []
    for fold in sorted(set(scores.fold.tolist())):
        own = scores.fold == fold
        values.append(
            float(getattr(measure(scores.truth[own], scores.log_p[own], scores.classes), metric))
        )
    return values


def decision_table(model: str, scores: Scores) -> list[dict[str, Any]]:
    """How often each rule of decision is correct, on folds inside the training part.

    scores: those of `select`. Recordings of all outer folds count together.
    """
    import numpy as np

    from micfp.evaluation.decision import RULES
    from micfp.evaluation.metrics import measure, pool_recordings

    # A recording has one row per outer fold that trained with it.
    recording = np.char.add(scores.recording, np.char.mod("/%d", scores.fold))
    rows = []
    for rule in RULES:
        _, pooled, true = pool_recordings(
            scores.truth, scores.log_p, scores.classes, recording, rule
        )
        found = measure(true, pooled, scores.classes)
        n = {"n_recordings": found.n, "n_correct": int(np.diag(found.confusion).sum())}
        rows.append({"model": model, "decision": rule, "accuracy": found.accuracy, **n})
    return rows


def class_table(model: str, evaluation: "Evaluation") -> list[dict[str, Any]]:
    """Precision, recall, F1 and support a class."""
    segment = evaluation.segment
    return [
        {
            "model": model,
            "class": name,
            "precision": segment.precision[i],
            "recall": segment.recall[i],
            "f1": segment.f1[i],
            "roc_auc": segment.roc_auc[i],
            "support": segment.support[i],
        }
        for i, name in enumerate(segment.classes)
    ]


def models_of_classes(spec: Spec) -> dict[str, str]:
    """Make and model of each device; nothing where devices are not what is identified."""
    if spec.params["target"] != "device":
        return {}
    recordings = read_table(spec.entry("quality") / "recordings.parquet")
    return dict(zip(recordings["device"], recordings["model"], strict=True))


def unit_table(
    model: str,
    scores: Scores,
    model_of_class: Mapping[str, str],
    config: EvaluationConfig,
    rng: "np.random.Generator",
) -> list[dict[str, Any]]:
    """How well identical units are told apart, a row a group of one make and model."""
    from micfp.evaluation.units import identical_units

    groups = identical_units(
        scores.truth,
        scores.log_p,
        scores.classes,
        [model_of_class.get(name, "").strip() for name in scores.classes],
        scores.recording,
        rule=config.decision,
        rng=rng,
        samples=config.bootstrap_samples,
        confidence=config.confidence,
    )
    return [
        {
            "model": model,
            "make_and_model": group.model,
            "devices": " / ".join(group.classes),
            "n_segments": group.segment.n,
            "accuracy": group.segment.accuracy,
            "accuracy_low": group.segment.interval.low,
            "accuracy_high": group.segment.interval.high,
            "chance": group.segment.chance,
            "n_recordings": group.recording.n,
            "recording_accuracy": group.recording.accuracy,
            "recording_chance_low": group.recording.chance_low,
            "recording_chance_high": group.recording.chance_high,
        }
        for group in groups
    ]


def _control(looks: Mapping[str, Any]) -> dict[str, float]:
    """Shuffled labels: mean accuracy of the repeats, its 99 % interval (Student's t), and chance.

    99 %, since every model has such a look: at 95 %, about one model in twenty would seem to leak
    by chance alone. A single shuffle has no interval.
    """
    import numpy as np
    from scipy.stats import t

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
    tested: Mapping[str, Scores], inner: Mapping[str, list[float]]
) -> dict[str, Any]:
    """Under k folds each fold has its own choice: the method's honest figure."""
    import numpy as np
    import pandas as pd

    best = pd.DataFrame(inner).idxmax(axis=1).astype(str)
    right = total = 0
    for name, scores in tested.items():
        own = np.isin(scores.fold, np.flatnonzero(best == name))
        named = np.asarray(scores.classes)[scores.log_p[own].argmax(axis=1)]
        right += int(np.sum(named == scores.truth[own]))
        total += int(own.sum())
    return {"models": best.tolist(), "accuracy": right / total}
