"""Step `compare_methods`: the table of one experiment, and its bar charts (the paper's Fig. 8-10).

Reads: scores of trainings and fits; for table 6 their forward times. Writes: `methods.csv`, a row a
corpus and method: every metric a segment and a recording with its interval, sizes, epochs, and
whether it converged; `forward.csv` where times were taken.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config import EvaluationConfig
from micfp.report.published import records
from micfp.steps.evaluate import judge
from micfp.steps.figures import Book
from micfp.steps.models import read_scores
from micfp.steps.task import Spec

if TYPE_CHECKING:
    import pandas as pd

VERSION = 1

SHOWN = ("accuracy", "precision_macro", "recall_macro", "f1_macro")
SUMMARY = ("n_parameters", "n_train", "n_validation", "n_test", "epochs", "best_epoch", "converged")


def run(spec: Spec, out: Path) -> None:
    """Judge every row, with intervals."""
    import numpy as np
    import pandas as pd

    config = EvaluationConfig.model_validate(spec.params["evaluation"])
    rows = []
    for labels, path in zip(spec.params["rows"], spec.inputs["fits"], strict=True):
        scores = read_scores(path / "scores.parquet")
        found = judge(scores, config, np.random.default_rng(spec.params["seed"])).row()
        summary = _summary(json.loads((path / "fit.json").read_text()))
        address = {"address": "/".join(path.parts[-2:])}
        rows.append({**labels, **summary, **found, "n_classes": len(scores.classes), **address})
    table = pd.DataFrame(rows)
    table.to_csv(out / "methods.csv", index=False)
    if "forward" in spec.inputs:
        _write_forward(spec, out)
    book = Book(out)
    _draw(spec.params["experiment"], table, book)
    book.close()


def _summary(fit: dict[str, Any]) -> dict[str, Any]:
    """Sizes of a training; of a classical fit those that it has."""
    found = {name: fit.get(name) for name in SUMMARY}
    for name in ("n_train", "n_test"):
        value = found[name]
        found[name] = sum(value) if isinstance(value, list) else value
    return found


def _write_forward(spec: Spec, out: Path) -> None:
    import pandas as pd

    trained = [
        labels
        for labels, path in zip(spec.params["rows"], spec.inputs["fits"], strict=True)
        if path.parent.name == "train"
    ]
    rows = [
        {**labels, **json.loads((path / "forward.json").read_text())}
        for labels, path in zip(trained, spec.inputs["forward"], strict=True)
    ]
    pd.DataFrame(rows).to_csv(out / "forward.csv", index=False)


def _draw(experiment: str, table: "pd.DataFrame", book: Book) -> None:
    """A chart a corpus: the four metrics of every method, a recording."""
    from micfp.evaluation import figures

    for corpus, own in table.groupby("corpus", sort=False):
        names = [_name(row) for row in records(own)]
        values, low, high = (
            own[[f"recording_{name}{end}" for name in SHOWN]].to_numpy(float)
            for end in ("", "_low", "_high")
        )
        book.add(
            experiment,
            f"{experiment}_{corpus}",
            f"{experiment}: {corpus}",
            "Of recordings, by the vote of their segments, with 95 % intervals over recordings.",
            figures.list_size(len(names) * (len(SHOWN) + 1), row_height=0.17),
            lambda ax, names=names, values=values, low=low, high=high, own=own: (  # type: ignore[misc]
                figures.split_comparison(
                    ax,
                    names,
                    [name.removesuffix("_macro") for name in SHOWN],
                    values,
                    low,
                    high,
                    chance=1 / float(own["n_classes"].iloc[0]),
                    metric="share",
                )
            ),
        )


def _name(row: dict[str, Any]) -> str:
    """A row as a reader calls it."""
    parts = [str(row["method"])]
    for column in ("layers", "fine_tuning"):
        value = row.get(column)
        if isinstance(value, str) and value:
            parts.append(value)
    return ", ".join(parts).replace("_", " ")
