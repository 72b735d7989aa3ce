"""Step `compare_features`: each feature family alone and added to MFCC (thesis 4.3).

Judged on folds inside the training part, so that the test part stays unseen. Reads: scores of
`select`. Writes: `families.csv` and a figure.
"""

from pathlib import Path
from typing import Any

from micfp.config import EvaluationConfig, Params
from micfp.engine.task import Spec, Task
from micfp.errors import MicfpError
from micfp.features.registry import FamilyName
from micfp.plan.experiment import plan_corpus
from micfp.plan.fits import select_task
from micfp.plan.models import Model, models_of, read_scores
from micfp.report.numbers import interval_text
from micfp.stages.evaluate import judge
from micfp.stages.figures import Book
from micfp.tables import rows_of

VERSION = 2


def plan(params: Params) -> dict[str, Any]:
    """Plan the study."""
    corpus = plan_corpus(params)
    rows, selects = [], []
    for model in models_of(params.feature_study.models):
        if model.features not in params.features:
            raise MicfpError(
                f"feature_study.models names the feature set {model.features!r}, which is not "
                f"under features (there: {', '.join(sorted(params.features))})"
            )
        families = params.features[model.features].families
        dataset = corpus.dataset(params, model.features)
        combinations: list[tuple[str, tuple[FamilyName, ...]]]
        combinations = [("alone", (family,)) for family in families]
        if "mfcc" in families:
            combinations += [("with mfcc", ("mfcc", f)) for f in families if f != "mfcc"]
        combinations.append(("all together", families))
        for mode, used in combinations:
            own = Model(model.classifier, model.features, model.preparation, used)
            selects.append(select_task(params, own, dataset, params.split))
            label = "all" if mode == "all together" else used[-1]
            rows.append({"classifier": model.classifier, "mode": mode, "family": label})
    settings = {
        "rows": rows,
        "evaluation": params.evaluation.model_dump(mode="json"),
        "seed": params.seed,
    }
    return {"study": Task("compare_features", settings, {"selects": tuple(selects)})}


def run(spec: Spec, out: Path) -> None:
    """Judge every combination, with intervals."""
    import numpy as np
    import pandas as pd

    from micfp.evaluation import figures

    config = EvaluationConfig.model_validate(spec.params["evaluation"])
    rows = []
    for labels, path in zip(spec.params["rows"], spec.inputs["selects"], strict=True):
        scores = read_scores(path / "scores.parquet")
        found = judge(scores, config, np.random.default_rng(spec.params["seed"])).row()
        rows.append({**labels, **found, "n_classes": len(scores.classes)})
    table = pd.DataFrame(rows)
    table.to_csv(out / "families.csv", index=False)
    book = Book(out)
    for classifier, own in table.groupby("classifier", sort=False):
        book.add(
            "feature-study",
            f"families_{classifier}",
            f"Feature families, judged by {classifier}",
            "Accuracy per segment on folds inside the training part, with its "
            f"{interval_text(config.confidence)} interval over recordings: each family alone, "
            "added to MFCC, and all together.",
            figures.list_size(len(own)),
            lambda ax, own=own: figures.classifier_comparison(  # type: ignore[misc]
                ax,
                [f"{row.family} ({row.mode})" for row in rows_of(own)],
                own["accuracy"],
                own["accuracy_low"],
                own["accuracy_high"],
                chance=1 / float(own["n_classes"].iloc[0]),
                metric="accuracy",
            ),
        )
    book.close()
