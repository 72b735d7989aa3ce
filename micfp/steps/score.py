"""Step `score`: a fitted model asked about another data set than its own.

Reads: a fit, the data set that it learned from, and one to score, whose rows must all belong to the
test part of the fit's split. Writes: `scores.parquet`.
"""

from pathlib import Path

from micfp.config import SplitConfig
from micfp.errors import MicfpError
from micfp.steps.models import read_data, scores_table
from micfp.steps.task import Spec, Task
from micfp.tables import write_table

VERSION = 1


def task(fit: Task, dataset: Task) -> Task:
    """Plan the scores of one fit on one data set."""
    names = ("model", "families", "target", "seed", "split")
    params = {name: fit.params[name] for name in names}
    inputs = {"fit": (fit,), "trained": fit.inputs["dataset"], "dataset": (dataset,)}
    return Task("score", params, inputs)


def run(spec: Spec, out: Path) -> None:
    """Score every row.

    Raises MicfpError where a row belongs to a group that the model learned from.
    """
    import numpy as np

    from micfp.models.persistence import load
    from micfp.splits import GROUP_COLUMN, make_folds

    params = spec.params
    split = SplitConfig.model_validate(params["split"])
    learned = read_data(spec.entry("trained"), params).labels
    rng = np.random.default_rng(params["seed"])
    (fold,) = make_folds(learned, split, params["target"], rng)
    column = GROUP_COLUMN[split.kind]
    data = read_data(spec.entry("dataset"), params)
    heard = set(learned[column].iloc[fold.train]) & set(data.labels[column])
    if heard:
        raise MicfpError(
            f"{params['model']} learned from {column} {', '.join(sorted(heard))}, which it was to "
            "be tested on"
        )
    fitted = load(spec.entry("fit") / "model" / "model.skops")
    log_p = fitted.log_probabilities(data.X)
    rows = np.arange(len(data.y))
    scores = scores_table(data, rows, log_p, fitted.classes, 0, params["model"], params["target"])
    write_table(scores, out / "scores.parquet")
