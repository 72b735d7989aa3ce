"""Trials of a search: how many there are, what each changes, what they share."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micfp.errors import MicfpError
from micfp.plan.params import Params, load_params, parse_params
from micfp.studies.search.trials import Space, drawn_from, nested, plan_trials


def space(*axes: dict[str, Any], **search: Any) -> Space:
    return Space(parse_params({"search": {"axes": list(axes), **search}}))


def assignments(*axes: dict[str, Any], seed: int = 0, **search: Any) -> list[dict[str, Any]]:
    return space(*axes, **search).assignments(np.random.default_rng(seed))


def test_an_axis_counts_for_the_trials_that_use_it() -> None:
    found = assignments(
        {
            "model.classifier": ["svc", "knn"],
            "preparations.plain.scaling": ["standard", "none"],
            "classifiers.svc.C": [0.1, 1, 10],
            "features.ltas.quiet_share": [0.1, 0.2],  # the model uses the thesis's features
        }
    )
    # svc: 2 scalings x 3 C = 6; knn: 2 scalings
    assert len(found) == 8
    assert found[0] == {
        "model.classifier": "svc",
        "preparations.plain.scaling": "standard",
        "classifiers.svc.C": 0.1,
    }
    assert found[-1] == {"model.classifier": "knn", "preparations.plain.scaling": "none"}


def test_a_trial_of_two_grids_is_one() -> None:
    one = {"model.classifier": ["svc", "knn"]}
    assert len(assignments(one, {"model.classifier": ["knn", "lda"]})) == 3


def test_a_trial_has_its_values_and_the_folds_of_the_search() -> None:
    own = space({"model.classifier": ["svc"]}, split={"kind": "by_session", "folds": 2})
    trial = own.trial(
        {
            "model.classifier": "svc",
            "model.features": "ltas",
            "model.families": ["ltas"],
            "classifiers.svc.C": 7.0,
            "preparations.plain.pca": 5,
            "segments.windows": {"length_s": 2.0, "hop_s": 0.5},
            "split.folds": 3,
        }
    )
    assert trial.model.name == "svc-ltas-plain"
    assert trial.model.families == ("ltas",)
    assert trial.params.classifiers.svc.C == 7.0
    assert trial.params.classifiers.knn == Params().classifiers.knn
    assert trial.params.preparations["plain"].pca == 5
    assert trial.params.segments.windows.length_s == 2.0
    assert (trial.params.split.kind, trial.params.split.folds) == ("by_session", 3)


def test_the_default_search_is_right() -> None:
    """8 classifiers x 2 scalings on the thesis's features, 4 x 2 on the spectrum."""
    default = Space(Params())
    default.check()
    assert len(default.assignments(np.random.default_rng(0))) == 24


def test_the_preset_of_the_real_phones_says_how_many_trials() -> None:
    root = Path(__file__).parents[2]
    preset = root / "workflow" / "presets" / "ccnu_mobile.yaml"
    real = Space(load_params([root / "params.yaml", preset]))
    real.check()
    count = len(real.assignments(np.random.default_rng(0)))
    # 2 families x 3 lengths x 3 scalings x (6 + 3 neighbours + 2 shrinkages) = 198; spectrum:
    # 3 lengths x 2 scalings x 11 = 66; boosting: 2 families x 2 lengths = 4
    assert count == 198 + 66 + 4
    assert f"{count} trials" in preset.read_text()


RANGES = {
    "model.classifier": ["svc", "lr"],
    "features.thesis.n_mfcc": {"low": 8, "high": 20},
    "classifiers.svc.C": {"low": 0.01, "high": 100.0, "log": True},
}


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    first = assignments(RANGES, method="random", n_trials=20)
    assert first == assignments(RANGES, method="random", n_trials=20)
    assert first != assignments(RANGES, method="random", n_trials=20, seed=1)
    assert len({str(trial) for trial in first}) == 20
    for trial in first:
        assert 8 <= trial["features.thesis.n_mfcc"] <= 20
        assert isinstance(trial["features.thesis.n_mfcc"], int)
        assert ("classifiers.svc.C" in trial) == (trial["model.classifier"] == "svc")
        assert 0.01 <= trial.get("classifiers.svc.C", 1.0) <= 100


def test_a_logarithmic_range_is_even_over_decades() -> None:
    rng = np.random.default_rng(3)
    axis = space(RANGES, method="random").search.axes[0]["classifiers.svc.C"]
    drawn = np.array([drawn_from(axis, rng) for _ in range(4000)])
    # four decades: a quarter of the draws in each, within 4 standard deviations of 1.4 %
    shares = np.histogram(np.log10(drawn), bins=[-2, -1, 0, 1, 2])[0] / 4000
    assert np.all(np.abs(shares - 0.25) < 0.028)


def test_a_sample_cannot_be_larger_than_the_lists_allow() -> None:
    with pytest.raises(MicfpError, match="20 trials asked for, and the axes have about 2"):
        assignments({"model.classifier": ["svc", "lr"]}, method="random", n_trials=20)


def test_trials_share_what_they_agree_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path))
    own = space(
        {
            "model.classifier": ["knn", "nb"],
            "preparations.plain.scaling": ["standard", "none"],
            "features.thesis.n_mfcc": [13, 20],
            "segments.silence.min_silence_s": [0.5, 0.7],
        }
    )
    trials = plan_trials(own, own.assignments(np.random.default_rng(0)))
    assert len({trial.key for trial in trials}) == 16
    datasets = {trial.inputs["dataset"][0].address for trial in trials}
    assert len(datasets) == 4  # 2 numbers of cepstra x 2 segmentations
    segments = {t.address for p in trials for t in p.inputs["dataset"][0].inputs["segments"]}
    assert len(segments) == 2 * 2  # 2 segmentations x 2 sessions of the bench
    assert len({p.inputs["dataset"][0].inputs["quality"][0].address for p in trials}) == 1


@pytest.mark.parametrize(
    ("axes", "sentence"),
    [
        ({"classifiers.svc.c": [1]}, "the nearest right one is 'C'"),
        ({"classifiers.svm.C": [1]}, "speaks of 'svm'; under classifiers there are svc, knn"),
        ({"model.classifier": ["svm"]}, "names 'svm'; there are svc, knn"),
        ({"model.features": ["mfcc"]}, "names 'mfcc'; there are thesis, ltas, study"),
        ({"segments.windows.length": [1]}, "the nearest right one is 'length_s'"),
        ({"classifiers.svc.C": [-1.0]}, "classifiers.svc.C = -1.0"),
        (
            {"model.features": ["ltas"], "features.ltas.engine": ["fast", "librosa"]},
            "features.ltas: librosa has no function for ltas",
        ),
    ],
)
def test_a_wrong_axis_is_named(axes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MicfpError, match=sentence):
        space(axes).check()


@pytest.mark.parametrize(
    ("search", "sentence"),
    [
        ({"axes": [{"model.classifier": []}]}, "the axis model.classifier has no values"),
        ({"axes": [{"model.kind": ["svc"]}]}, "no axis 'model.kind'"),
        ({"axes": [RANGES]}, "is a range: a grid needs a list of values"),
        ({"axes": [{"seed": {"low": 2, "high": 1}}], "method": "random"}, "must be above low"),
    ],
)
def test_a_wrong_search_is_named(search: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MicfpError, match=sentence):
        parse_params({"search": search})


def test_differences_are_nested() -> None:
    found = nested({"model.classifier": "svc", "a.b": 1, "a.c": [2], "d": None})
    assert found == {"a": {"b": 1, "c": [2]}, "d": None}
