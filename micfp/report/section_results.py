"""Results on the test part, confusion of every classifier, maps and times."""

import math
from typing import TYPE_CHECKING, Any

from micfp.evaluation.bootstrap import interval_text
from micfp.evaluation.decision import RULE_IN_WORDS, RULES
from micfp.report.blocks import Block, Fold, Heading, Section, Table, Text, pictures, table
from micfp.report.numbers import NOTHING, count, number, share, share_with_interval
from micfp.report.published import Experiment, read_confusion, records
from micfp.report.wording import METRICS, classifier_key

if TYPE_CHECKING:
    import pandas as pd

MOST_CONFUSED = 12


def results(experiment: Experiment) -> Section:
    """Every model on the test part."""
    chosen, params = experiment.chosen, experiment.params
    confidence = interval_text(params["evaluation"]["confidence"])
    metric = METRICS.get(params["selection"]["metric"], params["selection"]["metric"])
    return Section(
        "results",
        "Results on the test part",
        (
            Text(
                f"Behind each figure stands its {confidence} interval over recordings: segments "
                "of a recording are right or wrong together, so that whole recordings are "
                f"resampled. The inner score ({metric}, folds inside the training part) is what "
                "the choice was made by; the test part was scored once."
            ),
            *pictures(experiment.figure("comparison")),
            models_table(experiment, ""),
            models_table(experiment, "recording_"),
            *_decisions(experiment),
            *_warnings(experiment),
            Text(classifier_key(experiment.models["model"]), "note"),
            Heading(f"What the chosen model confuses ({chosen['model']})"),
            *confused(experiment),
            *pictures(experiment.figure(f"confusion_{chosen['model']}")),
            *pictures(experiment.figure("roc")),
            Heading("Each class, mean over the models"),
            *pictures(experiment.figure("report_pooled")),
            Fold("The same as a table", (_pooled(experiment),)),
            *pictures(experiment.figure("confusion_pooled")),
        ),
    )


def models_table(experiment: Experiment, prefix: str) -> Table:
    """Metrics of all models, a segment (`prefix` "") or a recording ("recording_")."""
    top_k = experiment.params["evaluation"]["top_k"]
    metrics = (
        ("accuracy", "Accuracy"),
        ("balanced_accuracy", "Balanced accuracy"),
        ("f1_macro", "F1, macro"),
        ("f1_weighted", "F1, weighted"),
        ("roc_auc_macro", "ROC AUC"),
        ("top_k_accuracy", f"Among the first {top_k}"),
    )
    aside = () if prefix else ("Training accuracy", "Inner score", "Shuffled labels", "Features")
    rows, marked = [], []
    for i, row in enumerate(records(experiment.models)):
        if row["chosen"]:
            marked.append(i)
        cells = [str(row["model"]) + (" (chosen)" if row["chosen"] else "")]
        cells += [share_with_interval(row, prefix + name) for name, _ in metrics]
        if not prefix:
            cells += [share(row[n]) for n in ("train_accuracy", "inner", "shuffled_accuracy")]
            cells.append(number(row["n_features"], 0))
        rows.append(cells)
    first = experiment.chosen
    if prefix:
        rule = RULE_IN_WORDS[experiment.params["evaluation"]["decision"]]
        caption = f"A recording: {rule} ({count(first['n_recordings'], 'test recording')})."
    else:
        caption = (
            f"A segment ({count(first['n_train'], 'training segment')}, "
            f"{count(first['n_test'], 'test segment')}; chance {share(first['chance'])})."
        )
    columns = ("Model", *(title for _, title in metrics), *aside)
    return table(caption, columns, rows, marked=marked)


def _decisions(experiment: Experiment) -> list[Block]:
    """Each rule of decision on folds inside the training part."""
    table_of_rules = experiment.table("tables/decisions.csv")
    if not len(table_of_rules):
        return []
    by_key = {(row["model"], row["decision"]): row for row in records(table_of_rules)}
    models = list(dict.fromkeys(table_of_rules["model"]))
    rows = [
        (model, *(share(by_key[model, rule]["accuracy"]) for rule in RULES)) for model in models
    ]
    own = experiment.params["evaluation"]["decision"]
    shown = table(
        f"Recordings of folds inside the training part that are correct, by the rule that makes "
        f"segments per recording. The run, and `micfp identify` with its models, use {own} "
        "(evaluation.decision).",
        ("Model", *(f"{rule}: {RULE_IN_WORDS[rule]}" for rule in RULES)),
        rows,
    )
    return [Fold("How segments name their recording", (shown,))]


