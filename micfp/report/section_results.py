"""Results on the test part, confusion of every classifier, maps and times."""

from micfp.evaluation.decision import RULE_IN_WORDS, RULES
from micfp.report.blocks import (
    Block,
    Fold,
    Heading,
    Section,
    Table,
    Text,
    pictures,
    pivot,
    show,
    table,
)
from micfp.report.columns import ESTIMATE, TEXT, Column, groups, unshown
from micfp.report.numbers import count, decimals, number, share
from micfp.report.published import Experiment, read_confusion
from micfp.report.tables import CALIBRATION, CLASSES, DECISIONS, MODEL, TIMES
from micfp.report.wording import METRICS, classifier_key

MOST_CONFUSED = 12
METRIC_HEADINGS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "f1_macro": "F1, macro",
    "f1_weighted": "F1, weighted",
    "roc_auc_macro": "ROC AUC",
}
MAIN = (
    Column("accuracy", "Accuracy per segment", ESTIMATE),
    Column("recording_accuracy", "per recording", ESTIMATE),
    Column("train_accuracy", "on training rows", format=share),
    Column("shuffled_accuracy", "with shuffled labels", format=share),
    Column("n_features", "Features", format=decimals(0)),
)


def results(experiment: Experiment) -> Section:
    """Every model on the test part, in short; `measures` has the rest."""
    chosen, params = experiment.chosen, experiment.params
    metric = METRICS.get(params["selection"]["metric"], params["selection"]["metric"])
    return Section(
        "results",
        "Results on the test part",
        (
            Text(
                "Segments of a recording are right or wrong together, so that the intervals are "
                f"over whole recordings. The inner score ({metric}, folds inside the training "
                "part) is what the choice was made by; the test part was scored once."
            ),
            *pictures(experiment.figure("comparison")),
            show(
                f"The chosen model, then by inner score ({_counts(experiment)}).",
                (MODEL, Column("inner", "Inner score", format=experiment.inner_in_words), *MAIN),
                experiment.models,
                marks_chosen=True,
            ),
            Text(classifier_key(row["model"] for row in experiment.models), "note"),
            Heading(f"What the chosen model confuses ({chosen['model']})"),
            *confused(experiment),
            Fold("All its confusions", pictures(experiment.figure(f"confusion_{chosen['model']}"))),
        ),
    )


def measures(experiment: Experiment) -> Section:
    """Every model by every measure, and each class."""
    return Section(
        "measures",
        "Every model by every measure",
        (
            _models_table(experiment, ""),
            _models_table(experiment, "recording_"),
            *_decisions(experiment),
            *_calibration(experiment),
            *_warnings(experiment),
            *pictures(experiment.figure("roc")),
            Heading("Each class, mean over the models"),
            *pictures(experiment.figure("report_pooled")),
            Fold(
                "The same as a table",
                (
                    show(
                        "Precision, recall and F1 of each class, mean over the models.",
                        CLASSES,
                        experiment.pooled,
                    ),
                ),
            ),
            *pictures(experiment.figure("confusion_pooled")),
        ),
        in_appendix=True,
    )


def _counts(experiment: Experiment) -> str:
    first = experiment.chosen
    return (
        f"{count(first['n_train'], 'training segment')}, {count(first['n_test'], 'test segment')}; "
        f"chance {share(first['chance'])}"
    )


def _models_table(experiment: Experiment, prefix: str) -> Table:
    """Metrics of all models, a segment (`prefix` "") or a recording ("recording_")."""
    evaluation, first = experiment.params["evaluation"], experiment.chosen
    metrics = METRIC_HEADINGS | {"top_k_accuracy": f"Among the first {evaluation['top_k']}"}
    columns = [Column(prefix + name, heading, ESTIMATE) for name, heading in metrics.items()]
    if prefix:
        rule = RULE_IN_WORDS[evaluation["decision"]]
        caption = f"A recording: {rule} ({count(first['n_recordings'], 'test recording')})."
    else:
        caption = f"A segment ({_counts(experiment)})."
    return show(caption, (MODEL, *columns), experiment.models, marks_chosen=True)


