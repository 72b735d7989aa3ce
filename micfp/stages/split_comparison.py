"""Step `split_comparison`: the same models under every split, side by side.

Reads: scores of the fits under each split, data sets. Writes: `splits.csv` (a row per split and
model, metrics with intervals), `units.csv` (identical units told apart, a row per split, model and
group) and `neighbours.csv` (what the nearest segment of another recording shares, a row per data
set: where that is the content and not the device, a split that leaves a content's other recordings
in training draws its decisions towards them).
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import pairwise_distances

from micfp.config.models import EvaluationConfig
from micfp.engine.task import Spec
from micfp.evaluation.judge import judge_each, unit_rows
from micfp.stages.evaluate import models_of_devices
from micfp.tables import features_in, read_table

MOST_ROWS = 2000


def run(spec: Spec, out: Path) -> None:
    """Judge every model under every split."""
    config, seed = EvaluationConfig.model_validate(spec.params["evaluation"]), spec.params["seed"]
    models_of = models_of_devices(spec)
    rows, units = [], []
    for split, models in spec.params["splits"].items():
        names = [{"split": split, "model": name} for name in models]
        for labels, model in judge_each(names, spec.inputs[f"fits {split}"], config, seed):
            rows.append({**labels, **model.row()})
            groups = unit_rows(model.scores, models_of, config, seed)
            units += [{**labels, **group} for group in groups]
    pd.DataFrame(rows).to_csv(out / "splits.csv", index=False)
    pd.DataFrame(units).to_csv(out / "units.csv", index=False)
    neighbours = [
        {"features": name, **nearest(path, spec.params["target"], seed)}
        for name, path in zip(spec.params["datasets"], spec.inputs["datasets"], strict=True)
    ]
    pd.DataFrame(neighbours).to_csv(out / "neighbours.csv", index=False)


def nearest(dataset: Path, target: str, seed: int) -> dict[str, float]:
    """Shares of segments whose nearest one of another recording has their device, content, session.

    Nearest by Euclidean distance of standardised columns, among at most MOST_ROWS segments; each
    share beside the one that a random segment of another recording would have.
    """
    table = read_table(dataset / "table.parquet")
    rows = np.random.default_rng(seed).permutation(len(table))[:MOST_ROWS]
    table = table.iloc[rows]
    values = np.nan_to_num(table[features_in(table, target)].to_numpy(np.float64))
    values = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-12)
    recording = table["recording"].to_numpy(str)
    others = recording[:, None] != recording[None]
    distance = np.where(others, pairwise_distances(values), np.inf)
    shares: dict[str, float] = {}
    for label in ("device", "content", "session"):
        values_of_label = table[label].to_numpy(str)
        same = values_of_label[:, None] == values_of_label[None]
        nearest_rows = distance.argmin(axis=1)
        shares[f"same_{label}"] = float(np.mean(values_of_label[nearest_rows] == values_of_label))
        shares[f"same_{label}_by_chance"] = float(np.mean(same[others]))
    return shares
