"""Step `compare_conditions`: models under degradations, trained without and with other ones.

Reads: scores of `fit`, `score` and `inner_cv`. Writes: `conditions.csv`, a row per corpus,
model, training and condition, with whether the model converged; `choices.csv`, what each scores on
folds inside the training part and which is chosen by that; a figure per corpus.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from micfp.config.models import EvaluationConfig
from micfp.engine.libraries import CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.errors import MicfpError
from micfp.evaluation.bootstrap import interval_text
from micfp.evaluation.figures import Book
from micfp.evaluation.judge import judge_each
from micfp.plan.experiment import after, plan_corpus
from micfp.plan.fits import fit_task, inner_cv_task, score_task
from micfp.plan.frames import train_task
from micfp.plan.order import Order
from micfp.plan.params import Params
from micfp.plan.recordings import degraded, plan_originals
from micfp.plan.tables import copies_task
from micfp.report.blocks import Block, Heading, Points, Section, Table, Text, pictures, show
from micfp.report.columns import (
    ESTIMATE,
    FLAG,
    NUMBER,
    TEXT,
    Column,
    Row,
    groups,
    read_rows,
    unshown,
)
from micfp.report.numbers import count, share
from micfp.report.published import Published
from micfp.stages.fitting import has_converged
from micfp.studies.study import Study
from micfp.studies.variants import known_models, params_of, parts
from micfp.tracking.records import Records, fit_record, study_record

if TYPE_CHECKING:
    import pandas as pd

STAGE = Stage("compare_conditions", 5, "micfp.studies.robustness", libraries=CLASSIFIERS)
CLEAN = "clean"  # the condition of the originals, and the training on them alone
COPIES = "copies"  # the training on originals and degraded copies


@dataclass
class Rows:
    """What is judged: labels of each row, and the task that has its scores.

    fits: every model by what `labels` say of it.
    """

    tested: list[tuple[dict[str, Any], Task]] = field(default_factory=list)
    selected: list[tuple[dict[str, Any], Task]] = field(default_factory=list)
    fits: dict[str, Task] = field(default_factory=dict)


def plan(params: Params) -> dict[str, Any]:
    """Plan the study.

    Raises MicfpError where it is not filled in, or a split would let copies of test recordings in.
    """
    study = params.robustness
    if not (study.corpora and study.models and study.conditions):
        raise MicfpError(
            "robustness compares nothing: it names no corpora, models or conditions; add a "
            "preset, such as workflow/presets/robustness.yaml"
        )
    rows = Rows()
    for name, given in study.corpora.items():
        own = params_of(params, given, f"robustness.corpora.{name}")
        _add_corpus(name, params, own, rows)
    settings = {
        "rows": [labels for labels, _ in rows.tested],
        "selected": [labels for labels, _ in rows.selected],
        "fits": list(rows.fits),
        "metric": params.selection.metric,
        "evaluation": params.evaluation.model_dump(mode="json"),
        "seed": params.seed,
    }
    inputs = {
        "scores": tuple(task for _, task in rows.tested),
        "selects": tuple(task for _, task in rows.selected),
        "fits": tuple(rows.fits.values()),
    }
    return {"study": Task(STAGE, settings, inputs), "fits": rows.fits}


def _add_corpus(name: str, params: Params, own: Params, rows: Rows) -> None:
    study = params.robustness
    originals = plan_originals(own)
    learned, test = parts(originals, own, f"robustness.corpora.{name}")
    clean = plan_corpus(
        own, tuple(degraded(own, originals)), f"robustness.corpora.{name}.differences."
    )
    trained = {c: after(own, study.conditions[c].chain, learned) for c in study.trained}
    tested = {c: after(own, one.chain, test) for c, one in study.conditions.items()}
    for model in known_models(study.models, own, "robustness", name):
        alone = clean.dataset(own, model.features)
        copied = tuple(one.dataset(own, model.features) for one in trained.values())
        asked = {c: variant.dataset(own, model.features) for c, variant in tested.items()}
        for way, dataset in _ways(alone, copied).items():
            labels = {"corpus": name, "model": model.name, "trained": way}
            fitted = fit_task(own, model, dataset, own.split)
            rows.selected.append((labels, inner_cv_task(own, model, dataset, own.split)))
            _add_tested(params, labels, fitted, asked, rows)
    for network in study.methods:
        if network not in own.methods:
            raise MicfpError(f"robustness.methods names {network!r}, which is not under methods")
        method = own.methods[network]
        training = own.trainings[method.training]
        split = own.split.model_copy(update={"validation": study.validation})
        stopped = own.model_copy(update={"split": split})
        alone = clean.matrix(own, method.frames)
        copied = tuple(one.matrix(own, method.frames) for one in trained.values())
        asked = {c: variant.matrix(own, method.frames) for c, variant in tested.items()}
        for way, matrix in _ways(alone, copied).items():
            labels = {"corpus": name, "model": network, "trained": way}
            called = network if way == CLEAN else f"{network} {way}"
            # the split is looked at above; the part to stop on is robustness.validation
            fitted = replace(
                train_task(stopped, called, method, training, matrix), where="robustness"
            )
            _add_tested(params, labels, fitted, asked, rows)


def _ways(alone: Task, copied: tuple[Task, ...]) -> dict[str, Task]:
    """What is trained on: the originals' table, and that of these and their copies."""
    return {CLEAN: alone} | ({COPIES: copies_task(alone, copied)} if copied else {})


