"""The search: which configurations were tried, what is chosen, and what such a choice gives."""

from typing import Any

from micfp.report.blocks import Block, Code, Points, Section, Table, Text, pictures, table
from micfp.report.numbers import share, share_range
from micfp.report.published import Published, Run, records
from micfp.report.section_honesty import other_parameters
from micfp.report.wording import METRICS, split_in_words

TITLE = "The search for the best configuration"
SHOWN_TRIALS = 10
METHODS = {
    "grid": "every trial of the grid",
    "random": "a random sample, the same for the same seed",
    "bayesian": "trials that Optuna chose by what it had seen",
}
# Columns of trials.csv that are no axis.
NO_AXIS = {
    *("trial", "split", "part", "rank", "status", "why", "inner", "n_features", "warnings"),
    *("accuracy", "balanced_accuracy", "f1_macro", "recording_accuracy", "model", "address"),
}


def search(published: Published) -> Section:
    """What `snakemake grid` found."""
    run = published.runs["grid"]
    trials = records(run.text_table("trials.csv"))
    choices = records(run.text_table("choices.csv"))
    config = run.params["search"]
    metric = METRICS[config["selection"]["metric"]]
    blocks: list[Block] = [
        Text(
            f"{len(trials)} trials: {METHODS[config['method']]}. Outer folds judge "
            f"({split_in_words(config['split'])}); inner folds, inside the training part of each, "
            f"choose by {metric}. No group is on both sides of a fold."
        ),
        *other_parameters(run, published.experiment),
        Points(_sentences(trials, choices, config)),
        _best(trials, metric),
        _choices(choices),
        *_failed(trials),
        *pictures(run.figures),
        Text("The best configuration as a preset (results/grid/best.yaml):"),
        Code(_preset(run)),
    ]
    return Section("search", TITLE, tuple(blocks))


def _sentences(
    trials: list[dict[str, Any]], choices: list[dict[str, Any]], config: dict[str, Any]
) -> tuple[str, ...]:
    said = []
    for row in choices:
        if row["n_test"] and not row["model"]:
            interval = ""
            if row["accuracy_low"]:
                low, high = float(row["accuracy_low"]), float(row["accuracy_high"])
                interval = f" ({share_range(low, high)})"
            said.append(
                f"The search as a whole, judged on recordings that its choice did not see "
                f"({row['split']}): accuracy {share(float(row['accuracy']))}{interval} per "
                f"segment, {share(float(row['recording_accuracy']))} per recording."
            )
    said.append(
        "The best of many trials looks better than it is: its own inner score was chosen for being "
        "high. The figure above is the one to quote."
    )
    if config["method"] == "bayesian" and config["workers"] > 1:
        said.append(
            f"{config['workers']} workers drew the trials side by side: another run draws others. "
            "With search.workers: 1 it repeats."
        )
    failed = sum(row["status"] == "failed" for row in trials)
    if failed:
        said.append(f"{failed} of {len(trials)} trials could not be fitted; the reasons are below.")
    return tuple(said)


def _best(trials: list[dict[str, Any]], metric: str) -> Table:
    ranked = sorted((p for p in trials if p["rank"]), key=lambda p: (p["split"], int(p["rank"])))
    shown = ranked[:SHOWN_TRIALS]
    axes = [name for name in (trials[0] if trials else {}) if name not in NO_AXIS]
    rows = [
        (
            row["rank"],
            row["model"],
            "; ".join(
                f"{axis.removeprefix('preparations.').removeprefix('classifiers.')} {row[axis]}"
                for axis in axes
                if row[axis] and not axis.startswith(("model.classifier", "model.features"))
            ),
            share(float(row["inner"])),
            share(float(row["accuracy"])) if row["accuracy"] else "",
            share(float(row["recording_accuracy"])) if row["recording_accuracy"] else "",
        )
        for row in shown
    ]
    columns = ("Rank", "Model", "Settings", f"Inner {metric}", "Per segment", "Per recording")
    return table(
        "The best trials by their inner score; accuracy is the mean over the outer folds' tests.",
        columns,
        rows,
        (1, 2),
    )


def _choices(choices: list[dict[str, Any]]) -> Table:
    rows = [
        (
            row["split"],
            row["fold"],
            row["model"],
            row["trial"],
            share(float(row["inner"])) if row["inner"] else "",
            share(float(row["accuracy"])),
            share(float(row["recording_accuracy"])),
            row["n_test"],
        )
        for row in choices
    ]
    columns = ("Split", "Outer fold", "Chosen", "Trial", "Inner", "Accuracy", "Per recording", "n")
    return table("What the inner folds of each outer fold choose.", columns, rows, (0, 1, 2))


def _failed(trials: list[dict[str, Any]]) -> tuple[Block, ...]:
    rows = [(p["trial"], p["model"], p["why"]) for p in trials if p["status"] == "failed"]
    if not rows:
        return ()
    return (table("Trials that could not be fitted.", ("Trial", "Model", "Why"), rows, (0, 1, 2)),)


def _preset(run: Run) -> str:
    path = run.folder / "best.yaml"
    return path.read_text(encoding="utf-8") if path.is_file() else ""
