"""What the steps that fit classifiers share: which models there are, and their data."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config import ModelGroup, Params, parse_params
from micfp.engine.task import Spec
from micfp.tables import LABELS, NOT_FEATURES, read_table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

# The sections of params.yaml that a fit depends on, from recordings to its scores.
FIT_SECTIONS = {
    *("seed", "shard_mb", "corpus", "bench", "degrade", "check", "trim", "segments"),
    *("features", "target", "split", "selection", "preparations", "classifiers", "evaluation"),
}


@dataclass(frozen=True)
class Model:
    """One classifier on one feature set with one preparation."""

    classifier: str
    features: str
    preparation: str
    families: tuple[str, ...] | None

    @property
    def name(self) -> str:
        """Name in tables, figures and MLflow: `<classifier>-<features>-<preparation>`."""
        return f"{self.classifier}-{self.features}-{self.preparation}"

    def params(self, params: Params) -> dict[str, Any]:
        """What a fit of this model reads of the parameters."""
        config = getattr(params.classifiers, self.classifier)
        return {
            "model": self.name,
            "classifier": self.classifier,
            "hyperparameters": config.model_dump(mode="json"),
            "preparation": params.preparations[self.preparation].model_dump(mode="json"),
            "families": None if self.families is None else list(self.families),
            "target": params.target,
            "seed": params.seed,
        }


def models_of(groups: tuple[ModelGroup, ...]) -> Iterator[Model]:
    """The models that parameters ask for, in their order."""
    for group in groups:
        for classifier in group.classifiers:
            yield Model(classifier, group.features, group.preparation, group.families)


def fit_values(params: Params, groups: Sequence[ModelGroup]) -> dict[str, Any]:
    """Return what the planning of fits reads of the parameters, as plain data.

    A task that plans by itself holds these and nothing more, so that its key does not change with
    what it never reads.

    Parameters
    ----------
    params
        all parameters
    groups
        the models that are fitted: of features, preparations and classifiers theirs alone are read
    """
    values = params.model_dump(mode="json", include=FIT_SECTIONS)
    for section, names in (
        ("features", {group.features for group in groups}),
        ("preparations", {group.preparation for group in groups}),
        ("classifiers", {name for group in groups for name in group.classifiers}),
    ):
        values[section] = {name: own for name, own in values[section].items() if name in names}
    del values["corpus"]["name"]  # what reports and MLflow call it
    # How points name recordings; the rest is of tables.
    values["evaluation"] = {"decision": params.evaluation.decision}
    return values | {"models": [group.model_dump(mode="json") for group in groups]}


def read_fit_values(values: Mapping[str, Any], source: str) -> Params:
    """Return the parameters that are in `values`: reading any other raises AttributeError.

    Parameters
    ----------
    values
        from `fit_values`, perhaps with further sections
    source
        what an error calls them

    Raises
    ------
    MicfpError
        for a wrong value
    """
    params = parse_params(values, source).only(values)
    in_part = [name for name in ("corpus", "classifiers", "evaluation", "search") if name in values]
    return params.model_copy(
        update={name: getattr(params, name).only(values[name]) for name in in_part}
    )


@dataclass(frozen=True)
class Data:
    """Rows to learn from: features (n, p), target labels (n,), and every label."""

    X: "NDArray[np.float32]"
    y: "NDArray[np.str_]"
    labels: "pd.DataFrame"


def read_data(dataset: Path, params: Mapping[str, Any]) -> Data:
    """The columns of a data set that a model uses, and its target."""
    import numpy as np

    from micfp.features import family_of

    table = read_table(dataset / "table.parquet")
    columns = [c for c in table.columns if c not in NOT_FEATURES]
    if params["families"] is not None:
        columns = [c for c in columns if family_of(c) in params["families"]]
    return Data(
        table[columns].to_numpy(np.float32),
        table[params["target"]].to_numpy(str),
        table[["segment", "recording", *LABELS]],
    )


def scores_table(
    data: Data,
    rows: "NDArray[np.int64]",
    log_p: "NDArray[np.float64]",
    classes: tuple[str, ...],
    fold: int,
    model: str,
    target: str,
) -> "pd.DataFrame":
    """The scores table of some rows: labels, fold, model, and one log-probability a class."""
    import pandas as pd

    front = data.labels.iloc[rows][["segment", "recording", target]].reset_index(drop=True)
    front = front.rename(columns={target: "truth"})
    front.insert(2, "fold", fold)
    front.insert(3, "model", model)
    scores = pd.DataFrame(log_p, columns=[f"logp:{name}" for name in classes])
    return pd.concat([front, scores], axis=1)


@dataclass(frozen=True)
class Scores:
    """A scores table taken apart."""

    classes: tuple[str, ...]
    truth: "NDArray[np.str_]"
    recording: "NDArray[np.str_]"
    segment: "NDArray[np.str_]"
    fold: "NDArray[np.int64]"
    log_p: "NDArray[np.float64]"


def has_converged(fit: Path) -> bool:
    """Whether a network had stopped learning before its epochs were over; other models have."""
    return bool(json.loads((fit / "fit.json").read_text()).get("converged", True))


def read_scores(path: Path) -> Scores:
    """Read a scores table."""
    import numpy as np

    table = read_table(path)
    columns = [c for c in table.columns if c.startswith("logp:")]
    return Scores(
        tuple(c.removeprefix("logp:") for c in columns),
        table["truth"].to_numpy(str),
        table["recording"].to_numpy(str),
        table["segment"].to_numpy(str),
        table["fold"].to_numpy(np.int64),
        table[columns].to_numpy(np.float64),
    )


def build_model(spec: Spec, n_classes: int) -> Any:
    """An unfitted pipeline of a spec."""
    from micfp.config import PreparationConfig
    from micfp.models.classical import build
    from micfp.models.classifiers import ClassifiersConfig

    params = spec.params
    own = {params["classifier"]: params["hyperparameters"]}
    return build(
        params["classifier"],
        ClassifiersConfig.model_validate(own).only(own),
        PreparationConfig.model_validate(params["preparation"]),
        n_classes,
        params["seed"],
    )


def write_about(spec: Spec, data: Data, classes: tuple[str, ...], path: Path) -> None:
    """What `micfp identify` needs beside the classifier."""
    about = json.loads((spec.entry("dataset") / "about.json").read_text())
    about |= {
        "model": spec.params["model"],
        "target": spec.params["target"],
        "families": spec.params["families"],
        "classes": list(classes),
        "address": f"{spec.step}/{spec.key}",
        "n_segments": len(data.y),
        "split": spec.params["split"],
    }
    path.write_text(json.dumps(about, indent=1, sort_keys=True))
