"""Step `honesty`: the same models under every split, side by side.

Reads: scores of the fits under each split. Writes: `splits.csv` (a row a split and model, metrics
with intervals) and `units.csv` (identical units told apart, a row a split, model and group).
"""

from collections.abc import Mapping
from pathlib import Path

from micfp.config import EvaluationConfig, Params
from micfp.steps.evaluate import judge, unit_table
from micfp.steps.models import read_scores
from micfp.steps.task import Spec, Task
from micfp.tables import read_table

VERSION = 1


def task(params: Params, quality: Task, by_split: Mapping[str, Mapping[str, Task]]) -> Task:
    """Plan the comparison of splits."""
    return Task(
        "honesty",
        {
            "splits": {split: list(fits) for split, fits in by_split.items()},
            "evaluation": params.evaluation.model_dump(mode="json"),
            "target": params.target,
            "seed": params.seed,
        },
        {
            "quality": (quality,),
            **{f"fits {split}": tuple(fits.values()) for split, fits in by_split.items()},
        },
    )


def run(spec: Spec, out: Path) -> None:
    """Judge every model under every split."""
    import numpy as np
    import pandas as pd

    config = EvaluationConfig.model_validate(spec.params["evaluation"])
    recordings = read_table(spec.entry("quality") / "recordings.parquet")
    models = {}
    if spec.params["target"] == "device":
        models = dict(zip(recordings["device"], recordings["model"], strict=True))
    rows, units = [], []
    for split, names in spec.params["splits"].items():
        for name, fit in zip(names, spec.inputs[f"fits {split}"], strict=True):
            scores = read_scores(fit / "scores.parquet")
            seed = spec.params["seed"]
            found = judge(scores, config, np.random.default_rng(seed))
            rows.append({"split": split, "model": name, **found.row()})
            for row in unit_table(name, scores, models, config, np.random.default_rng(seed)):
                units.append({"split": split, **row})
    pd.DataFrame(rows).to_csv(out / "splits.csv", index=False)
    pd.DataFrame(units).to_csv(out / "units.csv", index=False)