def _add_tested(
    params: Params, labels: dict[str, str], fitted: Task, asked: dict[str, Task], rows: Rows
) -> None:
    """A model as it is, and under every condition."""
    study = params.robustness
    rows.fits[_called(labels)] = fitted
    seen = study.trained_families if labels["trained"] == COPIES else frozenset()
    rows.tested.append(({**labels, **_condition(CLEAN, CLEAN, False)}, fitted))
    for condition, dataset in asked.items():
        family = study.conditions[condition].family
        more = _condition(condition, family, family in seen)
        rows.tested.append(({**labels, **more}, score_task(fitted, dataset)))


def _called(labels: dict[str, Any]) -> str:
    return " ".join(labels[name] for name in ("corpus", "model", "trained"))


def _condition(name: str, family: str, seen: bool) -> dict[str, Any]:
    """seen: whether the model was trained with this family."""
    return {"condition": name, "family": family, "seen": seen}


def run(spec: Spec, out: Path) -> None:
    """Judge every row, with intervals."""
    import pandas as pd

    config = EvaluationConfig.model_validate(spec.params["evaluation"])

    def judged(names: str, inputs: str) -> Iterator[dict[str, Any]]:
        rows, folders = spec.params[names], spec.inputs[inputs]
        for labels, model in judge_each(rows, folders, config, spec.params["seed"]):
            scores = model.scores
            sizes = {"n_classes": len(scores.classes), "n_test": len(scores.truth)}
            yield {**labels, **model.row(), **sizes}

    table = pd.DataFrame(judged("rows", "scores"))
    fits = zip(spec.params["fits"], spec.inputs["fits"], strict=True)
    converged = {name: has_converged(path) for name, path in fits}
    table["converged"] = [converged[_called(row)] for row in spec.params["rows"]]
    table.to_csv(out / "conditions.csv", index=False)
    choices = pd.DataFrame(judged("selected", "selects"))
    choices["inner"] = choices[spec.params["metric"]]
    best = choices.groupby(["corpus", "trained"])["inner"].transform("max") == choices["inner"]
    # Of equals the first in the order of the parameters.
    choices["chosen"] = best & ~choices[best].duplicated(["corpus", "trained"]).reindex(
        choices.index, fill_value=False
    )
    choices[["corpus", "model", "trained", "inner", "chosen"]].to_csv(
        out / "choices.csv", index=False
    )
    book = Book(out)
    for corpus, own in table.groupby("corpus", sort=False):
        _draw(str(corpus), own, book)
    book.close()


def _draw(corpus: str, table: "pd.DataFrame", book: Book) -> None:
    """Accuracy of every model (columns) under every condition (rows)."""
    import numpy as np

    from micfp.evaluation import figures

    names = table["model"].str.replace("-", "\n") + "\n" + table["trained"]
    table = table.assign(column=names + np.where(table["converged"], "", "\nnot converged"))
    wide = table.pivot(index="condition", columns="column", values="accuracy")
    wide = wide.loc[table["condition"].unique(), table["column"].unique()]
    seen = table.groupby("condition")["seen"].any().reindex(wide.index)
    conditions = [f"{name} *" if seen[name] else str(name) for name in wide.index]
    rows, columns = wide.shape
    book.add(
        "robustness",
        f"robustness_{corpus}",
        (2.4 + 0.9 * columns, 2.0 + 0.24 * rows),
        lambda ax: figures.share_table(
            ax, conditions, [str(c) for c in wide.columns], wide.to_numpy()
        ),
        kind="robustness",
        corpus=corpus,
        **figures.extremes_of_table(conditions, list(wide.columns), wide.to_numpy()),
    )


TITLE = "Under noise, codecs and rooms"
CONDITIONS = (
    *unshown(TEXT, "corpus", "model", "trained", "condition", "family"),
    *unshown(FLAG, "seen", "converged"),
    *unshown(ESTIMATE, "accuracy"),
    *unshown(NUMBER, "recording_accuracy", "n_recordings", "n_classes"),
)
CHOICES = (
    *unshown(TEXT, "corpus", "model", "trained"),
    *unshown(NUMBER, "inner"),
    *unshown(FLAG, "chosen"),
)
SEEN = " *"


