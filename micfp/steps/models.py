"""What the steps that fit classifiers share: which models there are, and their data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config import ModelGroup, Params
from micfp.steps.task import Spec, Task
from micfp.tables import LABELS, NOT_FEATURES, read_table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

# Seconds a fit takes, about, relative to logistic regression: only the packing of jobs uses it.
RELATIVE_COST = {
    "gb": 30,
    "mlp": 6,
    "rf": 3,
    "svc": 3,
    "lr": 1,
    "knn": 1,
    "nb": 1,
    "dt": 1,
    "lda": 1,
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


def cost_of(task: Task) -> float:
    """About how long a task takes, in units of a small fit."""
    classifier = task.params.get("classifier")
    factor = {"fit": 1, "select": 3, "overfit": 8}.get(task.step, 1)
    return factor * (RELATIVE_COST[classifier] if classifier else 1)


def build_model(spec: Spec, n_classes: int) -> Any:
    """An unfitted pipeline of a spec."""
    from micfp.config import ClassifiersConfig, PreparationConfig
    from micfp.models.classical import build

    params = spec.params
    return build(
        params["classifier"],
        ClassifiersConfig.model_validate({params["classifier"]: params["hyperparameters"]}),
        PreparationConfig.model_validate(params["preparation"]),
        n_classes,
        params["seed"],
    )
