"""The table of a search and what is chosen from it: trials written by hand."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from micfp.engine import store
from micfp.engine.task import Spec
from micfp.plan.params import merge, parse_params
from micfp.studies.search import search
from micfp.studies.search.records import whole_search

SPLIT = {"kind": "by_content", "test": None, "test_share": None, "folds": 2}
SELECTION = {"kind": "by_content", "folds": 2, "metric": "accuracy"}
# Inner and outer accuracy in each of two folds of 10 segments.
TRIALS: dict[str, Any] = {
    "a": {"C": 0.1, "inner": (0.80, 0.90), "outer": (0.5, 0.9)},
    "b": {"C": 1.0, "inner": (0.90, 0.85), "outer": (0.7, 1.0)},
    "c": {"C": 10.0, "inner": None, "outer": None},
}


def write_trial(key: str, inner: Any, outer: Any, **_: Any) -> None:
    folds: list[dict[str, Any]] = []
    lines = ["fold,recording,n,right,recording_right"]
    for number in range(2) if inner else ():
        row: dict[str, Any] = {"fold": number, "n_train": 10, "n_test": 10}
        row |= dict.fromkeys([f"inner_{n}" for n in search.METRICS], inner[number])
        row |= dict.fromkeys([*search.METRICS, "recording_accuracy"], outer[number])
        folds.append(row)
        right = round(10 * outer[number])  # of two recordings with five segments each
        lines += [f"{number},r{number},5,5,1", f"{number},s{number},5,{right - 5},0"]
    content = {
        "params": {"model": "svc-thesis-plain", "split": SPLIT, "part": None, "families": None},
        "status": "done" if inner else "failed",
        "why": "" if inner else "ValueError: no",
        "folds": folds,
        "n_features": 22,
        "warnings": [],
    }
    with store.writing("trial", key) as out:
        (out / "trial.json").write_text(json.dumps(content))
        (out / "recordings.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    for key, values in TRIALS.items():
        write_trial(key, **values)
    params = {
        "assignments": [
            {"model.classifier": "svc", "classifiers.svc.C": values["C"]}
            for values in TRIALS.values()
        ],
        "search": {"method": "grid", "split": SPLIT, "selection": SELECTION, "workers": 1},
        "evaluation": {"bootstrap_samples": 200, "confidence": 0.95},
        "base_model": {
            "classifier": "knn",
            "features": "thesis",
            "families": None,
            "preparation": "plain",
        },
        "seed": 1,
    }
    inputs = {"trials": tuple(store.entry_path("trial", key) for key in TRIALS)}
    out = tmp_path / "out"
    out.mkdir()
    search.run(Spec("search", "k", params, inputs, ()), out)
    return out


def test_trials_are_ranked_by_their_inner_scores(made: Path) -> None:
    trials = pd.read_csv(made / "trials.csv")
    # means of the inner scores: 0.85, 0.875
    assert trials["inner"].tolist()[:2] == [0.85, 0.875]
    assert trials["rank"].tolist()[:2] == [2, 1]
    assert trials["accuracy"].tolist()[:2] == pytest.approx([0.7, 0.85])
    failed = trials.iloc[2]
    assert (failed["status"], failed["why"]) == ("failed", "ValueError: no")
    assert pd.isna(failed["rank"])
    assert trials["classifiers.svc.C"].tolist() == [0.1, 1.0, 10.0]
    assert trials["address"].tolist() == ["trial/a", "trial/b", "trial/c"]


def test_each_outer_fold_has_its_own_choice(made: Path) -> None:
    """Fold 0 chooses b (0.90) and gets 0.7; fold 1 chooses a (0.90) and gets 0.9, not b's 1.0."""
    choices = pd.read_csv(made / "choices.csv", dtype={"fold": str})
    assert choices["trial"].tolist()[:2] == [1, 0]
    assert choices["accuracy"].tolist()[:2] == [0.7, 0.9]
    whole = choices.iloc[2]
    assert whole["fold"] == search.WHOLE
    assert whole["accuracy"] == pytest.approx((7 + 9) / 20)
    assert whole["recording_accuracy"] == 0.5  # r0 and r1, not s0 and s1
    assert whole["accuracy_low"] < 0.8 < whole["accuracy_high"]


def test_the_run_of_a_search_has_the_figure_to_quote(made: Path) -> None:
    """(7 + 9) / 20, and not 0.85, the mean of the best trial."""
    found = whole_search(made)
    assert found["accuracy"] == 0.8
    assert found["accuracy_low"] < 0.8 < found["accuracy_high"]
    assert found["recording_accuracy"] == 0.5


def test_the_best_is_a_preset_that_can_be_run(made: Path) -> None:
    text = (made / "best.yaml").read_text()
    assert "inner accuracy 0.875" in text
    assert "accuracy 0.800" in text  # the search as a whole, not the winner's own 0.85
    base = parse_params({}).model_dump(mode="json")
    params = parse_params(merge(base, yaml.safe_load(text)))
    assert params.classifiers.svc.C == 1.0
    (group,) = params.models
    assert (group.features, group.classifiers) == ("thesis", ("svc",))
    assert (params.split.kind, params.split.folds) == ("by_content", 2)


def test_every_axis_has_a_figure(made: Path) -> None:
    pages = json.loads((made / "figures" / "figures.json").read_text())
    assert [page["file"] for page in pages] == [
        "axis_model_classifier.svg",
        "axis_classifiers_svc_C.svg",
    ]
    assert all((made / "figures" / page["file"]).is_file() for page in pages)


def test_where_no_trial_could_be_fitted_nothing_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    write_trial("c", **TRIALS["c"])
    params = {
        "assignments": [{"classifiers.svc.C": 10.0}],
        "search": {"method": "grid", "split": SPLIT, "selection": SELECTION, "workers": 1},
        "evaluation": {"bootstrap_samples": 200, "confidence": 0.95},
        "base_model": {},
        "seed": 1,
    }
    inputs = {"trials": (store.entry_path("trial", "c"),)}
    out = tmp_path / "out"
    out.mkdir()
    search.run(Spec("search", "k", params, inputs, ()), out)
    assert "No trial of this search could be fitted" in (out / "best.yaml").read_text()
    assert pd.read_csv(out / "trials.csv")["status"].tolist() == ["failed"]
    assert whole_search(out) == {}


def test_the_table_of_a_grid_stands_on_what_it_shows() -> None:
    def key(**difference: Any) -> str:
        table = search.plan(parse_params({"search": difference}))["grid"]
        return str(table.key)

    for unread in ({"keep": 9}, {"n_trials": 9}, {"workers": 9}, {"storage": "sqlite:////a.db"}):
        assert key(**unread) == key(), unread
    assert key(selection={"metric": "accuracy"}) != key()
