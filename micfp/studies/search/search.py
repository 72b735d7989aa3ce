"""Step `search`: the points of a search in one table, and what is chosen from them.

Reads: points, or the trials of Bayesian studies. Writes: `points.csv` (a row a point), `folds.csv`
(a row a point and outer fold), `choices.csv` (for each outer fold the point that its inner folds
choose, and the search as a whole), `best.yaml` (a preset), and a figure an axis. What varies from
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
from micfp.studies.search.point import METRICS, share_of_rows
from micfp.studies.search.points import Space, nested, plan_points

if TYPE_CHECKING:
    import pandas as pd

STAGE = Stage("search", 2, "micfp.studies.search.search", mem_mb=2000, libraries=ARRAYS)

WHOLE = "the search as a whole"
FIGURES = "figures"


def plan(params: Params) -> dict[str, Any]:
    """Plan a search: its table, and the models of its best points.

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
        points = plan_points(space, assignments)
        inputs = {"points": points}
        datasets = tuple({t.address: t for p in points for t in p.needs()}.values())
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
    points = _points_table(found, folds, metric)
    points.to_csv(out / "points.csv", index=False)
    folds.to_csv(out / "folds.csv", index=False)
    choices = _choices(spec, points, folds, metric)
    table = pd.DataFrame(choices)
    if choices:
        table["point"] = table["point"].astype("Int64")
    table.to_csv(out / "choices.csv", index=False)
    winner = _winner(points)
    assignment = {} if winner is None else found[winner][0]
    (out / "best.yaml").write_text(_preset(spec, points, choices, winner, assignment))
    _draw(spec, out, found, points, metric)


def _found(spec: Spec) -> "Iterable[tuple[dict[str, Any], Path, dict[str, Any]]]":
    """Assignment, entry and content of every point, in their order."""
    if spec.params["search"]["method"] != "bayesian":
        pairs: Iterable[Any] = zip(spec.params["assignments"], spec.inputs["points"], strict=True)
    else:
        pairs = (
            (trial["assignment"], store.store_root() / trial["address"])
            for folder in spec.inputs["studies"]
            for trial in json.loads((folder / "trials.json").read_text())
        )
    for assignment, path in pairs:
        yield assignment, path, json.loads((path / "point.json").read_text())


def _folds_table(found: Sequence[tuple[Any, Path, Mapping[str, Any]]]) -> "pd.DataFrame":
    import pandas as pd

    rows = [
        {"point": number, "part": _part(content), **fold}
        for number, (_, _, content) in enumerate(found)
        for fold in content["folds"]
    ]
    names = [*(f"inner_{n}" for n in METRICS), *METRICS, "recording_accuracy"]
    columns = ["point", "part", "fold", "n_train", "n_test", *names]
    return pd.DataFrame(rows, columns=columns).round(dict.fromkeys(names, 6))


def _part(content: Mapping[str, Any]) -> str:
    """Which recordings a point has seen: "" for all outer folds."""
    part = content["params"]["part"]
    return "" if part is None else str(part)


def _points_table(
    found: Sequence[tuple[Mapping[str, Any], Path, Mapping[str, Any]]],
    folds: "pd.DataFrame",
    metric: str,
) -> "pd.DataFrame":
    """A row a point: its axes, means over outer folds, rank by the inner scores within its split.

    Points are ranked that have seen the same recordings: all of them, or `part` all of a Bayesian
    search.
    """
    import pandas as pd

    axes = list(dict.fromkeys(key for assignment, _, _ in found for key in assignment))
    names = [f"inner_{metric}", *METRICS, "recording_accuracy"]
    means = folds.groupby("point")[names].mean()
    rows = []
    for number, (assignment, path, content) in enumerate(found):
        row: dict[str, Any] = {"point": number, "split": _split(content), "part": _part(content)}
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
    """The outer folds of a point, in words."""
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


def _winner(points: "pd.DataFrame") -> int | None:
    """Number of the best point under the first split; None where none could be fitted."""
    first = points.index[(points["rank"] == 1) & (points["split"] == points["split"][0])]
    return int(first[0]) if len(first) else None


