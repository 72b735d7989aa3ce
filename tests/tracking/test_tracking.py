"""What tracking does without MLflow; the records themselves: tests/workflow/test_mlflow*.py."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from micfp.engine import store
from micfp.engine.pulled import Pulled, publish_entries
from micfp.engine.task import Task
from micfp.errors import MicfpError
from micfp.plan.params import Params, parse_params
from micfp.studies.registry import STAGES, TRACKED
from micfp.tables import LABELS, write_table
from micfp.tracking import client, fetch, log, provenance, records, registry


def test_parameters_become_flat_names() -> None:
    nested = {"seed": 42, "split": {"kind": "by_session", "test": ["b", "c"]}, "knn": {"k": None}}
    assert records.flatten(nested) == {
        "seed": "42",
        "split.kind": "by_session",
        "split.test": "b, c",
        "knn.k": "None",
    }
    assert records.flatten({"pairs": [[1, 2], [3, 4]]}) == {"pairs": "[[1, 2], [3, 4]]"}


def test_long_values_fit_into_mlflow() -> None:
    (value,) = records.flatten({"list": list(range(1000))}).values()
    assert len(value) == records.MOST_PARAM_LENGTH
    assert value.startswith("0, 1, 2,")


def test_question_says_what_inner_scores_compare_with() -> None:
    def question(**difference: object) -> records.Question:
        params = parse_params(difference) if difference else Params()
        return records.question_of(params, params.split, params.selection, "dataset/0")

    asked = question()
    assert asked.split == "by_session test=['day-2']"
    assert asked.selection == "by_content folds=4"
    assert asked == question(seed=7)
    for difference in (
        {"target": "model"},
        {"selection": {"folds": 3}},
        {"selection": {"metric": "accuracy"}},
        {"split": {"kind": "by_content", "folds": 4}},
    ):
        assert asked != question(**difference)
    assert asked.tags()["micfp.metric"] == "balanced_accuracy"


def test_experiment_names_become_names_of_models() -> None:
    assert registry.model_name("own recordings", "") == "own recordings"
    assert registry.model_name("/team/Bob's: 2", "") == "-team-Bob-s- 2"
    assert registry.model_name("team/2", "fingerprint") == "team-2-fingerprint"


def test_address_of_a_model_or_a_folder() -> None:
    assert fetch.is_address("models:/thesis@champion")
    assert fetch.is_address("runs:/0123")
    assert not fetch.is_address("results/models/default")
    assert not fetch.is_address("models/default")


def test_version_of_recordings_under_dvc(tmp_path: Path) -> None:
    root = tmp_path / "data" / "mine"
    root.mkdir(parents=True)
    assert provenance.dvc_revision(None) == "none"
    assert provenance.dvc_revision(root) == "none"
    (tmp_path / "data" / "mine.dvc").write_text(
        "outs:\n- md5: 0a1b.dir\n  hash: md5\n  path: mine\n"
    )
    assert provenance.dvc_revision(root) == "0a1b.dir"
    assert provenance.dvc_revision(root / "recordings.csv") == "0a1b.dir"
    (tmp_path / "data" / "mine.dvc").write_text("outs: nothing\n")
    assert provenance.dvc_revision(root) == "unknown"


def test_nothing_published_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MicfpError, match="nothing is published yet; run `snakemake all` first"):
        log.track(None, TRACKED)
    with pytest.raises(MicfpError, match="abc: no such order; run snakemake"):
        log.track("abc", TRACKED)


def test_only_tracked_targets_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    markers = tmp_path / "results" / ".published"
    markers.mkdir(parents=True)
    (markers / "a").write_text('{"target": "features", "files": []}')
    with pytest.raises(MicfpError, match="nothing is published yet"):
        log._published({"all", "grid"})
    (markers / "b").write_text('{"target": "grid", "files": []}')
    (markers / "c").write_text('{"target": "all", "files": []}')
    assert log._published({"all", "grid"}) == ["c", "b"]


def test_git_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=30
        ).stdout.strip()

    def revision() -> str:
        provenance.git_revision.cache_clear()
        return provenance.git_revision()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert revision() == "unknown"
    git("init", "-q")
    (tmp_path / "file").write_text("one\n")
    git("add", "file")
    git("commit", "-q", "-m", "one")
    head = git("rev-parse", "--short=12", "HEAD")
    assert revision() == head
    (tmp_path / "file").write_text("two\n")
    assert revision() == f"{head}-dirty"
    provenance.git_revision.cache_clear()


def _chosen(address: str, inner: float, folds: int) -> records.Chosen:
    asked = records.InnerQuestion(
        "mine", "0a", "device", "by_content", f"folds={folds}", "accuracy"
    )
    return records.Chosen(address, inner, asked)


def test_champion_has_the_best_score_of_the_question_asked_last(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with client.connected(uri, then="") as mlflow:
        experiment = mlflow.create_experiment("mine", f"file://{tmp_path}/artifacts")
        run = mlflow.create_run(experiment)
        mlflow.create_logged_model(experiment, "model", run.info.run_id)

        def promoted(inner: float, address: str, folds: int = 4) -> tuple[int, str]:
            registry.promote(mlflow, "mine", run, _chosen(address, inner, folds))
            version = mlflow.get_model_version_by_alias("mine", "champion")
            return int(version.version), version.tags["micfp.address"]

        assert promoted(0.8, "fit/a") == (1, "fit/a")
        assert promoted(0.8, "fit/a") == (1, "fit/a"), "the same model is not registered twice"
        assert promoted(0.7, "fit/b") == (1, "fit/a"), "a worse one does not take its place"
        assert promoted(0.8, "fit/c") == (3, "fit/c"), "of equals the newer"
        assert promoted(0.5, "fit/a", folds=3) == (4, "fit/a"), "another question, another score"
        assert promoted(0.9, "fit/d") == (5, "fit/d")
        assert promoted(0.4, "fit/e", folds=3) == (4, "fit/a")
        mlflow.create_model_version("mine", f"file://{tmp_path}/by-hand")
        assert promoted(0.6, "fit/f") == (5, "fit/d"), "what others registered is left alone"


@dataclass(frozen=True)
class _ErrorQuestion(records.Question):
    models = "judged"
    score = "error"
    smallest_is_best = True

    trials: str


def test_champion_has_the_smallest_error_of_the_same_trials(tmp_path: Path) -> None:
    """Of models that are files of a run: each run is a parent, and holds the file of its model."""
    experiment = "mine"
    with client.connected(f"sqlite:///{tmp_path}/mlflow.db", then="") as mlflow:
        mlflow.create_experiment(experiment, f"file://{tmp_path}/artifacts")

        def logged(error: float, name: str, trials: str = "a") -> tuple[int, str]:
            file = tmp_path / f"{name}.safetensors"
            file.write_text(f"the bytes of {name}")
            address = f"judge/{name}"
            run = records.Record(name, address, {}, {}, {}, model_files=(file,))
            chosen = records.Chosen(address, error, _ErrorQuestion(trials), f"about {name}")
            log.log(mlflow, experiment, records.Records(run, (), chosen))
            version = mlflow.get_model_version_by_alias("mine-judged", "champion")
            assert version.tags["micfp.error"]
            assert version.description == f"about {version.tags['micfp.address'][-1]}"
            return int(version.version), version.tags["micfp.address"]

        assert logged(0.2, "a") == (1, "judge/a")
        assert logged(0.2, "a") == (1, "judge/a"), "the same model is not registered twice"
        run = mlflow.get_model_version("mine-judged", "1").run_id
        mlflow.update_run(run, "RUNNING")
        assert logged(0.2, "a") == (1, "judge/a"), "nor is one that a kill cut off"
        assert mlflow.get_run(run).info.status == "FINISHED"
        assert logged(0.3, "b") == (1, "judge/a"), "a worse one does not take its place"
        assert logged(0.2, "c") == (3, "judge/c"), "of equals the newer"
        assert logged(0.01, "d", trials="easy") == (4, "judge/d")
        assert logged(0.1, "e") == (5, "judge/e"), "no score of other trials is in its way"
        assert logged(0.4, "f") == (5, "judge/e")
        assert [model.name for model in mlflow.search_registered_models()] == ["mine-judged"]

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    for address, name in (("@champion", "e"), ("/2", "b"), ("/4", "d")):
        with fetch.fetched(f"models:/mine-judged{address}", uri) as folder:
            (file,) = folder.iterdir()
            assert file.read_text() == f"the bytes of {name}"
    assert not folder.exists()


def test_champion_is_compared_where_grid_shares_the_data_set_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After `dvc pull` into an empty store a worse model must not take its place.

    The question of a score names the recordings of its data set, and without the data set's table
    only its address: a question of its own. `all` finds the table with the target `features`.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "first"))
    table = pd.DataFrame({"recording": ["r1", "r2"]} | {name: ["a", "b"] for name in LABELS})
    datasets = [Task(STAGES["dataset"], {"about": {"features": name}}) for name in ("mfcc", "ltas")]
    for dataset in datasets:
        dataset.write_spec()
        with store.writing(dataset.step, dataset.key) as out:
            write_table(table, out / "table.parquet")
    better, worse = datasets
    publish_entries("features", [better.address], STAGES)
    before = _question(better.address)
    publish_entries("features", [worse.address], STAGES)
    publish_entries("grid", [worse.address], STAGES)

    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "second"))
    Pulled().take_back_all("all")
    after = _question(worse.address)
    with client.connected(f"sqlite:///{tmp_path}/mlflow.db", then="") as mlflow:
        experiment = mlflow.create_experiment("mine", f"file://{tmp_path}/artifacts")
        run = mlflow.create_run(experiment)
        mlflow.create_logged_model(experiment, "model", run.info.run_id)
        registry.promote(mlflow, "mine", run, records.Chosen("fit/a", 0.8, before))
        registry.promote(mlflow, "mine", run, records.Chosen("fit/b", 0.7, after))
        version = mlflow.get_model_version_by_alias("mine", "champion")
    assert version.tags["micfp.address"] == "fit/a"


def _question(dataset: str) -> records.Question:
    params = Params()
    return records.question_of(params, params.split, params.selection, dataset)


def test_what_mlflow_refuses_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "mlflow.db"
    file.write_text("no database at all, whatever its name says\n" * 50)
    with (
        pytest.raises(MicfpError, match=r"^MLflow at sqlite.*not a database.*; look$"),
        client.connected(f"sqlite:///{file}", then="look") as mlflow,
    ):
        mlflow.search_experiments()