def _warnings(experiment: Experiment) -> list[Block]:
    rows = experiment.models[experiment.models["warnings"] != ""]
    if not len(rows):
        return []
    lines = list(zip(rows["model"], rows["warnings"], strict=True))
    shown = table("What training warned of.", ("Model", "Warning"), lines, (0, 1))
    return [Fold(f"Warnings of {count(len(rows), 'model')}", (shown,))]


def confused(experiment: Experiment) -> list[Block]:
    """The most frequent confusions of the chosen model, in words and numbers."""
    path = experiment.folder / "tables" / "confusion" / f"{experiment.choice['model']}.csv"
    matrix = read_confusion(path)
    pairs = []
    for i, true in enumerate(matrix.index):
        total = float(matrix.iloc[i].sum())
        for j, named in enumerate(matrix.columns):
            wrong = float(matrix.iloc[i, j])  # type: ignore[arg-type]
            if i != j and wrong > 0:
                pairs.append((wrong, true, named, total))
    if not pairs:
        return [Text("It confuses nothing: every segment of the test part is correct.")]
    pairs.sort(key=lambda pair: (-pair[0], -pair[0] / pair[3], pair[1], pair[2]))
    rows = [
        (true, named, number(wrong, 0), number(total, 0), share(wrong / total))
        for wrong, true, named, total in pairs[:MOST_CONFUSED]
    ]
    left = len(pairs) - len(rows)
    more = f" {count(left, 'rarer pair')} {'is' if left == 1 else 'are'} left out." if left else ""
    return [
        table(
            f"Its most frequent confusions, in segments.{more}",
            ("True", "Named", "Segments", "Of", "Share"),
            rows,
            (0, 1),
        )
    ]


def _pooled(experiment: Experiment) -> Table:
    pooled = experiment.pooled
    return class_rows(pooled, "Precision, recall and F1 of each class, mean over the models.")


def class_rows(classes: "pd.DataFrame", caption: str) -> Table:
    """Precision, recall, F1 and support, a row per class."""
    rows = [
        (
            str(row["class"]),
            *(share(row[name]) for name in ("precision", "recall", "f1")),
            number(row["support"], 0),
        )
        for row in records(classes)
    ]
    return table(caption, ("Class", "Precision", "Recall", "F1", "Test segments"), rows)


def maps(experiment: Experiment) -> Section | None:
    """PCA and t-SNE maps and mean spectra."""
    figures = experiment.figures_of("maps")
    if not figures:
        return None
    note = "Maps show, they prove nothing: classes may be told apart where a map mixes them."
    return Section("maps", "Maps and mean spectra", (Text(note), *pictures(figures)))


def confusion(experiment: Experiment) -> Section | None:
    """Confusion and report a class of every classifier."""
    classes = experiment.table("tables/classes.csv")
    if not len(classes):
        return None
    folds = []
    for name, own in classes.groupby("model", sort=False):
        drawn = experiment.figure(f"confusion_{name}")
        if name == experiment.choice["model"]:
            drawn = ()
        shown = class_rows(own, f"Each class, by {name}.")
        folds.append(Fold(str(name), (*pictures(drawn), shown)))
    note = "Open a model to see what it confuses; the chosen one's matrix stands in the results."
    return Section("confusion", "Every classifier, class by class", (Text(note), *folds))


def times(experiment: Experiment) -> Section | None:
    """What training and prediction cost."""
    costs = experiment.table("times.csv")
    if not len(costs):
        return None

    def cell(row: Any, name: str, decimals: int) -> str:
        value = float(row.get(name, math.nan))
        return number(value, decimals) if not math.isnan(value) else NOTHING

    rows = [
        (
            str(row["model"]),
            cell(row, "fit_s", 2),
            cell(row, "predict_ms_a_segment", 2),
            cell(row, "peak_memory_mb", 0),
        )
        for row in records(costs)
    ]
    shown = table(
        "Training on the whole training part, prediction per segment, memory of the process.",
        ("Model", "Training (s)", "Prediction (ms per segment)", "Peak memory (MB)"),
        rows,
    )
    note = "Measured when each model was made; other each time, and on another machine."
    return Section("times", "Times", (Text(note), shown))
