"""The answer in plain words: what was asked of which recordings, and how often it was right."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from micfp.evaluation.bootstrap import interval_text
from micfp.report.blocks import Block, Points, Section, Table, Text, Tile, Tiles, show
from micfp.report.columns import ESTIMATE, TEXT, Column, Row
from micfp.report.numbers import (
    DASH,
    count,
    decimals,
    enumeration,
    percent,
    percent_interval,
    share,
)
from micfp.report.published import Experiment
from micfp.report.wording import METRICS, is_simulated, split_in_words

FEW_RECORDINGS = 10
OFTEN_OUTSIDE = 2  # times what is expected
WAYS = (
    Column("way", "The recording", TEXT),
    Column("chains", "Copies", TEXT),
    Column("accuracy", "Segments right", ESTIMATE),
    Column("recording_accuracy", "Recordings right", ESTIMATE),
    Column("n_recordings", "Recordings", format=decimals(0)),
)


def summary(experiment: Experiment) -> Section:
    """The first section."""
    blocks: list[Block] = [Text(_answer(experiment), "lead"), _tiles(experiment)]
    if experiment.ways:
        blocks.append(_ways(experiment))
    blocks.append(Points(tuple(cautions(experiment)), "What to be careful about"))
    return Section("summary", "In short", tuple(blocks))


def _answer(experiment: Experiment) -> str:
    params, chosen = experiment.params, experiment.chosen
    target, quality = params["target"], experiment.quality
    corpus = (
        "the virtual bench, a simulation and no real recordings"
        if is_simulated(params)
        else f"the corpus {params['corpus']['name']}"
    )
    names = len(experiment.pooled)
    segments = (
        count(len(experiment.segments), "segment") + " cut from them"
        if len(experiment.segments)
        else "segments cut from them"
    )
    metric = METRICS.get(params["selection"]["metric"], params["selection"]["metric"])
    return (
        f"This report asks whether a recording gives away its {target}. It is about {corpus}: "
        f"{count(names, target)}, {count(len(quality), 'recording')} and {segments}. "
        f"{count(len(experiment.models), 'model')} learned to name the {target}"
        f"{_copies_learned(params)}; "
        f"{chosen['model']} was chosen, because it had the highest {metric} "
        f"({share(chosen['inner'])}) on folds inside the training part. On the test part, which "
        f"had no say in that, it named the right {target} in {_hits(experiment, '')}, and with all "
        f"segments of a recording together in {_hits(experiment, 'recording_')}. Blind guessing "
        f"would be right in {percent(chosen['chance'])}. "
        f"The split is {split_in_words(params['split'])}." + _per_fold(experiment)
    )


def _copies_learned(params: Mapping[str, Any]) -> str:
    """What else training had, where it had copies."""
    augment = params.get("augment", {"enabled": False})  # results of an older version have none
    if not augment["enabled"]:
        return ""
    copies = enumeration([*augment["copies"]])
    return f", from recordings and degraded copies of them ({copies})"


def _hits(experiment: Experiment, prefix: str) -> str:
    """`303 of 304 segments (99.7 %; 95 % interval 99.0-100 %)`."""
    row = experiment.chosen
    n = int(row["n_recordings"] if prefix else row["n_test"])
    value = row[f"{prefix}accuracy"]
    what = count(n, "recording" if prefix else "segment")
    return f"{round(value * n)} of {what} ({percent(value)}{_interval(experiment, row, prefix)})"


def _interval(experiment: Experiment, row: Row, prefix: str) -> str:
    low, high = row[f"{prefix}accuracy_low"], row[f"{prefix}accuracy_high"]
    if math.isnan(low):
        return ", no interval"
    confidence = interval_text(experiment.params["evaluation"]["confidence"])
    return f", {confidence} interval {percent_interval(low, high)}"


def _per_fold(experiment: Experiment) -> str:
    """Under several folds each chooses for itself; that figure has no look at the test part."""
    per_fold = experiment.choice["per_fold"]
    if len(per_fold["models"]) < 2:
        return ""
    return (
        f" Each of the {len(per_fold['models'])} folds is tested once; where each chooses its "
        f"model for itself ({enumeration(sorted(set(per_fold['models'])))}), "
        f"{percent(per_fold['accuracy'])} of the segments are identified correctly."
    )


def _tiles(experiment: Experiment) -> Tiles:
    row = experiment.chosen
    return Tiles(
        (
            Tile(percent(row["accuracy"]), f"of {count(row['n_test'], 'test segment')} right"),
            Tile(
                percent(row["recording_accuracy"]),
                f"of {count(row['n_recordings'], 'test recording')} right",
            ),
            Tile(percent(row["chance"]), "by guessing"),
            Tile(row["model"], "the chosen model"),
        )
    )


def _calibration(experiment: Experiment) -> Iterator[str]:
    """Where the chosen model gives no probabilities."""
    of_model = {row["model"]: row for row in experiment.calibration}
    row = of_model.get(experiment.choice["model"])
    if row is None or math.isnan(row["temperature"]):
        yield "The chosen model is not calibrated: its scores order, and are no probabilities."
    elif row["outside"] > OFTEN_OUTSIDE * row["outside_expected"]:
        yield (
            f"{percent(row['outside'])} of the test recordings lie outside of what the chosen "
            f"model learned, and {percent(row['outside_expected'])} were expected: its training "
            "part holds too few different contents or sessions, and it gives no probability there."
        )


def _ways(experiment: Experiment) -> Table:
    """The chosen model on the test recordings as they are, and after each way they may come by."""
    chosen = experiment.chosen
    rows = [chosen | {"way": "as it was recorded", "chain": "", "chains": DASH}, *experiment.ways]
    confidence = interval_text(experiment.params["evaluation"]["confidence"])
    return show(
        f"How often {chosen['model']} is right, with {confidence} intervals over recordings, where "
        "a test recording comes another way: of all copies of it. No copy of it was trained on.",
        WAYS,
        [row for row in rows if not row["chain"]],
    )


def cautions(experiment: Experiment) -> Iterator[str]:
    """What limits the answer; those that hold for this run, from its numbers."""
    params, row = experiment.params, experiment.chosen
    target = params["target"]
    yield (
        f"The models know a closed set: of another {target} they name one of their own all the "
        "same. Probabilities are among these alone, and no evidence."
    )
    yield from _calibration(experiment)
    yield (
        f"What tells the {target}s apart need not be the microphone: position, room, session, "
        "level and background noise may go with it. The honesty page looks at that."
    )
    if is_simulated(params):
        yield "The recordings are simulated: nothing here is a figure for real microphones."
    if params["split"]["kind"] == "random":
        yield (
            "The split is at random by segment, so that recordings are in training and in test: "
            "the figures are too good for a new recording."
        )
    if params["selection"]["kind"] == "random":
        yield (
            "The model was chosen on folds of single segments inside the training part, with "
            "pieces of one recording on both sides: the inner scores are too good, and another "
            "choice might do better on new recordings. The test part had no say in it."
        )
    tested = int(row["n_recordings"])
    if tested < FEW_RECORDINGS:
        yield (f"Only {count(tested, 'recording')} tested: the interval is likely too narrow.")
    elif tested < 2 * len(experiment.pooled):
        yield (
            f"{count(tested, 'recording')} test "
            f"{count(len(experiment.pooled), target)}: hardly more than one "
            f"each, so little can be said of a single {target}."
        )
    notes = {row["interval_note"], row["recording_interval_note"]} - {""}
    for note in sorted(notes):
        yield f"About the intervals: {note}."
    if row["accuracy_low"] <= row["chance"]:
        yield "The interval of the accuracy includes guessing."
    models = experiment.models
    if leaks := [row["model"] for row in models if row["shuffled_low"] > row["chance"]]:
        yield (
            f"Trained on shuffled labels, {enumeration(leaks)} stayed above "
            "chance, interval and all: look for a leak."
        )
    flagged = sum(row["flags"] != "" for row in experiment.quality)
    if flagged:
        yield (
            f"The check flagged {flagged} of {count(len(experiment.quality), 'recording')}; "
            "see the recordings and their check."
        )
    if warned := [row["model"] for row in models if row["warnings"]]:
        yield f"Training warned for {enumeration(warned)}; see the table of models."
