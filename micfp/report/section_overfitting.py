"""Over-fitting: training against test, shuffled labels, learning curves, regularisation."""

import math

from micfp.report.blocks import Block, Heading, Section, Text, pictures, show
from micfp.report.columns import ESTIMATE, TEXT, Column, Row
from micfp.report.numbers import enumeration, percent, points, share, share_range, shuffle_verdict
from micfp.report.published import Experiment
from micfp.report.tables import MODEL


def _gap_of(row: Row) -> float:
    return float(row["train_accuracy"] - row["accuracy"])


def _shuffled(row: Row) -> str:
    text = share(row["shuffled_accuracy"])
    if math.isnan(row["shuffled_low"]):
        return text
    return f"{text} ({share_range(row['shuffled_low'], row['shuffled_high'])})"


COLUMNS = (
    MODEL,
    Column("train_accuracy", "Training accuracy", format=share),
    Column("accuracy", "Test accuracy", ESTIMATE),
    Column("", "Gap (points)", format=lambda row: points(_gap_of(row))),
    Column("", "Shuffled labels (99 % interval)", format=_shuffled),
    Column("chance", "Chance", format=share),
    Column("", "Control", TEXT, shuffle_verdict),
)


def overfitting(experiment: Experiment) -> Section:
    """The three looks that the thesis asks for, and the gap between training and test."""
    caption = "Training against test, and the control with shuffled labels."
    blocks: list[Block] = [
        Text(_gap(experiment)),
        Text(control(experiment)),
        show(caption, COLUMNS, experiment.models, marks_chosen=True),
    ]
    drawn = experiment.figures_of("overfitting")
    learning = [figure for figure in drawn if figure.name.startswith("learning_")]
    strengths = [figure for figure in drawn if figure.name.startswith("regularisation_")]
    if learning:
        blocks += [Heading("Learning curves"), *pictures(learning, narrow=True)]
    if strengths:
        blocks += [Heading("Strength of regularisation"), *pictures(strengths, narrow=True)]
    return Section("over-fitting", "Over-fitting", tuple(blocks), in_appendix=True)


def _gap(experiment: Experiment) -> str:
    models, chosen = experiment.models, experiment.chosen
    widest = max(models, key=_gap_of)
    return (
        f"A model that learned its training part by heart is much better there than on the test "
        f"part. {chosen['model']} is right in {percent(chosen['train_accuracy'])} of the training "
        f"segments and {percent(chosen['accuracy'])} of the test segments. The widest gap is that "
        f"of {widest['model']}: {points(_gap_of(widest))} points."
    )


def control(experiment: Experiment) -> str:
    """Whether training on shuffled labels falls to chance, in words."""
    models = experiment.models
    verdicts: dict[str, list[str]] = {}
    for row in models:
        verdicts.setdefault(shuffle_verdict(row), []).append(row["model"])
    parts = [f"{enumeration(names, 12)}: {verdict}" for verdict, names in verdicts.items()]
    return (
        "Trained on shuffled labels, nothing can be learned, and the accuracy must fall to chance "
        f"({share(models[0]['chance'])}). {'. '.join(parts)}."
    )
