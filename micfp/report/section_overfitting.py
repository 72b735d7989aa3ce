"""Over-fitting: training against test, shuffled labels, learning curves, regularisation."""

import math

from micfp.report.blocks import Block, Heading, Section, Table, Text, pictures, table
from micfp.report.numbers import (
    enumeration,
    percent,
    points,
    share,
    share_range,
    share_with_interval,
    shuffle_verdict,
)
from micfp.report.published import Experiment, records


def overfitting(experiment: Experiment) -> Section:
    """The three looks that the thesis asks for, and the gap between training and test."""
    blocks: list[Block] = [Text(_gap(experiment)), Text(control(experiment)), _table(experiment)]
    drawn = experiment.figures_of("overfitting")
    learning = [figure for figure in drawn if figure.name.startswith("learning_")]
    strengths = [figure for figure in drawn if figure.name.startswith("regularisation_")]
    if learning:
        blocks += [Heading("Learning curves"), *pictures(learning, narrow=True)]
    if strengths:
        blocks += [Heading("Strength of regularisation"), *pictures(strengths, narrow=True)]
    return Section("over-fitting", "Over-fitting", tuple(blocks))


def _gap(experiment: Experiment) -> str:
    models, chosen = experiment.models, experiment.chosen
    gaps = models["train_accuracy"] - models["accuracy"]
    widest = models.iloc[int(gaps.to_numpy().argmax())]
    return (
        f"A model that learned its training part by heart is much better there than on the test "
        f"part. {chosen['model']} is right in {percent(chosen['train_accuracy'])} of the training "
        f"segments and {percent(chosen['accuracy'])} of the test segments. The widest gap is that "
        f"of {widest['model']}: {points(float(gaps.max()))} points."
    )


def control(experiment: Experiment) -> str:
    """Whether training on shuffled labels falls to chance, in words."""
    models = experiment.models
    verdicts: dict[str, list[str]] = {}
    for row in records(models):
        verdicts.setdefault(shuffle_verdict(row), []).append(str(row["model"]))
    parts = [f"{enumeration(names, 12)}: {verdict}" for verdict, names in verdicts.items()]
    return (
        "Trained on shuffled labels, nothing can be learned, and the accuracy must fall to chance "
        f"({share(float(models['chance'].iloc[0]))}). {'. '.join(parts)}."
    )


def _table(experiment: Experiment) -> Table:
    rows, marked = [], []
    for i, row in enumerate(records(experiment.models)):
        if row["chosen"]:
            marked.append(i)
        spread = share(row["shuffled_accuracy"])
        if not math.isnan(row["shuffled_low"]):
            spread += f" ({share_range(row['shuffled_low'], row['shuffled_high'])})"
        rows.append(
            (
                str(row["model"]) + (" (chosen)" if row["chosen"] else ""),
                share(row["train_accuracy"]),
                share_with_interval(row, "accuracy"),
                points(float(row["train_accuracy"]) - float(row["accuracy"])),
                spread,
                share(row["chance"]),
                shuffle_verdict(row),
            )
        )
    columns = (
        "Model",
        "Training accuracy",
        "Test accuracy",
        "Gap (points)",
        "Shuffled labels (99 % interval)",
        "Chance",
        "Control",
    )
    caption = "Training against test, and the control with shuffled labels."
    return table(caption, columns, rows, (0, len(columns) - 1), marked)
