"""Step `honesty`: the same models under every split, side by side.

Reads: scores of the fits under each split, data sets. Writes: `splits.csv` (a row a split and
model, metrics with intervals), `units.csv` (identical units told apart, a row a split, model and
group) and `neighbours.csv` (what the nearest segment of another recording shares, a row a data
set: where that is the content and not the device, a split that leaves a content's other recordings
in training draws its decisions towards them).
"""

from pathlib import Path

from micfp.config import EvaluationConfig
from micfp.engine.task import Spec
from micfp.plan.models import read_scores
from micfp.stages.evaluate import judge, models_of_classes, unit_table
from micfp.tables import NOT_FEATURES, read_table

MOST_ROWS = 2000


def run(spec: Spec, out: Path) -> None:
    """Judge every model under every split."""
    import numpy as np
    import pandas as pd

    config = EvaluationConfig.model_validate(spec.params["evaluation"])
    models = models_of_classes(spec)
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
    neighbours = [
        {"features": name, **nearest(path, spec.params["seed"])}
        for name, path in zip(spec.params["datasets"], spec.inputs["datasets"], strict=True)
    ]
    pd.DataFrame(neighbours).to_csv(out / "neighbours.csv", index=False)


def nearest(dataset: Path, seed: int) -> dict[str, float]:
    """Shares of segments whose nearest one of another recording has their device, content, session.

    Nearest by Euclidean distance of standardised columns, among at most MOST_ROWS segments; each
    share beside the one that a random segment of another recording would have.
    """
    import numpy as np
    from sklearn.metrics import pairwise_distances

    table = read_table(dataset / "table.parquet")
    rows = np.random.default_rng(seed).permutation(len(table))[:MOST_ROWS]
    table = table.iloc[rows]
    values = np.nan_to_num(table.drop(columns=NOT_FEATURES).to_numpy(np.float64))
    values = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-12)
    recording = table["recording"].to_numpy(str)
    others = recording[:, None] != recording[None]
    distance = np.where(others, pairwise_distances(values), np.inf)
    shares: dict[str, float] = {}
    for label in ("device", "content", "session"):
        own = table[label].to_numpy(str)
        same = own[:, None] == own[None]
        shares[f"same_{label}"] = float(np.mean(own[distance.argmin(axis=1)] == own))
        shares[f"same_{label}_by_chance"] = float(np.mean(same[others]))
    return shares
