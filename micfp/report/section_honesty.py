"""The honesty page: what a lenient split hides, identical units, what else tells devices apart."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from micfp.report.blocks import Block, Fold, Heading, Points, Section, Table, Text, pictures, table
from micfp.report.numbers import (
    count,
    enumeration,
    number,
    percent,
    points,
    share,
    share_range,
    share_with_interval,
    units_verdict,
)
from micfp.report.published import Experiment, Run, records
from micfp.report.wording import SPLITS, spaced

if TYPE_CHECKING:
    import pandas as pd


def honesty(experiment: Experiment) -> Section:
    """Splits side by side, identical units."""
    blocks = [*_splits(experiment), *_units(experiment)]
    return Section("split_comparison", "Honesty page: what the figures hide", tuple(blocks))


def _splits(experiment: Experiment) -> list[Block]:
    splits = experiment.splits
    if not len(splits):
        return [Text("No splits were compared (split_comparison is empty in the parameters).")]
    kinds = _kinds(experiment)
    explained = [
        f"{spaced(n).capitalize()}: {SPLITS.get(kinds[n], spaced(kinds[n]))}." for n in kinds
    ]
    return [
        Text(hidden(experiment), "lead"),
        *pictures(experiment.figure("splits")),
        _split_table(experiment, "accuracy", "Accuracy per segment under each split."),
        Points(tuple(explained)),
        *_neighbours(experiment),
        Fold(
            "The same per recording",
            (
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
    for name in experiment.splits["split"].unique():
        kinds[name] = asked[name]["kind"] if asked.get(name) else name
    order = list(SPLITS)
    return dict(
        sorted(kinds.items(), key=lambda item: order.index(item[1]) if item[1] in order else -1)
    )


def _neighbours(experiment: Experiment) -> list[Block]:
    """Why the splits disagree: what lies nearest to a segment outside its own recording."""
    return [Text(_nearest(row)) for row in records(experiment.neighbours)]


def _nearest(row: Mapping[str, Any]) -> str:
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
    wide = experiment.splits.pivot(index="model", columns="split", values="accuracy")
    difference = wide[lenient] - wide[strictest]
    chosen = experiment.choice["model"]
    mean, own = float(difference.mean()), float(difference[chosen])
    low, high = difference.min(), difference.max()
    if round(100 * mean, 1) > 0:
        verdict = "What the random split shows above the other is not the device alone: it is what "
        verdict += "the test part shares with training"
        verdict += _less_training(experiment, lenient, strictest)
    else:
        verdict = "On average the random split shows nothing above the other here."
    return (
        f"Split at random, {chosen} is right in {percent(wide.loc[chosen, lenient])} of the "
        f"segments; split {spaced(strictest)}, the strictest here, in "
        f"{percent(wide.loc[chosen, strictest])}: a difference of {points(own)} points. Over "
        f"{count(len(wide), 'model')} the mean difference is {points(mean)} points (from "
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
    rows_of = {(row["split"], row["model"]): row for row in records(experiment.splits)}
    models = experiment.splits["model"].unique().tolist()
    rows = []
    for model in models:
        cells = [model + (" (chosen)" if model == experiment.choice["model"] else "")]
        for split in splits:
            row = rows_of.get((split, model))
            cells.append(share_with_interval(row, metric) if row else "")
        if len(splits) > 1 and (splits[0], model) in rows_of and (splits[-1], model) in rows_of:
            first, last = (float(rows_of[s, model][metric]) for s in (splits[0], splits[-1]))
            cells.append(points(first - last))
        rows.append(cells)
    last_column = ("First less last (points)",) if len(splits) > 1 else ()
    marked = [i for i, model in enumerate(models) if model == experiment.choice["model"]]
    columns = ("Model", *(spaced(s).capitalize() for s in splits), *last_column)
    return table(caption, columns, rows, marked=marked)


def _units(experiment: Experiment) -> list[Block]:
    blocks: list[Block] = [Heading("Identical units: the microphone, or something else?")]
    table_ = experiment.table("tables/split_comparison_units.csv")
    chosen = experiment.choice["model"]
    if not len(table_):
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
    own = table_[table_["model"] == chosen]
    kinds = list(_kinds(experiment))
    said = tuple(unit_sentence(own[own["split"] == split], split, str(chosen)) for split in kinds)
    blocks.append(Points(said))
    blocks.append(units_table(own, ("split", "Split"), f"Identical units told apart by {chosen}."))
    blocks.append(
        Fold(
            "The same by every model",
            (units_table(table_, ("split", "Split"), "Identical units, every model.", model=True),),
        )
    )
    return blocks


def unit_sentence(rows: "pd.DataFrame", split: str, model: str) -> str:
    """How many groups of identical units are told apart under one split, in words."""
    verdicts: dict[str, list[str]] = {}
    for row in records(rows):
        verdicts.setdefault(units_verdict(row), []).append(row["make_and_model"])
    parts = [f"{enumeration(names)} {verdict}" for verdict, names in verdicts.items()]
    return f"{spaced(split).capitalize()}, {model}: {'; '.join(parts) or 'no such group tested'}."


def units_table(
    units: "pd.DataFrame", first: tuple[str, str], caption: str, model: bool = False
) -> Table:
    """Identical units told apart, a row a group; `first` is the leading column and its heading."""
    rows = []
    for row in records(units):
        lead = row[first[0]]
        cells = [spaced(lead) if isinstance(lead, str) else number(lead, 1)]
        if model:
            cells.append(row["model"])
        low, high = row["recording_chance_low"], row["recording_chance_high"]
        cells += [
            row["devices"],
            share_with_interval(row, "accuracy"),
            share(row["chance"]),
            number(row["n_segments"], 0),
            share(row["recording_accuracy"]),
            share_range(low, high),
            number(row["n_recordings"], 0),
            units_verdict(row),
        ]
        rows.append(cells)
    columns = (
        first[1],
        *(("Model",) if model else ()),
        "Units",
        "Accuracy per segment",
        "Chance",
        "Segments",
        "Accuracy per recording",
        "Guessing gives",
        "Recordings",
        "Verdict",
    )
    lead_is_number = len(units) > 0 and not isinstance(units[first[0]].iloc[0], str)
    texts = [i for i, name in enumerate(columns) if name in (first[1], "Model", "Units", "Verdict")]
    return table(caption, columns, rows, texts[1:] if lead_is_number else texts)


def other_parameters(study: Run, experiment: Experiment | None) -> list[Block]:
    """A study may be older than the results beside it; then that is said."""
    if experiment is None:
        return []
    aside = {"tracking", "report", "shard_mb", "search"}
    keys = [k for k in experiment.params if k not in aside]
    other = [k for k in keys if experiment.params[k] != study.params.get(k)]
    if not other:
        return []
    text = (
        "This study was made with other parameters than the results above: they differ under "
        f"{enumeration(other)}."
    )
    return [Points((text,), "Mind")]
