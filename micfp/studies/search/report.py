"""The search: which configurations were tried, what is chosen, and what such a choice gives."""

from collections.abc import Callable, Iterator, Sequence
from math import isnan
from operator import itemgetter
from typing import Any

from micfp.report.blocks import Block, Code, Points, Section, Text, pictures, show
from micfp.report.columns import NUMBER, TEXT, Column, Row, unshown
from micfp.report.numbers import decimals, share, share_with_interval, shares_told_apart
from micfp.report.published import Published, Run
from micfp.report.study import study_head
from micfp.report.wording import METRICS, split_in_words

TITLE = "The search for the best configuration"
SHOWN_TRIALS = 10
METHODS = {
    "grid": "every trial of the grid",
    "random": "a random sample, the same for the same seed",
    "bayesian": "trials that Optuna chose by what it had seen",
}
IN_NAME = ("model.classifier", "model.features")  # axes that the name of the model says


def _if_any(format: Callable[[float], str]) -> Callable[[float], str]:
    """Write a number, and nothing for none."""
    return lambda value: "" if isnan(value) else format(value)


# Its other columns are the axes.
TRIALS = (
    *unshown(TEXT, "split", "part", "status", "why", "warnings", "model"),
    *unshown(NUMBER, "trial", "rank", "inner", "accuracy", "recording_accuracy"),
    *unshown(NUMBER, "n_features"),
    *unshown(NUMBER, "balanced_accuracy", "f1_macro", optional=True),
    *unshown(TEXT, "address", optional=True),
)
NO_AXIS = {column.name for column in TRIALS}
CHOICES = (
    Column("split", "Split", TEXT),
    Column("fold", "Outer fold", TEXT),
    Column("model", "Chosen", TEXT),
    Column("trial", "Trial", format=_if_any(decimals(0))),
    Column("inner", "Inner", format=_if_any(share)),
    Column("accuracy", "Accuracy", format=share),
    *unshown(NUMBER, "accuracy_low", "accuracy_high", optional=True),
    Column("recording_accuracy", "Per recording", format=share),
    Column("n_test", "n", format=decimals(0)),
)
FAILED = (
    Column("trial", "Trial", TEXT, decimals(0)),
    Column("model", "Model", TEXT),
    Column("why", "Why", TEXT),
)


def search(published: Published) -> Section:
    """What `snakemake grid` found."""
    run = published.runs["grid"]
    trials = run.rows("trials.csv", TRIALS, others=TEXT)
    choices = run.rows("choices.csv", CHOICES)
    ranked = [row for row in trials if not isnan(row["rank"])]
    ranked.sort(key=itemgetter("split", "rank"))
    failed = [row for row in trials if row["status"] == "failed"]
    config = run.params["search"]
    metric = METRICS[config["selection"]["metric"]]
    blocks: list[Block] = [
        *study_head(
            published,
            "grid",
            f"{len(trials)} trials: {METHODS[config['method']]}. Outer folds judge "
            f"({split_in_words(config['split'])}); inner folds, inside the training part of each, "
            f"choose by {metric}. No group is on both sides of a fold.",
        ),
        Points(tuple(_sentences(len(trials), len(failed), choices, config))),
        show(
            "The best trials by their inner score; accuracy is the mean over the outer folds' "
            "tests, where that of the search as a whole is of all their segments together.",
            _best_columns(metric, ranked[:SHOWN_TRIALS]),
            ranked[:SHOWN_TRIALS],
        ),
        show("What the inner folds of each outer fold choose.", CHOICES, choices),
        *([show("Trials that could not be fitted.", FAILED, failed)] if failed else []),
        *pictures(run.figures),
        Text("The best configuration as a preset (results/grid/best.yaml):"),
        Code(_preset(run)),
    ]
    return Section("search", TITLE, tuple(blocks))


def _sentences(
    n_trials: int, n_failed: int, choices: list[Row], config: dict[str, Any]
) -> Iterator[str]:
    for row in choices:
        if not row["model"] and not isnan(row["n_test"]):
            yield (
                f"The search as a whole, judged on recordings that its choice did not see "
                f"({row['split']}): accuracy {share_with_interval(row, 'accuracy')} per segment, "
                f"{share(row['recording_accuracy'])} per recording."
            )
    yield (
        "The best of many trials looks better than it is: its own inner score was chosen for being "
        "high. The figure above is the one to quote."
    )
    if config["method"] == "bayesian" and config["workers"] > 1:
        yield (
            f"{config['workers']} workers drew the trials side by side: another run draws others. "
            "With search.workers: 1 it repeats."
        )
    if n_failed:
        yield f"{n_failed} of {n_trials} trials could not be fitted; the reasons are below."


def _settings(row: Row) -> str:
    """The trial's values of the axes, but for those that the model's name says."""
    return "; ".join(
        f"{axis.removeprefix('preparations.').removeprefix('classifiers.')} {value}"
        for axis, value in row.items()
        if axis not in NO_AXIS and value and not axis.startswith(IN_NAME)
    )


def _best_columns(metric: str, rows: Sequence[Row]) -> tuple[Column, ...]:
    inner = shares_told_apart(row["inner"] for row in rows)
    return (
        Column("rank", "Rank", format=decimals(0)),
        Column("model", "Model", TEXT),
        Column("", "Settings", TEXT, _settings),
        Column("inner", f"Inner {metric}", format=inner),
        Column("accuracy", "Per segment", format=_if_any(share)),
        Column("recording_accuracy", "Per recording", format=_if_any(share)),
    )


def _preset(run: Run) -> str:
    path = run.folder / "best.yaml"
    return path.read_text(encoding="utf-8") if path.is_file() else ""
