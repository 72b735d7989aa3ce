"""A worker of a Bayesian search and the database of its studies."""

from pathlib import Path
from typing import Any

import pytest
from changed_params import changed_params, params_without

from micfp.engine.task import Recording, Spec, Task
from micfp.errors import MicfpError
from micfp.plan.params import Params, load_params, parse_params
from micfp.studies.search import optuna_worker, study
from micfp.studies.search.trials import Space, plan_trials


def spec_of(storage: str | None) -> Spec:
    params = parse_params({"search": {"method": "bayesian", "storage": storage}}, "here")
    task: Task = optuna_worker.task(params, (), "all", 0)
    return Spec(task.step, task.key, task.params, {}, ())


def test_studies_lie_in_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path))
    study = optuna_worker.open_study(spec_of(None))
    assert (tmp_path / ".studies" / "studies.db").exists()
    assert optuna_worker.finished(study, None) == []
    assert optuna_worker.open_study(spec_of(None)).study_name == study.study_name


@pytest.mark.parametrize(
    ("storage", "reason"),
    [
        ("sqlite:////nowhere/at/all.db", "unable to open database file"),
        ("postgresql+none://127.0.0.1/micfp", "postgresql.none"),
        ("nonsense://127.0.0.1/micfp", "nonsense"),
    ],
)
def test_database_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: str, reason: str
) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path))
    with pytest.raises(MicfpError) as raised:
        optuna_worker.open_study(spec_of(storage))
    said = str(raised.value)
    assert said.startswith(f"search.storage: {storage} cannot be used (")
    assert reason in said
    assert said.endswith("then run again: what was drawn is kept")
    assert "\n" not in said


def test_database_that_was_taken_away_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    file = tmp_path / "studies.db"
    study = optuna_worker.open_study(spec_of(f"sqlite:///{file}"))
    file.write_bytes(b"no database " * 1000)
    with pytest.raises(MicfpError, match=r"studies.db cannot be used \(.*not a database"):
        optuna_worker.finished(study, f"sqlite:///{file}")


@pytest.mark.parametrize(
    ("storage", "sentence"),
    [
        ("studies.db", "no address of a database"),
        ("postgresql://me:secret@host/micfp", "leave the password out"),
    ],
)
def test_address_that_cannot_be_is_refused(storage: str, sentence: str) -> None:
    with pytest.raises(MicfpError, match=sentence) as raised:
        parse_params({"search": {"storage": storage}}, "here")
    assert "secret" not in str(raised.value)
    assert Params().search.storage is None


# --- what the key of a worker holds ---------------------------------------------------------------


def draw_key(params: Params) -> str:
    return optuna_worker.task(params, (), "all", 0).key


def every_assignment(space: Space) -> list[dict[str, Any]]:
    """Of both grids of `CHANGED`: 2 C of the SVC and the discriminants; 2 hops."""
    found = list(space.grid())
    assert len(found) == 2 + 1 + 2
    return found


def test_every_section_differs_from_its_default() -> None:
    """A new section fails here until `CHANGED` has it: the next tests compare what is read."""
    changed, default = changed_params(), Params()
    same = [n for n in Params.model_fields if getattr(changed, n) == getattr(default, n)]
    assert same == []


@pytest.mark.parametrize("corpus", ["bench", "folder"])
@pytest.mark.parametrize("part", [0, "all"])
def test_a_worker_plans_the_trials_of_all_parameters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int | str, corpus: str
) -> None:
    """What its key lacked it would take from the defaults, and make other trials."""
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    (tmp_path / "corpus" / "phone" / "day-1").mkdir(parents=True)
    (tmp_path / "corpus" / "phone" / "day-1" / "speech.wav").write_bytes(b"RIFF")
    of_folder = {"corpus": {"reader": "folder", "root": str(tmp_path / "corpus")}}
    params = changed_params(**(of_folder if corpus == "folder" else {}))
    task = optuna_worker.task(params, (), part, 0)
    worker = Space(optuna_worker.params_of(Spec("optuna_worker", task.key, task.params, {}, ())))
    assert list(worker.grid()) == list(Space(params).grid())
    assignments = every_assignment(worker)
    here, there = (plan_trials(one, assignments, part) for one in (Space(params), worker))
    assert [trial.key for trial in here] == [trial.key for trial in there]
    assert len({trial.key for trial in here}) == len(assignments)


