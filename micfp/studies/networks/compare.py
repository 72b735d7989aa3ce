"""Step `compare_methods`: the table of one experiment, and its bar charts (the paper's Fig. 8-10).

Reads: scores of trainings and fits, the quality table of each corpus, and forward times where they
are wanted. Writes: `methods.csv`, a row per corpus and method: metrics per segment and recording
with its interval, sizes, hours of audio, epochs, that whose weights were kept, whether it converged
and where it was trained; `forward.csv`. What is learned from a source that was not learned itself
is left out, and `unlearned.csv` says so.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.models import EvaluationConfig
from micfp.engine.libraries import CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.evaluation.figures import Book
from micfp.evaluation.judge import judge_each
from micfp.studies.networks.names import EXPERIMENTS, SETTINGS
from micfp.studies.networks.report import called
from micfp.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

STAGE = Stage("compare_methods", 9, "micfp.studies.networks.compare", libraries=CLASSIFIERS)

SHOWN = ("accuracy", "precision_macro", "recall_macro", "f1_macro")
SUMMARY = (
    *("n_parameters", "n_input_parameters", "n_train", "n_validation", "n_test"),
    *("epochs", "best_epoch", "kept_epoch", "converged", "device"),
)


def run(spec: Spec, out: Path) -> None:
    """Judge every row, with intervals."""
    import numpy as np
    import pandas as pd

    config = EvaluationConfig.model_validate(spec.params["evaluation"])
    lengths = _lengths(spec)
    folders = spec.inputs["fits"]
    judged = judge_each(spec.params["rows"], folders, config, spec.params["seed"])
    rows = []
    for folder, (labels, model) in zip(folders, judged, strict=True):
        durations_s = lengths[labels["corpus"]]
        more = {
            "n_classes": len(model.scores.classes),
            "audio_h": durations_s.sum() / 3600,
            "test_audio_h": durations_s[np.unique(model.scores.recording)].sum() / 3600,
            "address": "/".join(folder.parts[-2:]),
        }
        rows.append({**labels, **summary_of(folder), **model.row(), **more})
    if "least_source_accuracy" in spec.params:
        rows = _from_learned_sources(rows, spec.params["least_source_accuracy"], out)
    table = pd.DataFrame(rows)
    table.to_csv(out / "methods.csv", index=False)
    if "forward" in spec.inputs:
        _write_forward(spec, out)
    book = Book(out)
    if spec.params["experiment"] in SETTINGS:
        _draw_settings(spec, table, book)
    elif spec.params["experiment"] != "paper-table6":  # whose rows have their chart in table 5
        _draw(spec, table, book, config.confidence)
    book.close()


def _from_learned_sources(
    rows: list[dict[str, Any]], least: dict[str, float], out: Path
) -> list[dict[str, Any]]:
    """Rows without those of a source of which fewer recordings than `least` are correct."""
    import pandas as pd

    unlearned = [
        {
            "source": row["corpus"],
            "method": row["method"],
            "recording_accuracy": row["recording_accuracy"],
            "least": least[row["corpus"]],
        }
        for row in rows
        if "source" not in row and row["recording_accuracy"] < least.get(row["corpus"], 0.0)
    ]
    columns = ["source", "method", "recording_accuracy", "least"]
    pd.DataFrame(unlearned, columns=columns).to_csv(out / "unlearned.csv", index=False)
    bad = {(one["source"], one["method"]) for one in unlearned}
    return [row for row in rows if (row.get("source"), row["method"]) not in bad]


def _lengths(spec: Spec) -> "dict[str, pd.Series[float]]":
    """Seconds of each recording, by corpus."""
    found = {}
    for corpus, path in zip(spec.params["corpora"], spec.inputs["quality"], strict=True):
        table = read_table(path / "quality.parquet", ["recording", "duration_s"])
        found[corpus] = table.drop_duplicates("recording").set_index("recording")["duration_s"]
    return found


def summary_of(path: Path) -> dict[str, Any]:
    """Sizes of a training; of a classical fit those that it has."""
    from micfp.models.persistence import load, number_count

    fit = json.loads((path / "fit.json").read_text())
    found = {name: fit.get(name) for name in SUMMARY}
    for name in ("n_train", "n_test"):
        value = found[name]
        found[name] = sum(value) if isinstance(value, list) else value
    if path.parent.name == "fit":
        found["n_parameters"] = number_count(load(path / "model" / "model.skops"))
    return found


def _write_forward(spec: Spec, out: Path) -> None:
    import pandas as pd

    rows = [
        {**labels, **json.loads((path / "forward.json").read_text())}
        for labels, path in zip(spec.params["rows"], spec.inputs["forward"], strict=True)
    ]
    pd.DataFrame(rows).to_csv(out / "forward.csv", index=False)


def _draw(spec: Spec, table: "pd.DataFrame", book: Book, confidence: float) -> None:
    """A chart a corpus: the four metrics of every method, a recording."""
    from micfp.evaluation import figures

    experiment = spec.params["experiment"]
    for corpus, own in table.groupby("corpus", sort=False):
        # without what a row has not, which a table says by NaN
        rows = [{str(k): v for k, v in row.items() if v == v} for row in own.to_dict("records")]
        names = [called(row, "\n") for row in rows]
        values, low, high = (
            own[[f"recording_{name}{end}" for name in SHOWN]].to_numpy(float)
            for end in ("", "_low", "_high")
        )
        book.add(
            experiment,
            f"{experiment}_{corpus}",
            figures.list_size(len(names) * (len(SHOWN) + 1), row_height=0.17),
            lambda ax, names=names, values=values, low=low, high=high, own=own: (  # type: ignore[misc]
                figures.split_comparison(
                    ax,
                    names,
                    ["accuracy", "precision", "recall", "F1"],
                    values,
                    low,
                    high,
                    chance=1 / float(own["n_classes"].iloc[0]),
                    metric="share",
                )
            ),
            kind="methods",
            experiment=EXPERIMENTS[experiment],
            corpus=str(corpus),
            decision=spec.params["evaluation"]["decision"],
            confidence=confidence,
            **figures.extremes(names, values[:, 0]),
        )


def _draw_settings(spec: Spec, table: "pd.DataFrame", book: Book) -> None:
    """Accuracy of every method (columns) in every setting (rows)."""
    from micfp.evaluation import figures

    experiment = spec.params["experiment"]
    wide = table.pivot(index="corpus", columns="method", values="accuracy")
    wide = wide.loc[table["corpus"].unique(), table["method"].unique()]
    rows, columns = wide.shape
    names = [called({"method": name}).replace(" on ", "\non ") for name in wide.columns]
    book.add(
        experiment,
        experiment,
        (3.4 + 1.0 * columns, 1.6 + 0.26 * rows),
        lambda ax: figures.share_table(ax, list(map(str, wide.index)), names, wide.to_numpy()),
        kind="settings",
        experiment=EXPERIMENTS[experiment],
        chance=1 / float(table["n_classes"].iloc[0]),
        **figures.extremes_of_table(list(wide.index), names, wide.to_numpy()),
    )