def _decisions(experiment: Experiment) -> list[Block]:
    """Each rule of decision on folds inside the training part."""
    rows = experiment.by_model("tables/decisions.csv", DECISIONS)
    if not rows:
        return []
    own = experiment.params["evaluation"]["decision"]
    shown = pivot(
        f"Recordings of folds inside the training part that are correct, by the rule that makes "
        f"segments per recording. The run, and `micfp identify` with its models, use {own} "
        "(evaluation.decision).",
        DECISIONS,
        sorted(rows, key=lambda row: RULES.index(row["decision"])),
        ("model",),
        "decision",
        "accuracy",
        lambda rule: f"{rule}: {RULE_IN_WORDS[rule]}",
    )
    return [Fold("How segments name their recording", (shown,))]


def _calibration(experiment: Experiment) -> list[Block]:
    """What the probabilities per recording are worth, and how many recordings lie outside."""
    rows = experiment.calibration
    if not rows:
        return []
    shown = show(
        f"Probabilities per recording of {count(rows[0]['n'], 'test recording')}, before and after "
        "a temperature that is fitted on folds inside the training part. Calibration error: mean "
        "gap of confidence and accuracy. Cross-entropy of the true class: 0 is certain of it, 1 "
        "says nothing, more misleads. Outside: share of the test recordings that lie beyond what "
        "the model learned, so that it gives no probability; expected of recordings like those of "
        "the training part.",
        CALIBRATION,
        rows,
    )
    return [Fold("What its probabilities are worth", (shown,))]


def _warnings(experiment: Experiment) -> list[Block]:
    rows = [row for row in experiment.models if row["warnings"]]
    if not rows:
        return []
    columns = (Column("model", "Model", TEXT), Column("warnings", "Warning", TEXT))
    shown = show("What training warned of.", columns, rows)
    return [Fold(f"Warnings of {count(len(rows), 'model')}", (shown,))]


def confused(experiment: Experiment) -> list[Block]:
    """The most frequent confusions of the chosen model, in words and numbers."""
    path = experiment.folder / "tables" / "confusion" / f"{experiment.choice['model']}.csv"
    pairs = [
        (wrong, true, named, sum(row.values()))
        for true, row in read_confusion(path).items()
        for named, wrong in row.items()
        if named != true and wrong > 0
    ]
    if not pairs:
        return [Text("It confuses nothing: every segment of the test part is correct.")]
    pairs.sort(key=lambda pair: (-pair[0], -pair[0] / pair[3], pair[1], pair[2]))
    rows = [
        (true, named, number(wrong, 0), number(total, 0), share(wrong / total))
        for wrong, true, named, total in pairs[:MOST_CONFUSED]
    ]
    left = len(pairs) - len(rows)
    more = f" {count(left, 'rarer pair')} {'is' if left == 1 else 'are'} left out." if left else ""
    caption = f"Its most frequent confusions, in segments.{more}"
    return [table(caption, ("True", "Named", "Segments", "Of", "Share"), rows, (0, 1))]


def maps(experiment: Experiment) -> Section | None:
    """PCA and t-SNE maps and mean spectra."""
    figures = experiment.figures_of("maps")
    if not figures:
        return None
    note = "Maps show, they prove nothing: classes may be told apart where a map mixes them."
    return Section("maps", "Maps and mean spectra", (Text(note), *pictures(figures)), True)


def confusion(experiment: Experiment) -> Section | None:
    """Confusion and report a class of every classifier."""
    rows = experiment.by_model("tables/classes.csv", (*unshown(TEXT, "model"), *CLASSES))
    folds = []
    for name, of_model in groups(rows, "model").items():
        is_chosen = name == experiment.choice["model"]
        drawn = () if is_chosen else experiment.figure(f"confusion_{name}")
        shown = show(f"Each class, by {name}.", CLASSES, of_model)
        folds.append(Fold(name, (*pictures(drawn), shown)))
    note = "Open a model to see what it confuses; the chosen one's matrix stands in the results."
    title = "Every classifier, class by class"
    return Section("confusion", title, (Text(note), *folds), True) if folds else None


def times(experiment: Experiment) -> Section | None:
    """What training and prediction cost."""
    rows = experiment.by_model("times.csv", TIMES)
    if not rows:
        return None
    shown = show(
        "Training on the whole training part, prediction per segment, memory of the process.",
        TIMES,
        rows,
    )
    note = "Measured when each model was made; other each time, and on another machine."
    return Section("times", "Times", (Text(note), shown), True)
