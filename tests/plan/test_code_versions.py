"""A raised version of a classifier or a family is part of the keys that it stands behind.

Whoever edits the file of one raises it: what the edited code makes is made, and nothing else.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from micfp.engine.task import Recording, Task
from micfp.features import registry
from micfp.features.frames import FRAME_FAMILIES
from micfp.features.registry import FAMILIES, versions_read
from micfp.models.classifiers import CLASSIFIERS
from micfp.plan.experiment import plan_corpus, plan_experiment
from micfp.plan.frames import train_task
from micfp.plan.params import Params, parse_params
from micfp.studies.search import optuna_worker, study
from micfp.studies.search.trials import Space, plan_trials

PARAMS = parse_params(
    {
        "models": [
            {"features": "thesis", "preparation": "plain", "classifiers": ["svc", "knn"]},
            {"features": "ltas", "preparation": "plain", "classifiers": ["lda"]},
        ]
    }
)


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))


@contextmanager
def raised(declared: Any, name: str) -> Iterator[None]:
    """The registry as it is once the version of one entry is raised to 2."""
    before = declared[name]
    declared[name] = replace(before, version=2)
    try:
        yield
    finally:
        declared[name] = before


def keys(params: Params = PARAMS) -> dict[str, str]:
    made = plan_experiment(params)
    found = {f"fit {name}": task for name, task in made.fits.items()}
    found |= {f"inner {name}": task for name, task in made.selects.items()}
    found |= {f"overfit {name}": task for name, task in made.overfits.items()}
    found |= {f"table {name}": task for name, task in made.datasets.items()}
    return {role: task.key for role, task in found.items()}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {role for role in before if before[role] != after[role]}


def test_a_raised_classifier_is_fitted_again_and_no_other() -> None:
    before = keys()
    with raised(CLASSIFIERS, "knn"):
        own = {f"{step} knn-thesis-plain" for step in ("fit", "inner", "overfit")}
        assert changed(before, keys()) == own
    with raised(CLASSIFIERS, "gb"):  # none of the models
        assert keys() == before


def test_a_raised_family_is_measured_again_and_no_other() -> None:
    before = keys()
    with raised(FAMILIES, "ltas"):
        after = {f"{step} lda-ltas-plain" for step in ("fit", "inner", "overfit")}
        assert changed(before, keys()) == after | {"table ltas"}


def test_a_family_that_is_made_of_another_follows_it() -> None:
    deltas = registry.FeatureSet(families=("delta_mfcc",))
    assert versions_read(deltas) == {}
    with raised(FAMILIES, "delta_mfcc"):
        assert versions_read(deltas) == {"delta_mfcc": 2}
    # as if the file of mfcc said 2: delta_mfcc holds the same declaration
    mfcc, own = replace(FAMILIES["mfcc"], version=2), FAMILIES["delta_mfcc"]
    before = dict(FAMILIES)
    FAMILIES.update(mfcc=mfcc, delta_mfcc=replace(own, base=mfcc))
    try:
        assert versions_read(deltas) == {"mfcc": 2}
    finally:
        FAMILIES.update(before)


def recordings() -> tuple[Recording, ...]:
    labels = {"device": "d", "make": "", "model": "m", "unit": "", "content": "c"}
    return tuple(
        Recording(name, f"/{name}.wav", labels | {"session": session}, 10**6)
        for name, session in (("a", "day-1"), ("b", "day-2"))
    )


def test_a_raised_family_of_frames_is_cut_again() -> None:
    def key(name: str) -> str:
        return plan_corpus(PARAMS, recordings()).matrix(PARAMS, name).key

    before = key("log_mel"), key("mfcc39")
    with raised(FRAME_FAMILIES, "log_mel"):
        assert key("log_mel") != before[0]
        assert key("mfcc39") == before[1]


def test_a_method_with_a_raised_classifier_is_trained_again() -> None:
    def key() -> str:
        matrix = plan_corpus(PARAMS, recordings()).matrix(PARAMS, "mfcc39")
        method, training = PARAMS.methods["mfcc_svm"], PARAMS.trainings["ours"]
        return train_task(PARAMS, "mfcc_svm", method, training, matrix).key

    before = key()
    with raised(CLASSIFIERS, "knn"):
        assert key() == before
    with raised(CLASSIFIERS, "svc"):
        assert key() != before


def trial_keys() -> list[str]:
    space = Space(PARAMS)
    return [task.key for task in plan_trials(space, list(space.grid())[:2])]


def worker_key() -> str:
    return optuna_worker.task(PARAMS, recordings(), "all", 0).key


@pytest.mark.parametrize(("declared", "name"), [(CLASSIFIERS, "svc"), (FAMILIES, "mfcc")])
@pytest.mark.parametrize("found", [trial_keys, worker_key])
def test_a_search_tries_again_what_was_raised(
    found: Callable[[], Any], declared: Any, name: str
) -> None:
    before = found()
    with raised(declared, name):
        assert found() != before
    with raised(CLASSIFIERS, "src"):  # on no axis
        assert found() == before


def test_a_study_and_its_workers_mean_the_same_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name in the database follows from all but the number of the worker."""
    monkeypatch.setattr(study, "plan_recordings", lambda params: list(recordings()))
    bayesian = parse_params({"search": {"method": "bayesian"}})

    def named(task: Task) -> dict[str, Any]:
        return {**task.params, "worker": None}

    with raised(CLASSIFIERS, "svc"):
        for task in study.plan(bayesian):
            assert all(named(task) == named(draw) for draw in task.inputs["draws"])
            assert task.params["versions"] == {"svc": 2}
