"""The honesty page: what a lenient split hides, identical units, what else tells devices apart."""

import math
from statistics import fmean

from micfp.report.blocks import (
    Block,
    Fold,
    Heading,
    Points,
    Section,
    Table,
    Text,
    pictures,
    pivot,
    show,
)
from micfp.report.columns import ESTIMATE, Column, Row, groups
from micfp.report.numbers import count, enumeration, percent, points, units_verdict
from micfp.report.published import Experiment
from micfp.report.tables import MODEL, NEIGHBOURS, SPLIT, UNITS, UNITS_OF_SPLITS
from micfp.report.wording import SPLITS, spaced

FIRST_LESS_LAST = Column("less", "First less last (points)", format=points)


def honesty(experiment: Experiment) -> Section:
    """Splits side by side, identical units."""
    blocks = [*_splits(experiment), *_units(experiment)]
    return Section("split_comparison", "Honesty page: what the figures hide", tuple(blocks))


def _splits(experiment: Experiment) -> list[Block]:
    splits = experiment.splits
    if not splits:
        return [Text("No splits were compared (split_comparison is empty in the parameters).")]
    kinds = _kinds(experiment)
    explained = [
        f"{spaced(n).capitalize()}: {SPLITS.get(kinds[n], spaced(kinds[n]))}." for n in kinds
    ]
    return [
        Text(hidden(experiment), "lead"),
        *pictures(experiment.figure("splits")),
        Points(tuple(explained)),
        *_neighbours(experiment),
        Fold(
            "The same as tables, per segment and per recording",
            (
                _split_table(experiment, "accuracy", "Accuracy per segment under each split."),
                _split_table(
                    experiment, "recording_accuracy", "Accuracy per recording under each split."
                ),
            ),
        ),
    ]


def _kinds(experiment: Experiment) -> dict[str, str]:
    """Kind of each split that was compared, from the most lenient to the strictest."""
    asked = experiment.params["split_comparison"]
    kinds = {}
    for name in groups(experiment.splits, "split"):
        kinds[name] = asked[name]["kind"] if asked.get(name) else name
    order = list(SPLITS)
    return dict(
        sorted(kinds.items(), key=lambda item: order.index(item[1]) if item[1] in order else -1)
    )


def _neighbours(experiment: Experiment) -> list[Block]:
    """Why the splits disagree: what lies nearest to a segment outside its own recording."""
    rows = experiment.rows("tables/split_comparison_neighbours.csv", NEIGHBOURS)
    return [Text(_nearest(row)) for row in rows]


def _nearest(row: Row) -> str:
    text = (
        f"By the {row['features']} features, the nearest segment of another recording is of the "
        f"same device in {percent(row['same_device'])} of the segments (by chance "
        f"{percent(row['same_device_by_chance'])}) and of the same content in "
        f"{percent(row['same_content'])} (by chance {percent(row['same_content_by_chance'])})."
    )
    if row["same_device"] < row["same_device_by_chance"]:
        text += (
            " So these features follow the content more than the device: where training holds what "
            "is played in the test part only from other devices, as a split by recording leaves "
            "it, decisions are drawn to those, and may be worse than guessing."
        )
    return text


def hidden(experiment: Experiment) -> str:
    """What the random split shows above the strictest one, in words."""
    kinds = _kinds(experiment)
    lenient = next((name for name, kind in kinds.items() if kind == "random"), None)
    strictest = list(kinds)[-1]
    if lenient is None or strictest == lenient:
        return (
            "Only one side of the comparison is there: it needs a random split and a stricter one, "
            "so nothing can be said about what a random split hides."
        )
    accuracy = {(row["model"], row["split"]): row["accuracy"] for row in experiment.splits}
    difference = {
        model: accuracy[model, lenient] - accuracy[model, strictest]
        for model in groups(experiment.splits, "model")
    }
    chosen = experiment.choice["model"]
    mean = fmean(difference.values())
    low, high = min(difference.values()), max(difference.values())
    above = "What the random split shows above the other"
    if round(100 * difference[chosen], 1) <= 0:
        above = (
            f"For {chosen} the stricter split is no harder here. What the random split shows above "
            "it on average"
        )
    if round(100 * mean, 1) > 0:
        verdict = f"{above} is not the device alone: it is what the test part shares with training"
        verdict += _less_training(experiment, lenient, strictest)
    else:
        verdict = "On average the random split shows nothing above the other here."
    return (
        f"Split at random, {chosen} is right in {percent(accuracy[chosen, lenient])} of the "
        f"segments; split {spaced(strictest)}, the strictest here, in "
        f"{percent(accuracy[chosen, strictest])}: a difference of "
        f"{points(difference[chosen])} points. Over {count(len(difference), 'model')} the mean "
        f"difference is {points(mean)} points (from "
        f"{points(low)} to {points(high)}). {verdict}"
    )


