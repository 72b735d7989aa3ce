"""The first page: what was asked of which recordings, the answer, and what it is worth."""

from collections.abc import Mapping
from typing import Any

from micfp.evaluation.bootstrap import interval_text
from micfp.report.blocks import Block, Heading, Points, Section, Text, Tile, Tiles, show
from micfp.report.columns import ESTIMATE, TEXT, Column
from micfp.report.numbers import (
    DASH,
    count,
    decimals,
    enumeration,
    percent,
    percent_with_interval,
)
from micfp.report.published import Experiment
from micfp.report.section_worth import worth
from micfp.report.wording import (
    METRICS,
    SPLITS,
    is_of_bench,
    is_simulated,
    selection_in_words,
    split_in_words,
)

WAYS = (
    Column("way", "The recording", TEXT),
    Column("chains", "Copies", TEXT),
    Column("accuracy", "Segments right", ESTIMATE),
    Column("recording_accuracy", "Recordings right", ESTIMATE),
    Column("n_recordings", "Recordings", format=decimals(0)),
)


def summary(experiment: Experiment) -> Section:
    """The first section."""
    blocks: tuple[Block, ...] = (
        Heading("What was asked"),
        Text(_question(experiment)),
        Heading("The answer"),
        Text(_answer(experiment), "lead"),
        _tiles(experiment),
        _ways(experiment),
        Points(tuple(worth(experiment)), "What it is worth"),
        Heading("How it was found"),
        Text(_method(experiment)),
    )
    return Section("summary", "In short", blocks)


def _question(experiment: Experiment) -> str:
    params = experiment.params
    target = params["target"]
    corpus = f"the corpus {params['corpus']['name']}"
    if is_simulated(params):
        who = "the virtual bench" if is_of_bench(params) else "virtual phones"
        corpus = f"{who}, a simulation and no real recordings"
    segments = (
        count(len(experiment.segments), "segment") + " cut from them"
        if len(experiment.segments)
        else "segments cut from them"
    )
    return (
        f"Whether a recording gives away its {target}. It was asked of {corpus}: "
        f"{count(len(experiment.pooled), target)}, {count(len(experiment.kept), 'recording')} "
        f"and {segments}."
    )


def _answer(experiment: Experiment) -> str:
    chosen, target = experiment.chosen, experiment.params["target"]
    confidence = interval_text(experiment.params["evaluation"]["confidence"])
    return (
        f"On the test part, {chosen['model']} named the right {target} in "
        f"{_hits(experiment, '')}, and with all segments of a recording together in "
        f"{_hits(experiment, 'recording_')}. Blind guessing would be right in "
        f"{percent(chosen['chance'])}. In brackets, here and below: {confidence} intervals over "
        "recordings."
    )


def _method(experiment: Experiment) -> str:
    params, chosen = experiment.params, experiment.chosen
    metric = METRICS.get(params["selection"]["metric"], params["selection"]["metric"])
    return (
        f"{count(len(experiment.models), 'model')} learned to name the {params['target']}"
        f"{_copies_learned(params)}; {chosen['model']} was chosen, because it had the highest "
        f"{metric} ({experiment.inner_in_words(chosen['inner'])}) on folds inside the training "
        f"part ({selection_in_words(params['selection'])}). The test part had no say in that; it "
        f"is split off {split_in_words(params['split'])}." + _kinder(params) + _per_fold(experiment)
    )


def _kinder(params: Mapping[str, Any]) -> str:
    """Why the inner scores may lie far above the test: their folds share more with training."""
    inner, outer = params["selection"]["kind"], params["split"]["kind"]
    order = list(SPLITS)
    if inner not in order or outer not in order or order.index(inner) >= order.index(outer):
        return ""
    return (
        f" The test asks more than these folds: {SPLITS[outer]}. So compare inner scores with one "
        "another, and not with the test."
    )


def _copies_learned(params: Mapping[str, Any]) -> str:
    """What else training had, where it had copies."""
    augment = params.get("augment", {"enabled": False})  # results of an older version have none
    if not augment["enabled"]:
        return ""
    copies = enumeration([*augment["copies"]])
    return f", from recordings and degraded copies of them ({copies})"


def _hits(experiment: Experiment, prefix: str) -> str:
    """`303 of 304 segments, 99.7 % (99.0-100 %)`."""
    row = experiment.chosen
    n = int(row["n_recordings"] if prefix else row["n_test"])
    what = count(n, "recording" if prefix else "segment")
    shown = percent_with_interval(row, f"{prefix}accuracy")
    return f"{round(row[f'{prefix}accuracy'] * n)} of {what}, {shown}"


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


def _ways(experiment: Experiment) -> Block:
    """The chosen model on the test recordings as they are, and after each way they may come by."""
    chosen = experiment.chosen
    if not experiment.ways:
        return Text(
            "As sent by a messenger, or by telephone: not asked here (ways.enabled: true asks it). "
            "A codec can take away what tells devices apart.",
            "note",
        )
    rows = [chosen | {"way": "as it was recorded", "chain": "", "chains": DASH}, *experiment.ways]
    return show(
        f"How often {chosen['model']} is right where a test recording comes another way: of all "
        "copies of it. No copy of it was trained on.",
        WAYS,
        [row for row in rows if not row["chain"]],
    )