@pytest.mark.parametrize(
    "difference",
    [
        {"frames": {"log_mel": {"n_mels": 16}}},
        {"trainings": {"ours": {"epochs": 3}}},
        {"methods": {"mine": {"frames": "log_mel", "network": "plain_cnn"}}},
        {"paper": {"corpora": {"other": {}}}},
        {"robustness": {"methods": []}},
        {"duration": {"first_min": 1.0}},
        {"split_comparison": {"random": None}},
        {"overfitting": {"shuffles": 3}},
        {"evaluation": {"confidence": 0.9}},
        {"report": {"title": "Another"}},
        {"tracking": {"uri": "http://127.0.0.1:5000"}},
        {"corpus": {"name": "another"}},  # what reports call it
        {"split": {"test": ["1"]}},  # a search has its own
        {"selection": {"folds": 3}},
        {"search": {"keep": 9}},  # how many models are fitted once all is drawn
        {"features": {"study": {"n_fft": 512}}},  # no axis and no model names it
        {"features": {"mine": {"families": ["rms"]}}},
        {"preparations": {"plain": {"pca": 3}}},  # the first model has pca8
        {"classifiers": {"gb": {"n_estimators": 7}}},
        {"classifiers": {"knn": {"n_neighbors": 7}}},  # not the first of the first group
        {"models": [{"features": "ltas", "preparation": "pca8", "classifiers": ["svc", "rf"]}]},
    ],
    ids=str,
)
def test_what_no_trial_depends_on_draws_nothing_again(difference: dict[str, Any]) -> None:
    assert draw_key(changed_params(**difference)) == draw_key(changed_params())


@pytest.mark.parametrize(
    ("section", "name"),
    [("methods", "plain_rnn"), ("frames", "waveform"), ("features", "study"), ("features", "x")],
)
def test_removing_what_is_not_used_draws_nothing_again(section: str, name: str) -> None:
    there = {"waveform": {"family": "waveform"}, "x": {"families": ["rms"]}}
    more = {section: {name: there[name]}} if name in there else {}
    before = draw_key(changed_params(**more))
    assert before == draw_key(changed_params())
    if not more:
        assert before == draw_key(params_without(section, name))


@pytest.mark.parametrize(
    "difference",
    [
        *({"seed": 8}, {"shard_mb": 16.0}, {"corpus": {"channel": "mean"}}, {"degrade": []}),
        *({"bench": {"unit_deviation_db": 2.0}}, {"check": {"min_duration_s": 0.4}}),
        *({"trim": {"train": {}}}, {"segments": {"min_length_s": 0.4}}, {"target": "device"}),
        *({"features": {"ltas": {"n_fft": 512}}}, {"features": {"thesis": {"n_mfcc": 12}}}),
        *({"preparations": {"pca8": {"pca": 6}}}, {"classifiers": {"lda": {"shrinkage": 0.2}}}),
        {"models": [{"features": "ltas", "preparation": "plain", "classifiers": ["svc"]}]},
        *(
            {"search": {"selection": {"metric": "f1_macro"}}},
            {"evaluation": {"decision": "probability"}},
        ),
        *({"search": {"n_trials": 5}}, {"search": {"split": {"folds": 3}}}),
        *({"search": {"axes": [{"model.classifier": ["svc"]}]}}, {"search": {"workers": 2}}),
    ],
    ids=str,
)
def test_what_a_trial_depends_on_is_drawn_again(difference: dict[str, Any]) -> None:
    assert draw_key(changed_params(**difference)) != draw_key(changed_params())


def test_the_bench_counts_where_it_is_played() -> None:
    def key(deviation_db: float, **corpus: Any) -> str:
        bench = {"unit_deviation_db": deviation_db}
        return draw_key(changed_params(corpus=corpus, bench=bench))

    assert key(1.0) != key(2.0)
    folder = {"reader": "folder", "root": "/corpus"}
    assert key(1.0, **folder) == key(2.0, **folder)


def test_a_worker_that_reads_another_section_fails() -> None:
    """It would take the defaults in place of what was set."""
    task = optuna_worker.task(changed_params(), (), "all", 0)
    worker = optuna_worker.params_of(Spec("optuna_worker", task.key, task.params, {}, ()))
    trial = Space(worker).trial(every_assignment(Space(worker))[0])
    for params in (worker, trial.params, Space(changed_params()).trial({}).params):
        for name in ("frames", "methods", "split_comparison", "report"):
            with pytest.raises(AttributeError, match=name):
                getattr(params, name)
    with pytest.raises(AttributeError, match="keep"):
        _ = worker.search.keep
    with pytest.raises(AttributeError, match="gb"):
        _ = worker.classifiers.gb
    with pytest.raises(AttributeError, match="name"):
        _ = worker.corpus.name
    with pytest.raises(AttributeError, match="confidence"):
        _ = worker.evaluation.confidence


def test_a_study_holds_what_its_workers_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "plan_recordings", lambda params: [Recording("r", "r", {}, 0)])
    plain, other = (study.plan(changed_params(**d)) for d in ({}, {"report": {"title": "Other"}}))
    assert [task.key for task in plain] == [task.key for task in other]


def test_a_worker_has_all_trials_of_every_preset() -> None:
    root = Path(__file__).parents[2]
    for preset in sorted((root / "workflow" / "presets").glob("*.yaml")):
        params = load_params([root / "params.yaml", preset])
        task = optuna_worker.task(params, (), "all", 0)
        worker = optuna_worker.params_of(Spec("optuna_worker", task.key, task.params, {}, ()))
        here, there = (
            [one.trial(assignment).params.features for assignment in one.grid()]
            for one in (Space(params), Space(worker))
        )
        for all_sets, own_sets in zip(here, there, strict=True):
            assert own_sets.items() <= all_sets.items(), preset