def _less_training(experiment: Experiment, lenient: str, strictest: str) -> str:
    """A stricter split may also train on less; the difference then has two causes."""

    def trained(name: str) -> float:
        split = experiment.params["split_comparison"].get(name) or {}
        if split.get("folds"):
            return 1 - 1 / float(split["folds"])
        return 1 - float(split["test_share"]) if split.get("test_share") else float("nan")

    if trained(strictest) < trained(lenient) - 0.01:
        return (
            f", and in part that the stricter split trains on less "
            f"({percent(trained(strictest))} against {percent(trained(lenient))} of the groups)."
        )
    return "."


def _split_table(experiment: Experiment, metric: str, caption: str) -> Table:
    splits = list(_kinds(experiment))
    chosen = experiment.choice["model"]
    rows = []
    for model, of_model in groups(experiment.splits, "model").items():
        metrics = {row["split"]: row[metric] for row in of_model}
        less = metrics.get(splits[0], math.nan) - metrics.get(splits[-1], math.nan)
        rows += [row | {"chosen": model == chosen, "less": less} for row in of_model]
    return pivot(
        caption,
        (MODEL, Column(metric, kind=ESTIMATE)),
        sorted(rows, key=lambda row: splits.index(row["split"])),
        ("model",),
        "split",
        metric,
        lambda split: spaced(split).capitalize(),
        (FIRST_LESS_LAST,) if len(splits) > 1 else (),
        marks_chosen=True,
    )


def _units(experiment: Experiment) -> list[Block]:
    blocks: list[Block] = [Heading("Identical units: the microphone, or something else?")]
    chosen, rows = experiment.choice["model"], experiment.units
    if not rows:
        blocks.append(
            Text(
                "No two devices here are of one make and model, so nothing can be said about "
                "telling identical units apart."
            )
        )
        return blocks
    blocks.append(
        Text(
            "Two units of one model differ little as microphones. Where they are told apart, it "
            "may be by where they stood, when they recorded, or how they were set. Only the "
            "segments of a group count, and the model has only the group to choose from."
        )
    )
    of_chosen = [row for row in rows if row["model"] == chosen]
    return [
        *blocks,
        Points(unit_sentences(experiment)),
        Fold(
            "The same as tables, the chosen model and every model",
            (
                show(f"Identical units told apart by {chosen}.", (SPLIT, *UNITS), of_chosen),
                show("Identical units, every model.", UNITS_OF_SPLITS, rows),
            ),
        ),
    ]


def unit_sentences(experiment: Experiment) -> tuple[str, ...]:
    """Under each split, the strictest last, which identical units the chosen model tells apart.

    None where no two devices are of one make and model.
    """
    chosen = experiment.choice["model"]
    by_split = groups([row for row in experiment.units if row["model"] == chosen], "split")
    kinds = _kinds(experiment) if by_split else ()
    return tuple(_unit_sentence(by_split.get(split, []), split, chosen) for split in kinds)


def _unit_sentence(rows: list[Row], split: str, model: str) -> str:
    """How many groups of identical units are told apart under one split, in words."""
    verdicts: dict[str, list[str]] = {}
    for row in rows:
        verdicts.setdefault(units_verdict(row), []).append(row["make_and_model"])
    parts = [f"{enumeration(names)} {verdict}" for verdict, names in verdicts.items()]
    return f"{spaced(split).capitalize()}, {model}: {'; '.join(parts) or 'no such group tested'}."
