"""Axes of a search that change nothing are named."""

from pathlib import Path
from typing import Any

import pytest

from micfp.errors import MicfpError
from micfp.plan.params import Params, load_params, merge, parse_params
from micfp.plan.params_file import read_yaml
from micfp.studies.search import search
from micfp.studies.search.axes import check_axes
from micfp.studies.search.trials import Space


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))


def params(axes: dict[str, Any], **search: Any) -> Params:
    return parse_params({"search": {"axes": [axes], **search}})


def refusal(axes: dict[str, Any], **search: Any) -> str:
    with pytest.raises(MicfpError) as caught:
        check_axes(Space(params(axes, **search)))
    return str(caught.value)


RANGE = {"low": 1e-4, "high": 1e-2, "log": True}


@pytest.mark.parametrize("method", ["grid", "random", "bayesian"])
def test_the_search_refuses_what_only_networks_read(method: str) -> None:
    axes = {"model.classifier": ["svc", "knn"], "trainings.ours.learning_rate": [1e-3, 1e-4]}
    with pytest.raises(MicfpError) as caught:
        search.plan(params(axes, method=method, n_trials=2))
    assert str(caught.value) == (
        "search.axes: trainings.ours.learning_rate (none of the models of its grid reads it): "
        "without an effect an axis gives the same trials again; take it out, or add a model that "
        "reads it"
    )


@pytest.mark.parametrize("method", ["random", "bayesian"])
def test_both_ends_of_a_range_are_looked_at(method: str) -> None:
    said = refusal({"trainings.ours.learning_rate": RANGE}, method=method)
    assert "trainings.ours.learning_rate" in said
    check_axes(Space(params({"classifiers.svc.C": RANGE}, method=method)))


@pytest.mark.parametrize(
    ("axes", "name"),
    [
        ({"methods.plain_cnn.units": [8]}, "methods.plain_cnn.units"),
        ({"report.title": ["a"]}, "report.title"),
        ({"model.features": ["ltas"], "features.ltas.n_mfcc": [13, 20]}, "features.ltas.n_mfcc"),
        (
            {
                "model.families": [["rms"], ["zero_crossing_rate"]],
                "features.thesis.n_mfcc": [9, 12],
            },
            "features.thesis.n_mfcc",
        ),
        ({"segments.windows.length_s": [1.0, 2.0]}, "segments.windows.length_s"),
        ({"shard_mb": [32, 64]}, "shard_mb"),
        ({"selection.metric": ["accuracy", "f1_macro"]}, "selection.metric"),
        ({"search.split.folds": [2, 3]}, "search.split.folds"),
        ({"corpus.name": ["mine", "yours"]}, "corpus.name"),
    ],
)
def test_what_no_trial_depends_on_is_named(axes: dict[str, Any], name: str) -> None:
    assert f"search.axes: {name} (none of the models of its grid reads it)" in refusal(axes)


def test_an_axis_of_what_is_not_used_is_named() -> None:
    said = refusal({"model.classifier": ["svc"], "classifiers.knn.n_neighbors": [1, 5]})
    assert "classifiers.knn.n_neighbors (no model of its grid uses classifiers.knn)" in said


def test_an_axis_of_one_value_in_two_forms_is_named() -> None:
    said = refusal({"classifiers.svc.C": [1, 1.0]})
    assert "search.axes: classifiers.svc.C (its values are all the same)" in said


def test_all_are_named_at_once() -> None:
    said = refusal({"report.title": ["a", "b"], "overfitting.shuffles": [1, 2], "seed": [1, 2]})
    assert "report.title" in said
    assert "overfitting.shuffles" in said
    assert "seed" not in said


@pytest.mark.parametrize(
    "axes",
    [
        {"model.classifier": ["svc", "lda"], "classifiers.lda.shrinkage": ["auto", 0.1]},
        {"model.families": [["rms"], ["mfcc"]], "features.thesis.n_mfcc": [9, 12]},
        {"features.thesis.n_mfcc": [13, 20], "preparations.plain.pca": [None, 5]},
        {"split.folds": [2, 3], "selection.folds": [2, 3], "target": ["device", "model"]},
        {"bench.unit_deviation_db": [0.5, 1.0], "corpus.channel": ["mean", 0]},
        {"degrade": [[], [{"kind": "noise", "snr_db": 20}]]},
        {"trim.train": [None, {"length_minutes": 0.5}]},
        # windows count where segments are windows: on one of six values of another axis
        {
            "segments.method": ["silence", "whole", "windows"],
            "segments.windows.length_s": [1.0, 2.0],
            "segments.silence.min_silence_s": [0.5, 0.7],
        },
        # one value is no choice, and gives no trial twice
        {"classifiers.svc.C": [2.0]},
    ],
)
def test_what_trials_depend_on_is_accepted(axes: dict[str, Any]) -> None:
    check_axes(Space(params(axes)))


def test_the_searches_of_the_parameters_and_presets_are_accepted() -> None:
    root = Path(__file__).parents[2]
    check_axes(Space(load_params([root / "params.yaml"])))
    preset = read_yaml(root / "workflow" / "presets" / "ccnu_mobile.yaml")
    here = {"corpus": {"reader": "bench"}}  # its own recordings need not be there
    check_axes(Space(parse_params(merge(merge(read_yaml(root / "params.yaml"), preset), here))))