def robustness(published: Published) -> Section:
    """The chosen model of either training under every condition."""
    study = published.runs["robustness"]
    choices = study.rows("choices.csv", CHOICES)
    classifiers = {row["model"] for row in choices}
    confidence = interval_text(study.params["evaluation"]["confidence"])
    blocks: list[Block] = [
        Text(
            "Test recordings that something happened to on their way. One model serves all "
            "conditions and is not told which it meets; it is chosen, with all its settings, on "
            "folds inside the training part. Trained on the originals alone (clean), or on these "
            "and on degraded copies of them (copies)."
        )
    ]
    for corpus, rows in groups(study.rows("conditions.csv", CONDITIONS), "corpus").items():
        by_model = groups(rows, "trained", "model")
        chosen = [
            (row["trained"], row["model"])
            for row in choices
            if row["corpus"] == corpus and row["chosen"]
        ]
        networks = [key for key in by_model if key[1] not in classifiers]
        blocks += [
            Heading(corpus),
            Points(
                tuple(
                    _sentence(trained, model, by_model[trained, model])
                    for trained, model in (*chosen, *networks)
                )
            ),
            _table({key: by_model[key] for key in chosen}, confidence),
            *pictures(study.figure(f"robustness_{corpus}")),
        ]
    return Section("robustness", TITLE, tuple(blocks))


def _sentence(trained: str, model: str, rows: list[Row]) -> str:
    """What becomes of a model."""
    clean = next(row for row in rows if row["condition"] == CLEAN)
    new = [row for row in rows if not row["seen"] and row["condition"] != CLEAN]
    mark = "" if clean["converged"] else " (a network that did not converge)"
    return (
        f"{model}, trained on {trained}{mark}: {share(clean['accuracy'])} of clean "
        f"segments{_of_new_families(new)}."
    )


def _of_new_families(rows: list[Row]) -> str:
    """What becomes of a model under conditions of families that it was not trained with."""
    if not rows:
        return "; the family of every condition was trained with, so that none was new to it"
    worst = sorted(rows, key=itemgetter("accuracy"))[:3]
    below = ", ".join(f"{row['condition']} {share(row['accuracy'])}" for row in worst)
    mean = fmean(row["accuracy"] for row in rows)
    return (
        f", {share(mean)} on average over {count(len(rows), 'condition')} of families that it "
        f"never met; least {below}"
    )


def _table(chosen: dict[tuple[str, str], list[Row]], confidence: str) -> Table:
    """A row for each condition, two columns for each chosen model."""
    columns = [Column("family", "Family", TEXT), Column("condition", "Condition", TEXT)]
    shown: dict[str, Row] = {}
    for i, ((trained, model), rows) in enumerate(chosen.items()):
        accuracy, of_recordings = f"{i} accuracy", f"{i} recording_accuracy"
        columns.append(Column(accuracy, f"{model}, {trained}: per segment", ESTIMATE))
        columns.append(Column(of_recordings, "per recording", format=share))
        for row in rows:
            cells = shown.setdefault(row["condition"], {"family": row["family"], "seen": False})
            cells |= {f"{i} {name}": value for name, value in row.items()}
            cells["seen"] |= row["seen"]
    for condition, cells in shown.items():
        cells["condition"] = condition + SEEN * cells["seen"]
    first = next(iter(chosen.values()))[0]
    return show(
        f"Accuracy of the chosen models, with {confidence} intervals over recordings; "
        f"{first['n_recordings']:.0f} recordings per condition, chance "
        f"{1 / first['n_classes']:.3f}.{SEEN}: copies went through this family.",
        columns,
        list(shown.values()),
    )


def read_conditions(order: Order) -> Records:
    """What there is to log of an order of robustness; a model's metrics are named by condition."""
    folder = order.path("study")
    labels = ("corpus", "model", "trained")
    conditions = read_rows(folder / "conditions.csv", CONDITIONS)
    choices = groups(read_rows(folder / "choices.csv", CHOICES), *labels)
    n_conditions = len(groups(conditions, "condition"))
    runs = []
    for key, rows in groups(conditions, *labels).items():
        name = " ".join(key)
        accuracies = {
            f"{kind}.{_plain(row['condition'])}": row[kind]
            for row in rows
            for kind in ("accuracy", "recording_accuracy")
        }
        tags = dict(zip(labels, key, strict=True))
        for choice in choices.get(key, []):  # of a classifier, which is chosen among others
            accuracies["inner"] = choice["inner"]
            tags["chosen"] = str(choice["chosen"])
        address = str(order.entries["fits"][name])
        runs.append(fit_record(order, name, address, accuracies, tags))
    parent = study_record(order, "robustness", folder, {"conditions": str(n_conditions)})
    return Records(parent, tuple(runs), None)


def _plain(condition: str) -> str:
    """A name as MLflow allows it in a metric's."""
    return condition.replace("+", "plus ")


STUDY = Study(
    "robustness",
    "degrades the test recordings by noise, codecs, rooms and more, and asks again",
    "robustness",
    plan,
    robustness,
    read_conditions,
    (STAGE,),
    preset="robustness",
)
