"""Step `search`: the trials of a search in one table, and what is chosen from them.

Reads: trials, or those of Bayesian studies. Writes: `trials.csv` (a row per trial), `folds.csv`
(a row per trial and outer fold), `choices.csv` (for each outer fold the trial that its inner folds
choose, and the search as a whole), `best.yaml` (a preset), and a figure per axis. What varies from
run to run (times, memory, node) is not in them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.engine import store
from micfp.engine.libraries import ARRAYS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.plan.params import Params
from micfp.studies.search import best, study
from micfp.studies.search.axes import check_axes
from micfp.studies.search.trial import METRICS, share_of_rows
from micfp.studies.search.trials import Space, nested, plan_trials

if TYPE_CHECKING:
    import pandas as pd

STAGE = Stage("search", 4, "micfp.studies.search.search", mem_mb=2000, libraries=ARRAYS)

WHOLE = "the search as a whole"
FIGURES = "figures"


def plan(params: Params) -> dict[str, Any]:
    """Plan a search: its table, and the models of its best trials.

    Raises MicfpError for an axis that cannot be, or that changes nothing.
    """
    import numpy as np

    space = Space(params)
    space.check()
    check_axes(space)
    if params.search.method == "bayesian":
        inputs = {"studies": study.plan(params)}
        assignments: list[dict[str, Any]] = []
        datasets: tuple[Task, ...] = ()
    else:
        assignments = space.assignments(np.random.default_rng(params.seed))
        trials = plan_trials(space, assignments)
        inputs = {"trials": trials}
        datasets = tuple({t.address: t for p in trials for t in p.needs()}.values())
    read = {"method", "split", "selection"}
    if params.search.method == "bayesian":
        read.add("workers")
    table = Task(
        STAGE,
        {
            "assignments": assignments,
            "search": params.search.model_dump(mode="json", include=read),
            "evaluation": params.evaluation.model_dump(mode="json"),
            "base_model": space.model,
            "seed": params.seed,
        },
        inputs,
    )
    return {"grid": table, "best": best.task(params, table, datasets)}


def run(spec: Spec, out: Path) -> None:
    """Write tables, figures and the preset."""
    import pandas as pd

    found = list(_found(spec))
    metric = spec.params["search"]["selection"]["metric"]
    folds = _folds_table(found)
    trials = _trials_table(found, folds, metric)
    trials.to_csv(out / "trials.csv", index=False)
    folds.to_csv(out / "folds.csv", index=False)
    choices = _choices(spec, trials, folds, metric)
    table = pd.DataFrame(choices)
    if choices:
        table["trial"] = table["trial"].astype("Int64")
    table.to_csv(out / "choices.csv", index=False)
    winner = _winner(trials)
    assignment = {} if winner is None else found[winner][0]
    (out / "best.yaml").write_text(_preset(spec, trials, choices, winner, assignment))
    _draw(spec, out, found, trials, metric)


def _found(spec: Spec) -> "Iterable[tuple[dict[str, Any], Path, dict[str, Any]]]":
    """Assignment, entry and content of every trial, in their order."""
    if spec.params["search"]["method"] != "bayesian":
        pairs: Iterable[Any] = zip(spec.params["assignments"], spec.inputs["trials"], strict=True)
    else:
        pairs = (
            (trial["assignment"], store.store_root() / trial["address"])
            for folder in spec.inputs["studies"]
            for trial in json.loads((folder / "trials.json").read_text())
        )
    for assignment, path in pairs:
        yield assignment, path, json.loads((path / "trial.json").read_text())


def _folds_table(found: Sequence[tuple[Any, Path, Mapping[str, Any]]]) -> "pd.DataFrame":
    import pandas as pd

    rows = [
        {"trial": number, "part": _part(content), **fold}
        for number, (_, _, content) in enumerate(found)
        for fold in content["folds"]
    ]
    names = [*(f"inner_{n}" for n in METRICS), *METRICS, "recording_accuracy"]
    columns = ["trial", "part", "fold", "n_train", "n_test", *names]
    return pd.DataFrame(rows, columns=columns).round(dict.fromkeys(names, 6))


def _part(content: Mapping[str, Any]) -> str:
    """Which recordings a trial has seen: "" for all outer folds."""
    part = content["params"]["part"]
    return "" if part is None else str(part)


def _trials_table(
    found: Sequence[tuple[Mapping[str, Any], Path, Mapping[str, Any]]],
    folds: "pd.DataFrame",
    metric: str,
) -> "pd.DataFrame":
    """A row per trial: its axes, means over outer folds, rank by the inner scores within its split.

    Trials are ranked that have seen the same recordings: all of them, or `part` all of a Bayesian
    search.
    """
    import pandas as pd

    axes = list(dict.fromkeys(key for assignment, _, _ in found for key in assignment))
    names = [f"inner_{metric}", *METRICS, "recording_accuracy"]
    means = folds.groupby("trial")[names].mean()
    rows = []
    for number, (assignment, path, content) in enumerate(found):
        row: dict[str, Any] = {"trial": number, "split": _split(content), "part": _part(content)}
        row |= {key: _cell(assignment[key]) if key in assignment else "" for key in axes}
        row |= {"status": content["status"], "why": content["why"]}
        score = means.loc[number].to_dict() if number in means.index else {}
        row |= {"inner": score.get(f"inner_{metric}")} | {n: score.get(n) for n in names[1:]}
        row |= {
            "n_features": content["n_features"],
            "warnings": "; ".join(content["warnings"]),
            "model": content["params"]["model"],
            "address": "/".join(path.parts[-2:]),
        }
        rows.append(row)
    table = pd.DataFrame(rows).round(dict.fromkeys(["inner", *names[1:]], 6))
    comparable = table["part"].isin(["", "all"]) & (table["status"] == "done")
    judged = table["inner"].where(comparable).groupby(table["split"])
    rank = judged.rank(ascending=False, method="first")
    table.insert(3 + len(axes), "rank", rank.astype("Int64"))
    return table


def _split(content: Mapping[str, Any]) -> str:
    """The outer folds of a trial, in words."""
    split = content["params"]["split"]
    given = {name: value for name, value in split.items() if value is not None}
    kind = given.pop("kind")
    return f"{kind}, " + ", ".join(f"{name} {_cell(value)}" for name, value in given.items())


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _words(value: Any) -> str:
    """A value of an axis as it is read in a figure."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_words(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    return f"{value:g}" if isinstance(value, float) else _cell(value)


