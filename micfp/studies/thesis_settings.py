"""Step `compare_thesis`: the thesis by its text, by its program, and ours, beside Fig. 5A-5J.

Settings are parameters with models of their own; by which engines they cut and measure is one of
them. Reads: scores of the fits in each setting. Writes: `settings.csv`, a row per setting and
model, with intervals; `classes.csv`, precision, recall and F1 of each class, and `confusion.csv`,
the shares of each true class, both mean over the thesis's classifiers; and a figure.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from micfp.config.models import EvaluationConfig
from micfp.engine.libraries import CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.errors import MicfpError
from micfp.evaluation.curves import PooledReport, pooled_report
from micfp.evaluation.figures import Book
from micfp.evaluation.judge import judge_each
from micfp.evaluation.metrics import Metrics
from micfp.plan.experiment import plan_corpus
from micfp.plan.fits import fit_task
from micfp.plan.models import models_of
from micfp.plan.params import Params
from micfp.report import thesis
from micfp.report.blocks import Block, Fold, Heading, Points, Section, Table, pictures, table
from micfp.report.columns import ESTIMATE, NUMBER, TEXT, Column, Row, groups, unshown
from micfp.report.numbers import NOTHING, count, share
from micfp.report.published import Published
from micfp.report.section_thesis import its_words
from micfp.report.study import study_head
from micfp.studies.study import Study, one_run
from micfp.studies.variants import params_of

STAGE = Stage("compare_thesis", 1, "micfp.studies.thesis_settings", libraries=CLASSIFIERS)

TARGET = "thesis-settings"
NOT_IN_A_METRIC = re.compile(r"[^\w .:/-]")  # what MLflow allows in none of its names
F1 = Column("f1_weighted", kind=ESTIMATE)
SETTINGS = (
    *unshown(TEXT, "setting", "model", "classifier"),
    *unshown(NUMBER, "n_train", "n_test", "n_classes", "n_recordings"),
    *unshown(ESTIMATE, "accuracy"),
    F1,
)
CLASSES = (
    *unshown(TEXT, "setting", "class"),
    *unshown(NUMBER, "precision", "recall", "f1", "support"),
)
CONFUSION = (*unshown(TEXT, "setting", "true", "named"), *unshown(NUMBER, "share"))


def plan(params: Params) -> dict[str, Any]:
    """Plan the study.

    Raises MicfpError where it is not filled in.
    """
    corpora = params.thesis_settings.corpora
    if not corpora:
        raise MicfpError(
            "thesis-settings compares nothing: thesis_settings.corpora names no settings; add a "
            "preset, such as workflow/presets/thesis-settings.yaml"
        )
    rows, fits = [], []
    for name, given in corpora.items():
        where = f"thesis_settings.corpora.{name}"
        own = params_of(params, given, where)
        corpus = plan_corpus(own, where=f"{where}.differences.")
        for model in models_of(own.models):
            dataset = corpus.dataset(own, model.features)
            fits.append(fit_task(own, model, dataset, own.split, keep_model=False))
            rows.append({"setting": name, "model": model.name, "classifier": model.classifier})
    settings = {
        "rows": rows,
        "evaluation": params.evaluation.model_dump(mode="json"),
        "seed": params.seed,
    }
    return {"study": Task(STAGE, settings, {"fits": tuple(fits)})}


def run(spec: Spec, out: Path) -> None:
    """Judge every model in every setting, and pool the thesis's classifiers of each."""
    import pandas as pd

    config = EvaluationConfig.model_validate(spec.params["evaluation"])
    rows: list[dict[str, Any]] = []
    of_settings: dict[str, list[Metrics]] = {}
    folders = spec.inputs["fits"]
    judged = judge_each(spec.params["rows"], folders, config, spec.params["seed"])
    for folder, (labels, model) in zip(folders, judged, strict=True):
        fit = json.loads((folder / "fit.json").read_text())
        sizes = {name: sum(fit[name]) for name in ("n_train", "n_test")}
        sizes["n_classes"] = len(model.scores.classes)
        rows.append({**labels, **sizes, **model.row()})
        if labels["classifier"] in thesis.CLASSIFIERS:
            of_settings.setdefault(labels["setting"], []).append(model.evaluation.segment)
    pooled = {setting: pooled_report(metrics) for setting, metrics in of_settings.items()}
    pd.DataFrame(rows).to_csv(out / "settings.csv", index=False)
    pd.DataFrame(_class_rows(pooled)).to_csv(out / "classes.csv", index=False)
    pd.DataFrame(_confusion_rows(pooled)).to_csv(out / "confusion.csv", index=False)
    book = Book(out)
    _draw(rows, config.confidence, book)
    book.close()