def _choices(
    spec: Spec, points: "pd.DataFrame", folds: "pd.DataFrame", metric: str
) -> list[dict[str, Any]]:
    """What the inner folds of each outer fold choose, and what that gives on its test part.

    The last row of a split is the search as a whole: every recording named by the choice that did
    not see it.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    tested = folds[folds["n_test"] > 0].merge(points[["point", "split"]], on="point")
    for split in dict.fromkeys(points["split"]):
        recordings = []
        of_split = tested[tested["split"] == split]
        for number in sorted(of_split["fold"].unique().tolist()):
            own = of_split[of_split["fold"] == number]
            row = own.loc[own[f"inner_{metric}"].idxmax()]
            point = points.loc[int(row["point"])]
            rows.append(
                {
                    "split": split,
                    "fold": str(number),
                    "point": int(row["point"]),
                    "model": point["model"],
                    "inner": row[f"inner_{metric}"],
                    **{name: row[name] for name in (*METRICS, "recording_accuracy")},
                    "n_test": int(row["n_test"]),
                }
            )
            path = store.store_root() / point["address"] / "recordings.csv"
            table = pd.read_csv(path, dtype={"recording": str})
            recordings.append(table[table["fold"] == number])
        if recordings:
            whole = _whole(spec, pd.concat(recordings))
            rows.append({"split": split, "fold": WHOLE} | whole)
    return rows


def _whole(spec: Spec, recordings: "pd.DataFrame") -> dict[str, Any]:
    """Accuracy a segment and a recording of all outer folds together, with intervals."""
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
    points: "pd.DataFrame",
    choices: Sequence[Mapping[str, Any]],
    winner: int | None,
    assignment: Mapping[str, Any],
) -> str:
    """The best configuration as differences from the parameters that were searched."""
    import yaml

    if winner is None:
        return "# No point of this search could be fitted: see `why` in points.csv.\n{}\n"
    whole = next((row for row in choices if row["fold"] == WHOLE), {})
    search = spec.params["search"]
    chosen = {k.removeprefix("model."): v for k, v in assignment.items() if k.startswith("model.")}
    model = spec.params["base_model"] | chosen
    group = {name: model[name] for name in ("features", "families", "preparation")}
    group["classifiers"] = [model["classifier"]]
    values = {"split": search["split"], "selection": search["selection"], **nested(assignment)}
    values["models"] = [group]
    best = points.to_dict("records")[winner]
    lines = [
        f"# The best of {len(points)} points of a search: point {winner}, "
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
            f"# {search['workers']} workers drew the points side by side: another run draws others "
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
    points: "pd.DataFrame",
    metric: str,
) -> None:
    """One figure an axis: the inner scores of the points that have each of its values."""
    from micfp.evaluation import figures

    (out / FIGURES).mkdir()
    book = figures.Book(out / FIGURES)
    done = points["status"] == "done"
    word = metric.replace("_", " ")
    for axis in dict.fromkeys(key for assignment, _, _ in found for key in assignment):
        scores: dict[str, list[float]] = {}
        for number, (assignment, _, _) in enumerate(found):
            if axis in assignment and done[number]:
                scores.setdefault(_words(assignment[axis]), []).append(points["inner"][number])
        if not scores:
            continue
        numbers = all(_is_number(value) for value in scores)
        many = numbers and len(scores) > figures.MOST_AXIS_ROWS
        book.add(
            "search",
            f"axis_{axis.replace('.', '_')}",
            f"What {axis} changes",
            f"Inner {word} of every point with that value: each dot a point, the line their "
            "median, the diamond the best. The axis does not begin at 0.",
            (7.0, 3.6) if many else figures.list_size(len(scores), 0.45),
            lambda ax, scores=scores, many=many, axis=axis: (  # type: ignore[misc]
                figures.axis_curve(ax, scores, axis=axis, metric=f"inner {word}")
                if many
                else figures.axis_values(ax, scores, axis=axis, metric=f"inner {word}")
            ),
        )
    book.close()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
