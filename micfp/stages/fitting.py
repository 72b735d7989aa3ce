"""What the stages that fit classifiers share: the data, the classifier, and what is kept of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from micfp.config.models import PreparationConfig
from micfp.engine.task import Spec
from micfp.models.classifiers import ClassifiersConfig
from micfp.tables import features_in, labels_of, read_table, write_table

if TYPE_CHECKING:
    import pandas as pd

COPIES = "copies.parquet"


@dataclass(frozen=True)
class Data:
    """Rows to learn from: features (n, p), target labels (n,), and what `read_labels` gives."""

    X: NDArray[np.float32]
    y: NDArray[np.str_]
    labels: "pd.DataFrame"


def read_data(dataset: Path, params: Mapping[str, Any]) -> Data:
    """Read the columns of a data set that a model uses, and its target.

    Parameters
    ----------
    dataset
        folder of a `dataset`
    params
        of the model: `families` (None: all) and `target`
    """
    from micfp.features import family_of  # loads SciPy, which planning a search does without

    table = read_table(dataset / "table.parquet")
    columns = features_in(table.columns, params["target"])
    if params["families"] is not None:
        columns = [c for c in columns if family_of(c) in params["families"]]
    return Data(
        table[columns].to_numpy(np.float32),
        table[params["target"]].to_numpy(str),
        read_labels(dataset, params["target"]),
    )


def read_labels(dataset: Path, target: str) -> "pd.DataFrame":
    """The labels of a data set or matrix; of one with copies also what each is a copy of."""
    table = read_table(dataset / "table.parquet", ["segment", "recording", *labels_of(target)])
    copies = dataset / COPIES
    return table.join(read_table(copies)) if copies.exists() else table


def write_copies(labels: "pd.DataFrame", dataset: Path) -> None:
    """Write beside a table what its rows are copies of, as `copies.with_originals` says."""
    from micfp.recordings.copies import COPY, ORIGINALS

    write_table(labels[[COPY, *ORIGINALS.values()]], dataset / COPIES)


def build_model(spec: Spec, n_classes: int) -> Any:
    """Build the unfitted pipeline that a spec describes."""
    from micfp.models.classical import build

    params = spec.params
    settings = {params["classifier"]: params["hyperparameters"]}
    return build(
        params["classifier"],
        ClassifiersConfig.model_validate(settings).only(settings),
        PreparationConfig.model_validate(params["preparation"]),
        n_classes,
        params["seed"],
    )


def write_about(
    spec: Spec, data: Data, rows: NDArray[np.int64], classes: tuple[str, ...], path: Path
) -> None:
    """Write what `micfp identify` needs beside a classifier fitted on some rows of its data."""
    own = {
        "model": spec.params["model"],
        "families": spec.params["families"],
        "classes": list(classes),
        "n_segments": len(data.y),
    }
    describe(spec, spec.entry("dataset"), own, data.labels.iloc[rows], path)


def describe(
    spec: Spec, table: Path, own: Mapping[str, Any], learned: "pd.DataFrame", path: Path
) -> None:
    """Write what a model needs of a new recording, and of which ones it is.

    Parameters
    ----------
    table
        folder of the data set or matrix that it was fitted on
    own
        what this kind of model says of itself
    learned
        labels of the rows that it was fitted on: it knows their recordings by heart
    """
    about = json.loads((table / "about.json").read_text())
    about |= {
        **own,
        "target": spec.params["target"],
        "address": f"{spec.step}/{spec.key}",
        "split": spec.params["split"],
        "learned_from": sorted(set(learned["recording"].astype(str))),
    }
    path.write_text(json.dumps(about, indent=1, sort_keys=True))


def has_converged(fit: Path) -> bool:
    """Whether a network stopped learning before its epochs were over; other models have."""
    return bool(json.loads((fit / "fit.json").read_text()).get("converged", True))