def _class_rows(pooled: Mapping[str, PooledReport]) -> Iterator[dict[str, Any]]:
    for setting, report in pooled.items():
        for i, name in enumerate(report.classes):
            yield {
                "setting": setting,
                "class": name,
                "precision": report.precision[i],
                "recall": report.recall[i],
                "f1": report.f1[i],
                "support": report.support[i],
            }


def _confusion_rows(pooled: Mapping[str, PooledReport]) -> Iterator[dict[str, Any]]:
    for setting, report in pooled.items():
        for i, true in enumerate(report.classes):
            for j, named in enumerate(report.classes):
                cells = {"true": true, "named": named, "share": report.confusion[i, j]}
                yield {"setting": setting, **cells}


def _draw(rows: list[dict[str, Any]], confidence: float, book: Book) -> None:
    """Weighted F1 of the thesis's classifiers: its own, and ours in each setting."""
    import numpy as np
    import pandas as pd

    from micfp.evaluation import figures

    ours = pd.DataFrame(rows)
    names = ours["setting"].unique().tolist()

    def values(column: str) -> Any:
        wide = ours.pivot_table(index="classifier", columns="setting", values=column)
        wide = wide.reindex(index=list(thesis.CLASSIFIERS), columns=names)
        return np.column_stack([[f1 for _, _, f1 in thesis.WEIGHTED_F1], wide])

    shown, columns = list(thesis.CLASSIFIERS), ["thesis", *names]
    f1 = values("f1_weighted")
    book.add(
        TARGET,
        "thesis_settings",
        figures.list_size(len(shown) * (len(columns) + 1), row_height=0.17),
        lambda ax: figures.split_comparison(
            ax,
            shown,
            columns,
            f1,
            values("f1_weighted_low"),
            values("f1_weighted_high"),
            chance=1 / float(ours["n_classes"].iloc[0]),
            metric="weighted F1",
        ),
        confidence=confidence,
        **figures.extremes_of_table(shown, names, f1[:, 1:]),
    )


def report(published: Published) -> Section:
    """The settings beside the thesis's figures, and what it says of these itself."""
    study = published.runs[TARGET]
    rows = study.rows("settings.csv", SETTINGS)
    blocks: list[Block] = [
        *study_head(
            published,
            TARGET,
            "The thesis's text and its author's program differ, and ours differs from both: each "
            "setting was run, and stands beside the thesis's own figures (5A-5J).",
        ),
        Points(tuple(sentences(rows))),
        *pictures(study.figures),
        f1_table(rows),
        Heading("What the thesis says of its results"),
        Points(its_words()),
        Fold(
            "Each class and each confusion, mean over the classifiers (Fig. 5I, 5J)",
            (
                classes_table(study.rows("classes.csv", CLASSES), rows),
                confusion_table(study.rows("confusion.csv", CONFUSION)),
            ),
        ),
    ]
    return Section(TARGET, "The thesis's settings, and its figures", tuple(blocks))


