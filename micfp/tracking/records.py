"""What there is to say of an order, read from the store alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from micfp.config.models import SelectionConfig, SplitConfig
from micfp.engine import store
from micfp.engine.run import read_cost
from micfp.fingerprint.provenance import Provenance
from micfp.plan.models import models_of
from micfp.plan.order import Order
from micfp.plan.params import Params
from micfp.tables import labels_of, read_table
from micfp.tracking.provenance import dvc_revision, git_revision, provenance_of
from micfp.tracking.span import Span, span_of

ADDRESS = "micfp.address"
WHY = "micfp.why"
MOST_PARAM_LENGTH = 500
OF_CHOSEN = ("accuracy", "recording_accuracy")  # which the run of an order shows, too


@dataclass(frozen=True)
class Data:
    """A data set that a run learned from: its name and its content address."""

    name: str
    address: str


@dataclass(frozen=True)
class Record:
    """One run as it is logged.

    folds: a metric's (fold, value), logged as its steps; model: folder of a model that
    `micfp identify` loads; calibration: that of what belongs beside it, where it is another;
    provenance: what the model says of itself; span: when it was at work; model_files: of any other
    model, kept as they are; why: the reason where the fit failed.
    """

    name: str
    address: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    data: tuple[Data, ...] = ()
    folds: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    figures: tuple[Path, ...] = ()
    tables: tuple[Path, ...] = ()
    model: Path | None = None
    calibration: Path | None = None
    model_files: tuple[Path, ...] = ()
    provenance: Provenance | None = None
    span: Span | None = None
    why: str = ""


@dataclass(frozen=True)
class Question:
    """What a score answers: scores of other questions do not compare with it.

    Attributes
    ----------
    models
        Of which models it is asked, as the end of their registered name; empty: of those that
        `micfp identify` loads.
    score
        Name of the score.
    smallest_is_best
        Whether the champion has the smallest score, such as of an error.
    """

    models: ClassVar[str]
    score: ClassVar[str]
    smallest_is_best: ClassVar[bool]

    def tags(self) -> dict[str, str]:
        """The tags that say it."""
        return {f"micfp.{name}": value for name, value in vars(self).items()}

    @property
    def score_tag(self) -> str:
        """The tag that holds the score."""
        return f"micfp.{self.score}"


@dataclass(frozen=True)
class InnerQuestion(Question):
    """What an inner score answers.

    corpus: name of the corpus; recordings: digest of the recordings and their labels.
    """

    models = ""
    score = "inner"
    smallest_is_best = False

    corpus: str
    recordings: str
    target: str
    split: str
    selection: str
    metric: str


@dataclass(frozen=True)
class Chosen:
    """The model that an order chose: the address of its run, its score and what that answers.

    about: what a person reads beside the registered model.
    """

    address: str
    score: float
    question: Question
    about: str = ""


@dataclass(frozen=True)
class Records:
    """The runs of an order: a parent and a run a fit; no choice where nothing could be fitted."""

    parent: Record
    runs: tuple[Record, ...]
    chosen: Chosen | None


def study_record(
    order: Order,
    name: str,
    folder: Path,
    params: dict[str, str],
    metrics: Mapping[str, float] | None = None,
    model_files: tuple[Path, ...] = (),
) -> Record:
    """The run of a study as a whole: its tables and figures under `folder`, and its model."""
    return Record(
        name=f"{order.params.report.title}: {name}",
        address=str(order.entries["study"]),
        params=params | {"seed": str(order.params.seed)},
        metrics=metrics or {},
        tags=provenance(order.params),
        figures=figures_in(folder),
        tables=tuple(sorted(folder.glob("*.csv"))),
        model_files=model_files,
        span=span_of(order.addresses()),
    )


def fit_record(
    order: Order, name: str, address: str, metrics: Mapping[str, float], tags: Mapping[str, str]
) -> Record:
    """The run of a fitted model of a study: what went into it and what it cost, from the store."""
    about = json.loads((store.store_root() / address / "model" / "model.json").read_text())
    costs, node = cost_of(address)
    return Record(
        name=name,
        address=address,
        params=flatten({key: value for key, value in about.items() if key != "classes"}),
        metrics={**metrics, **costs},
        tags=provenance(order.params) | node | dict(tags),
        span=span_of([address]),
    )


def read_experiment(order: Order) -> Records:
    """What there is to log of an order of `all`."""
    import pandas as pd

    folder, params = order.path("evaluate"), order.params
    models = pd.read_csv(folder / "models.csv").set_index("model")
    chosen = json.loads((folder / "chosen.json").read_text())
    datasets = {
        n: Data(f"{params.corpus.name} ({n})", str(a)) for n, a in order.entries["datasets"].items()
    }
    tags = provenance(params)
    shared = {
        "split": params.split.model_dump(mode="json"),
        "selection": params.selection.model_dump(mode="json"),
    }
    address = str(order.entries["evaluate"])
    runs = {}
    for model in models_of(params.models):
        fit = str(order.entries["fits"][model.name])
        about = json.loads((order.path("fits", model.name) / "model" / "model.json").read_text())
        row = models.loc[model.name]
        flat = flat_params(model.params(params) | shared, about, params)
        costs, node = cost_of(fit)
        runs[model.name] = Record(
            name=model.name,
            address=fit,
            params=flat | {"chosen": str(bool(row["chosen"]))},
            metrics=metrics_of(row) | costs,
            tags=tags | node | {"micfp.data": datasets[model.features].address},
            data=(datasets[model.features],),
            figures=figures_in(order.path("figures"), f"*_{model.name}"),
            model=order.path("fits", model.name) / "model",
            calibration=order.path("calibrations", model.name) / "model",
            provenance=provenance_of(order, fit),
            span=span_of([fit]),
        )
    asked = params.model_dump(mode="json", include={"seed", "target", "split", "selection"})
    parent = Record(
        name=params.report.title,
        address=address,
        params=flatten(asked) | {"chosen": chosen["model"]},
        metrics={n: v for n, v in chosen.items() if isinstance(v, float)}
        | {name: float(models.loc[chosen["model"], name]) for name in OF_CHOSEN},
        tags=tags | {f"micfp.data.{n}": data.address for n, data in datasets.items()},
        data=tuple(datasets.values()),
        figures=figures_in(order.path("figures")),
        tables=tuple(sorted(folder.glob("*.csv"))),
        span=span_of(order.addresses()),
    )
    best = runs[chosen["model"]]
    question = question_of(params, params.split, params.selection, best.data[0].address)
    return Records(parent, tuple(runs.values()), Chosen(best.address, chosen["inner"], question))


def figures_in(folder: Path, name: str = "*") -> tuple[Path, ...]:
    """The figures in a folder whose name is like `name`."""
    return tuple(path for end in ("png", "svg") for path in sorted(folder.glob(f"{name}.{end}")))


def metrics_of(row: Any) -> dict[str, float]:
    """Of a row of a table of models the numbers that runs are compared by."""
    import pandas as pd

    from micfp.evaluation.metrics import SCALAR_METRICS

    names = [
        f"{prefix}{name}{suffix}"
        for prefix in ("", "recording_")
        for name in SCALAR_METRICS
        for suffix in ("", "_low", "_high")
    ]
    names += ["inner", "train_accuracy", "shuffled_accuracy", "n_train", "n_test"]
    names += ["n_validation", "n_parameters", "epochs", "best_epoch"]
    return {name: float(row[name]) for name in names if name in row and pd.notna(row[name])}


def provenance(params: Params) -> dict[str, str]:
    """Tags that say of which code and which recordings a run is."""
    return {
        "micfp.corpus": params.corpus.name,
        "micfp.git_revision": git_revision(),
        "micfp.dvc_revision": dvc_revision(params.corpus.root),
    }


def cost_of(address: str) -> tuple[dict[str, float], dict[str, str]]:
    """What a result cost as metrics (`cost.cpu_s`, `cost.peak_memory_mb`), its machine as a tag."""
    cost = read_cost(*address.split("/"))
    node = {"micfp.node": str(cost["node"])} if "node" in cost else {}
    return {f"cost.{n}": v for n, v in cost.items() if isinstance(v, float)}, node


def flat_params(own: Mapping[str, Any], about: Mapping[str, Any], params: Params) -> dict[str, str]:
    """The parameters of a fit under the names that runs are filtered by.

    own: what the fit read; about: the settings of its features and segments; params: of the order.
    """
    families = about["features"]["families"] if own["families"] is None else own["families"]
    classifier = str(own["classifier"])
    return flatten(
        {
            "model": {"name": own["model"], "classifier": classifier},
            classifier: own["hyperparameters"],
            "preparation": own["preparation"],
            "features": about["features"] | {"families": families},
            "segments": about["segments"],
            "split": own["split"],
            "selection": own["selection"],
            "target": own["target"],
            "seed": own["seed"],
            "corpus": {"name": params.corpus.name, "reader": params.corpus.reader},
        }
    )


def flatten(value: Any, prefix: str = "") -> dict[str, str]:
    """Nested values by their dotted names, as text; lists of plain values joined by commas."""
    if isinstance(value, Mapping):
        flat: dict[str, str] = {}
        for name, inner in value.items():
            flat |= flatten(inner, f"{prefix}.{name}" if prefix else str(name))
        return flat
    if isinstance(value, list | tuple) and not any(isinstance(v, list | tuple) for v in value):
        value = ", ".join(map(str, value))
    return {prefix: str(value)[:MOST_PARAM_LENGTH]}


def question_of(
    params: Params, split: SplitConfig, selection: SelectionConfig, dataset: str
) -> InnerQuestion:
    """What the inner scores of an order answer; `dataset` is the one that its chosen fit read."""
    path = store.store_root() / dataset / "table.parquet"
    recordings = dataset
    if path.exists():
        table = read_table(path, ["recording", *labels_of(params.target)]).drop_duplicates()
        recordings = store.digest(sorted(map(list, table.astype(str).itertuples(index=False))))
    given = split.model_dump(mode="json", exclude_none=True, exclude={"kind"})
    return InnerQuestion(
        corpus=params.corpus.name,
        recordings=recordings,
        target=params.target,
        split=" ".join([split.kind, *(f"{n}={v}" for n, v in given.items())]),
        selection=f"{selection.kind} folds={selection.folds}",
        metric=selection.metric,
    )
