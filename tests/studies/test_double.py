"""What the key of a doubling holds."""

from typing import Any

import pytest
from changed_params import changed_params

from micfp.engine.task import Task
from micfp.plan.models import read_fit_values
from micfp.plan.study_settings import DurationConfig
from micfp.studies.duration import double
from micfp.studies.duration.double import plan_round

CONTENTS = [{"name": name, "kind": "noise", "duration_s": 3.0} for name in ("train", "test")]
SESSION = {
    "name": "day-1",
    "room_size_m": [4.0, 3.2, 2.5],
    "loudspeaker_m": [1.0, 1.5, 1.2],
    "contents": CONTENTS,
}
BENCH = {"bench": {"sessions": [SESSION]}, "split": {"test": ["test"]}}


def planned(**difference: Any) -> tuple[Task, DurationConfig]:
    params = changed_params(**BENCH, **difference)
    return double.task(params, params.duration, "mine"), params.duration


def test_a_later_round_is_that_of_all_parameters() -> None:
    """What the key lacked the worker would take from the defaults."""
    params = changed_params(**BENCH)
    task, study = planned()
    worker = read_fit_values(task.params["params"], "here")
    assert DurationConfig.model_validate(task.params["duration"]) == study
    for minutes in (study.first_min, 2 * study.first_min):
        here, there = (plan_round(own, study, minutes, "mine") for own in (params, worker))
        assert [(case.fit.key, case.select.key) for case in here] == [
            (case.fit.key, case.select.key) for case in there
        ]
    assert worker.evaluation == params.evaluation
    assert (worker.seed, worker.selection) == (params.seed, params.selection)
    with pytest.raises(AttributeError, match="report"):
        _ = worker.report


@pytest.mark.parametrize(
    "difference",
    [
        {"report": {"title": "Another"}},
        {"tracking": {"uri": "http://127.0.0.1:5000"}},
        {"methods": {"mine": {"frames": "log_mel", "network": "plain_cnn"}}},
        {"frames": {"log_mel": {"n_mels": 16}}},
        {"search": {"keep": 9, "n_trials": 7}},
        {"split_comparison": {"random": None}},
        {"overfitting": {"shuffles": 3}},
        {"segments": {"windows": {"length_s": 3.0}, "max_length_s": 9.0}},  # it cuts its own way
        {"features": {"study": {"n_fft": 512}}},
        {"preparations": {"pca8": {"pca": 3}}},
        {"classifiers": {"knn": {"n_neighbors": 7}}},
        {"corpus": {"name": "another"}},
    ],
    ids=str,
)
def test_what_it_never_reads_doubles_nothing_again(difference: dict[str, Any]) -> None:
    assert planned(**difference)[0].key == planned()[0].key


@pytest.mark.parametrize(
    "difference",
    [
        *({"seed": 8}, {"degrade": []}, {"corpus": {"channel": "mean"}}, {"target": "device"}),
        *({"features": {"ltas": {"n_fft": 512}}}, {"preparations": {"plain": {"pca": 3}}}),
        *({"classifiers": {"svc": {"C": 2.0}}}, {"selection": {"metric": "f1_macro"}}),
        *({"evaluation": {"confidence": 0.9}}, {"duration": {"target_accuracy": 0.5}}),
    ],
    ids=str,
)
def test_what_it_reads_is_doubled_again(difference: dict[str, Any]) -> None:
    assert planned(**difference)[0].key != planned()[0].key