def sentences(rows: list[Row]) -> Iterator[str]:
    """Weighted F1 of the thesis and of each setting, and of how much it is."""
    theirs = fmean(f1 for _, _, f1 in thesis.WEIGHTED_F1)
    yield (
        f"The thesis: weighted F1 {share(theirs)}, mean over eight classifiers; "
        f"{thesis.TEST_SEGMENTS} test segments."
    )
    for setting, own in groups(rows, "setting").items():
        first, its = own[0], [row for row in own if row["classifier"] in thesis.CLASSIFIERS]
        yield (
            f"{setting}: {share(fmean(row['f1_weighted'] for row in its))}, mean over "
            f"{count(len(its), 'classifier')}; {count(first['n_test'], 'test segment')} of "
            f"{count(first['n_recordings'], 'recording')}, trained on {first['n_train']:.0f}; "
            f"chance {share(1 / first['n_classes'])}."
        )


def f1_table(rows: list[Row]) -> Table:
    """Weighted F1 of each classifier: the thesis's, and ours in each setting."""
    settings = groups(rows, "setting")
    lines = []
    for figure, classifier, f1 in thesis.WEIGHTED_F1:
        own = {r["setting"]: F1.shown(r) for r in rows if r["classifier"] == classifier}
        lines.append((f"{figure}, {classifier}", share(f1), *(own.get(s, "") for s in settings)))
    for model in groups((r for r in rows if r["classifier"] not in thesis.CLASSIFIERS), "model"):
        own = {r["setting"]: F1.shown(r) for r in rows if r["model"] == model}
        lines.append((str(model), "", *(own.get(s, "") for s in settings)))
    return table(
        "Weighted F1 per segment (Fig. 5A-5H), ours with intervals over recordings.",
        ("Figure, classifier", "Thesis", *settings),
        lines,
    )


def classes_table(classes: list[Row], rows: list[Row]) -> Table:
    """Precision, recall and F1 of each class, and the accuracy, mean over the classifiers."""
    by_setting = {s: {r["class"]: r for r in own} for s, own in groups(classes, "setting").items()}
    lines = []
    for name, stated in thesis.REPORT.items():
        for i, measure in enumerate(("precision", "recall", "f1")):
            ours = [own[name][measure] if name in own else None for own in by_setting.values()]
            lines.append((f"{name}, {measure}", share(stated[i]), *map(_cell, ours)))
    means = [
        fmean(r["accuracy"] for r in own if r["classifier"] in thesis.CLASSIFIERS)
        for own in groups(rows, "setting").values()
    ]
    lines.append(("accuracy", share(thesis.ACCURACY), *map(share, means)))
    caption = "Each class (Fig. 5J); the last row: accuracy."
    return table(caption, ("Class", "Thesis", *by_setting), lines)


def confusion_table(rows: list[Row]) -> Table:
    """The share of each true microphone's segments that is named as each."""
    by_setting = {
        setting: {(r["true"], r["named"]): r["share"] for r in own}
        for setting, own in groups(rows, "setting").items()
    }
    lines = []
    for true in thesis.MICROPHONES:
        for named in thesis.MICROPHONES:
            ours = [own.get((true, named)) for own in by_setting.values()]
            theirs = _cell(thesis.confusion(true, named))
            lines.append((true, named, theirs, *map(_cell, ours)))
    caption = "Share of each true microphone's segments (Fig. 5I). A dash: not known."
    return table(caption, ("True", "Named", "Thesis", *by_setting), lines, (0, 1))


def _cell(value: float | None) -> str:
    return NOTHING if value is None else share(value)


STUDY = Study(
    TARGET,
    "sets the thesis's figures beside ours: by its text, by its program, and by our defaults",
    "thesis_settings",
    plan,
    report,
    one_run(
        "thesis settings",
        "settings.csv",
        SETTINGS,
        lambda row: NOT_IN_A_METRIC.sub("", f"accuracy.{row['setting']}.{row['model']}"),
    ),
    (STAGE,),
    preset="thesis-settings",
)
