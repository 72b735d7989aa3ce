"""The thesis's figures 5A-5J beside ours."""

from math import nan
from statistics import fmean

from micfp.models.classifiers import CLASSIFIERS
from micfp.report import thesis
from micfp.report.blocks import Heading, Points, Section, Table, Text, table
from micfp.report.columns import ESTIMATE, Column, Row
from micfp.report.numbers import NOTHING, number, share
from micfp.report.published import Experiment, read_confusion
from micfp.report.wording import is_of_bench, spaced, split_in_words

F1 = Column("f1_weighted", kind=ESTIMATE)
NONE: Row = dict.fromkeys(("f1_weighted", "f1_weighted_low", "f1_weighted_high"), nan)


def beside_the_thesis(experiment: Experiment) -> Section:
    """Tables that set the thesis's numbers beside ours, and what differs."""
    return Section(
        "thesis",
        "Beside the thesis",
        (
            Text(
                "The thesis's own figures (5A-5J) stand beside ours for the same classifiers. They "
                "answer the same question under other conditions:"
            ),
            Points(_differences(experiment)),
            Heading("Weighted F1 of each classifier (Fig. 5A-5H)"),
            _classifiers(experiment),
            Heading("Confusion, mean over the classifiers (Fig. 5I)"),
            _confusion(experiment),
            Heading("Each class, mean over the classifiers (Fig. 5J)"),
            _report(experiment),
        ),
        in_appendix=True,
    )


def _differences(experiment: Experiment) -> tuple[str, ...]:
    params, row = experiment.params, experiment.chosen
    corpus = (
        "simulates the thesis's bench, with responses after the published ones, and holds none of "
        "its recordings"
        if is_of_bench(params)
        else f"is {params['corpus']['name']}"
    )
    return (
        f"Corpus: the thesis recorded five microphones in a room; this run {corpus}.",
        f"Size: the thesis tests {thesis.TEST_SEGMENTS} segments; this run {int(row['n_test'])}, "
        f"of {int(row['n_recordings'])} recordings.",
        "Protocol: the thesis splits segments 80/20 at random, so that segments of one recording "
        f"are in training and test; this run splits {split_in_words(params['split'])}."
        + (
            ""
            if params["split"]["kind"] == "random"
            else ' The column "random split" is ours under the protocol of the thesis.'
        ),
        "Leak: the thesis's program fits scaling and PCA on all rows before the split; here on "
        "training rows only.",
    )


def _classifiers(experiment: Experiment) -> Table:
    random = {row["model"]: row for row in experiment.splits if row["split"] == "random"}
    rows: list[tuple[str, ...]] = []
    for figure, classifier, f1 in thesis.WEIGHTED_F1:
        ours = [row for row in experiment.models if row["model"].split("-")[0] == classifier]
        lead = f"Fig. {figure}, {CLASSIFIERS[classifier].title}"
        rows += [
            (lead, row["model"], share(f1), F1.shown(row), F1.shown(random.get(row["model"], NONE)))
            for row in ours or ({"model": "not in this run"} | NONE,)
        ]
    kind = experiment.params["split"]["kind"]
    columns = ("Figure", "Our model", "Thesis", f"Ours, {spaced(kind)}", "Ours, random split")
    # The main split may be the thesis's own: one column then.
    n_columns = 4 if kind == "random" else 5
    rows = [row[:n_columns] for row in rows]
    return table("Weighted F1 per segment.", columns[:n_columns], rows, (0, 1))


def _pair(theirs: float | None, ours: float | None) -> str:
    """Their number and ours, one cell."""
    left = NOTHING if theirs is None else share(theirs)
    return f"{left} / {NOTHING if ours is None else share(ours)}"


def _confusion(experiment: Experiment) -> Table:
    ours = read_confusion(experiment.folder / "tables" / "confusion" / "pooled.csv")
    names = thesis.MICROPHONES
    rows = []
    for true in names:
        counts = ours.get(true, {})
        total = sum(counts.values())
        # Where the shares do not add up, the thesis's figure shows others that were not read off.
        stated = thesis.CONFUSION[true]
        rest = 0.0 if sum(stated.values()) > 0.985 else None
        shares = [counts[n] / total if n in counts and total > 0 else None for n in names]
        theirs = [stated.get(named, rest) for named in names]
        rows.append((true, *map(_pair, theirs, shares)))
    caption = "Share of each true microphone's segments: thesis / ours. A dash: not known."
    return table(caption, ("True", *names), rows)


def _report(experiment: Experiment) -> Table:
    pooled = {row["class"]: row for row in experiment.pooled}
    rows = []
    for name, values in thesis.REPORT.items():
        ours = pooled.get(name)
        cells = [name]
        for i, column in enumerate(("precision", "recall", "f1")):
            cells.append(_pair(values[i], None if ours is None else ours[column]))
        support = NOTHING if ours is None else number(ours["support"], 0)
        rows.append((*cells, f"{values[3]} / {support}"))
    accuracy = fmean(row["accuracy"] for row in experiment.models)
    rows.append(("accuracy", "", "", _pair(thesis.ACCURACY, accuracy), ""))
    columns = ("Class", "Precision", "Recall", "F1", "Test segments")
    caption = "Thesis / ours. The last row: accuracy, mean over the classifiers."
    return table(caption, columns, rows)