def _winner(trials: "pd.DataFrame") -> int | None:
    """Number of the best trial under the first split; None where none could be fitted."""
    first = trials.index[(trials["rank"] == 1) & (trials["split"] == trials["split"][0])]
    return int(first[0]) if len(first) else None


def _choices(
    spec: Spec, trials: "pd.DataFrame", folds: "pd.DataFrame", metric: str
) -> list[dict[str, Any]]:
    """What the inner folds of each outer fold choose, and what that gives on its test part.

    The last row of a split is the search as a whole: every recording named by the choice that did
    not see it.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    tested = folds[folds["n_test"] > 0].merge(trials[["trial", "split"]], on="trial")
    for split in dict.fromkeys(trials["split"]):
        recordings = []
        of_split = tested[tested["split"] == split]
        for number in sorted(of_split["fold"].unique().tolist()):
            own = of_split[of_split["fold"] == number]
            row = own.loc[own[f"inner_{metric}"].idxmax()]
            trial = trials.loc[int(row["trial"])]
            rows.append(
                {
                    "split": split,
                    "fold": str(number),
                    "trial": int(row["trial"]),
                    "model": trial["model"],
                    "inner": row[f"inner_{metric}"],
                    **{name: row[name] for name in (*METRICS, "recording_accuracy")},
                    "n_test": int(row["n_test"]),
                }
            )
            path = store.store_root() / trial["address"] / "recordings.csv"
            table = pd.read_csv(path, dtype={"recording": str})
            recordings.append(table[table["fold"] == number])
        if recordings:
            whole = _whole(spec, pd.concat(recordings))
            rows.append({"split": split, "fold": WHOLE} | whole)
    return rows


def _whole(spec: Spec, recordings: "pd.DataFrame") -> dict[str, Any]:
    """Accuracy per segment and a recording of all outer folds together, with intervals."""
    import numpy as np

    n = recordings["n"].to_numpy(float)
    found: dict[str, Any] = {"n_test": int(n.sum())}
    for name, right, of in (
        ("accuracy", recordings["right"].to_numpy(float), n),
        ("recording_accuracy", recordings["recording_right"].to_numpy(float), np.ones_like(n)),
    ):
        interval = share_of_rows(spec, right, of)
        found[name] = round(float(right.sum() / of.sum()), 6)
        found[f"{name}_low"] = round(interval.low, 6)
        found[f"{name}_high"] = round(interval.high, 6)
    return found


def _preset(
    spec: Spec,
    trials: "pd.DataFrame",
    choices: Sequence[Mapping[str, Any]],
    winner: int | None,
    assignment: Mapping[str, Any],
) -> str:
    """The best configuration as differences from the parameters that were searched."""
    import yaml

    if winner is None:
        return "# No trial of this search could be fitted: see `why` in trials.csv.\n{}\n"
    whole = next((row for row in choices if row["fold"] == WHOLE), {})
    search = spec.params["search"]
    chosen = {k.removeprefix("model."): v for k, v in assignment.items() if k.startswith("model.")}
    model = spec.params["base_model"] | chosen
    group = {name: model[name] for name in ("features", "families", "preparation")}
    group["classifiers"] = [model["classifier"]]
    values = {"split": search["split"], "selection": search["selection"], **nested(assignment)}
    values["models"] = [group]
    best = trials.to_dict("records")[winner]
    lines = [
        f"# The best of {len(trials)} trials of a search: trial {winner}, "
        f"{best['model']}, inner {search['selection']['metric']} "
        f"{best['inner']:.3f}.",
    ]
    if "accuracy" in whole:
        lines.append(
            f"# What such a search gives on recordings that it did not choose by: accuracy "
            f"{whole['accuracy']:.3f} ({whole['accuracy_low']:.3f}-{whole['accuracy_high']:.3f})."
        )
    if search["method"] == "bayesian" and search["workers"] > 1:
        lines.append(
            f"# {search['workers']} workers drew the trials side by side: another run draws others "
            "(search.workers: 1 repeats)."
        )
    lines += [
        "# This preset was chosen with all recordings, so its own score on them says a little more",
        "# than new ones would. Run it with the parameters that were searched:",
        "#   snakemake -j2 all --configfile params.yaml [PRESET] results/grid/best.yaml",
    ]
    return "\n".join(lines) + "\n" + yaml.safe_dump(values, sort_keys=False, allow_unicode=True)


def _draw(
    spec: Spec,
    out: Path,
    found: Sequence[tuple[Mapping[str, Any], Path, Mapping[str, Any]]],
    trials: "pd.DataFrame",
    metric: str,
) -> None:
    """One figure per axis: the inner scores of the trials that have each of its values."""
    from micfp.evaluation import figures

    (out / FIGURES).mkdir()
    book = figures.Book(out / FIGURES)
    done = trials["status"] == "done"
    word = metric.replace("_", " ")
    for axis in dict.fromkeys(key for assignment, _, _ in found for key in assignment):
        scores: dict[str, list[float]] = {}
        for number, (assignment, _, _) in enumerate(found):
            if axis in assignment and done[number]:
                scores.setdefault(_words(assignment[axis]), []).append(trials["inner"][number])
        if not scores:
            continue
        numbers = all(_is_number(value) for value in scores)
        many = numbers and len(scores) > figures.MOST_AXIS_ROWS
        book.add(
            "search",
            f"axis_{axis.replace('.', '_')}",
            (7.0, 3.6) if many else figures.list_size(len(scores), 0.45),
            lambda ax, scores=scores, many=many, axis=axis: (  # type: ignore[misc]
                figures.axis_curve(ax, scores, axis=axis, metric=f"inner {word}")
                if many
                else figures.axis_values(ax, scores, axis=axis, metric=f"inner {word}")
            ),
            kind="axis",
            axis=axis,
            metric=metric,
            **figures.extremes(list(scores), [max(own) for own in scores.values()]),
        )
    book.close()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
