"""MLflow records of the tiny run: complete, never doubled, made anew from the store; its champion.

A search and a tracking server: test_mlflow_search.py.
"""

import json
import pickle
import platform
import shutil
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from mlflow_database import champion, comparable, count_runs, folder_of, query, read_runs
from tiny_pipeline import Place, digests, free_port, planned_jobs

from micfp.fingerprint.identify import identify
from micfp.fingerprint.model import load_model
from micfp.tracking import view as view_tags

MODELS = ["knn-thesis-plain", "lda-thesis-plain", "nb-thesis-plain"]
SPANS = "select name, start_time, end_time from runs where lifecycle_stage = 'active'"


@pytest.fixture(scope="module")
def database(finished: Place) -> Path:
    return finished.folder / "mlflow.db"


def test_every_classifier_has_a_run(finished: Place, database: Path) -> None:
    runs = read_runs(database)
    assert sorted(runs) == sorted([*MODELS, "Tiny"])
    entries = json.loads((finished.folder / "results" / "run.json").read_text())["entries"]
    table = pd.read_csv(finished.folder / "results" / "tables" / "models.csv").set_index("model")
    parent = runs.pop("Tiny")
    assert parent["tags"]["micfp.address"] == entries["evaluate"]
    assert parent["tags"]["micfp.data.thesis"] == entries["datasets"]["thesis"]
    chosen = parent["params"]["chosen"]
    assert chosen in MODELS
    assert parent["tags"]["micfp.corpus"] == "tiny"
    assert parent["metrics"]["accuracy"] == pytest.approx(table.loc[chosen, "accuracy"])
    for name, run in runs.items():
        assert run["status"] == "FINISHED"
        tags, params = run["tags"], run["params"]
        assert tags["mlflow.parentRunId"] == parent["id"]
        assert tags["micfp.address"] == entries["fits"][name]
        assert tags["micfp.data"] == entries["datasets"]["thesis"]
        assert run["data"] == [("tiny (thesis)", entries["datasets"]["thesis"].partition("/")[2])]
        assert tags["micfp.git_revision"] == "unknown"  # this folder is in no checkout
        assert tags["micfp.dvc_revision"] == "none"
        assert tags["micfp.node"] == platform.node()
        assert params["model.classifier"] == name.split("-")[0]
        assert params["split.kind"] == "by_session"
        assert params["features.families"] == "mfcc, rms"
        assert params["segments.windows.length_s"] == "0.5"
        assert params["seed"] == "42"
        for metric in ("accuracy", "accuracy_low", "recording_f1_macro", "train_accuracy"):
            assert run["metrics"][metric] == pytest.approx(table.loc[name, metric])
        for cost in ("cost.fit_s", "cost.cpu_s", "cost.peak_memory_mb"):
            assert run["metrics"][cost] > 0
        artifacts = set(digests(folder_of(run)))
        assert f"figures/confusion_{name}.svg" in artifacts
    assert runs["lda-thesis-plain"]["params"]["lda.shrinkage"] == "auto"


def test_a_run_is_as_long_as_its_work_was(finished: Place, database: Path) -> None:
    entries = json.loads((finished.folder / "results" / "run.json").read_text())["entries"]
    spans = {name: (begin, end) for name, begin, end in query(database, SPANS)}
    costs = {}
    for name in MODELS:
        file = finished.store / ".costs" / f"{entries['fits'][name]}.json"
        costs[name] = json.loads(file.read_text())["wall_s"]
        begin, end = spans[name]
        assert (end - begin) / 1000 == pytest.approx(costs[name], abs=1e-3)
    begin, end = spans["Tiny"]
    assert (end - begin) / 1000 > sum(costs.values())  # and what else was made
    assert end >= max(end for _, end in spans.values())


def test_an_experiment_opens_with_corpus_and_scores(database: Path) -> None:
    found = dict(query(database, "select key, value from experiment_tags"))
    view = json.loads(found[view_tags.TAG])
    assert {"tags.`micfp.corpus`", "metrics.`accuracy`"} <= set(view["selectedColumns"])
    number = query(database, "select experiment_id from experiments where name = 'tiny'")[0][0]
    assert f"#/experiments/{number}/runs?viewStateShareKey=micfp" in found[view_tags.NOTE]


def test_logged_model_has_a_signature_and_is_of_its_run(database: Path) -> None:
    runs = read_runs(database)
    models = query(database, "select name, source_run_id, artifact_location from logged_models")
    assert sorted(model[0] for model in models) == MODELS
    for name, run, location in models:
        assert run == runs[name]["id"]
        description = (Path(location) / "MLmodel").read_text()
        # 20 MFCC and the level
        assert '"shape": [-1, 21]' in description.replace("\\", "")
        assert "skops" in description


def test_logged_folder_is_a_model_of_micfp(database: Path, corpus: Path) -> None:
    run = read_runs(database)["nb-thesis-plain"]
    model = load_model(folder_of(run) / "micfp_model")
    assert model.name == "nb-thesis-plain"
    found = identify(corpus / "disc-1" / "evening" / "b.wav", model)
    assert found.device == "disc-1"


def test_tracking_again_logs_nothing(finished: Place, database: Path) -> None:
    before = read_runs(database)
    said = finished.run("micfp", "track")
    assert said.status == 0, said.said
    assert "experiment tiny: 0 runs logged" in said.said
    assert read_runs(database) == before


@pytest.mark.slow
def test_killed_tracking_loses_and_doubles_nothing(
    finished: Place, database: Path, tmp_path: Path
) -> None:
    """Into a database of its own (MLFLOW_TRACKING_URI); killed in the middle of the second run."""
    other = tmp_path / "other.db"
    elsewhere = Place(finished.folder, {"MLFLOW_TRACKING_URI": f"sqlite:///{other}"})
    with elsewhere.started("micfp", "track") as run:
        end = time.monotonic() + 120
        while count_runs(other) < 3:
            assert run.poll() is None, "it ended before it was killed"
            assert time.monotonic() < end
            time.sleep(0.005)
    cut_off = query(other, "select status from runs")
    assert ("RUNNING",) in cut_off
    said = elsewhere.run("micfp", "track")
    assert said.status == 0, said.said
    assert comparable(read_runs(other)) == comparable(read_runs(database))
    live = "select count(*) from logged_models where lifecycle_stage = 'active'"
    assert query(other, live) == [(len(MODELS),)]


@pytest.mark.slow
def test_lost_database_is_made_anew(finished: Place, database: Path, tmp_path: Path) -> None:
    """`snakemake all` without mlflow.db logs everything again and computes nothing."""
    entries, first = finished.entries(), read_runs(database)
    for path in finished.folder.glob("mlflow.db*"):
        shutil.move(path, tmp_path)
    try:
        said = finished.make("all")
    except AssertionError:
        shutil.move(tmp_path / "mlflow.db", database)
        raise
    assert planned_jobs(said) == {"track": 1}
    assert finished.entries() == entries
    again = read_runs(database)
    assert comparable(again) == comparable(first)
    assert {run["id"] for run in again.values()}.isdisjoint(run["id"] for run in first.values())


def test_champion_is_the_chosen_model(finished: Place, database: Path) -> None:
    found = champion(database, "tiny")
    runs = read_runs(database)
    chosen = json.loads((finished.folder / "results" / "tables" / "chosen.json").read_text())
    entries = json.loads((finished.folder / "results" / "run.json").read_text())["entries"]
    assert found["run"] == runs[chosen["model"]]["id"]
    assert found["micfp.address"] == entries["fits"][chosen["model"]]
    assert float(found["micfp.inner"]) == chosen["inner"]
    assert found["micfp.metric"] == "balanced_accuracy"
    assert found["micfp.selection"] == "by_content folds=2"
    assert found["micfp.split"] == "by_session test=['evening']"
    assert found["micfp.target"] == "device"


def test_champion_identifies(finished: Place, database: Path, corpus: Path) -> None:
    recording = str(corpus / "disc-1" / "evening" / "b.wav")
    runs = read_runs(database)
    found = champion(database, "tiny")
    for address in ("models:/tiny@champion", f"models:/tiny/{found['version']}"):
        said = finished.run("micfp", "identify", recording, "--model", address, "--json")
        assert said.status == 0, said.said
        answer = json.loads(said.said)
        assert answer["device"] == "disc-1"
        assert answer["model"]["calibrated_on"] == 12  # of the morning, 3 devices x 4 contents
    run = runs["knn-thesis-plain"]["id"]
    said = finished.run("micfp", "identify", recording, "--model", f"runs:/{run}")
    assert said.status == 0, said.said
    assert "knn-thesis-plain" in said.said


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("models:/tinny@champion", "no registered model 'tinny'; there are tiny"),
        ("models:/tiny@best", "'tiny' has no alias 'best'; it has 'champion'"),
        ("models:/tiny/77", "'tiny' has no version 77; it has 'champion'"),
        ("models:/tiny", "no address of a model; there are models:/NAME@ALIAS"),
        ("runs:/0123", "there is no run '0123'"),
    ],
)
def test_address_of_nothing_is_one_sentence(
    finished: Place, database: Path, corpus: Path, address: str, sentence: str
) -> None:
    recording = str(corpus / "disc-1" / "evening" / "b.wav")
    said = finished.run("micfp", "identify", recording, "--model", address)
    assert said.status == 2
    assert said.said.startswith(f"micfp: {address}: {sentence}"), said.said
    assert said.said.count("\n") == 1


def test_no_database_and_no_server_are_one_sentence(
    finished: Place, corpus: Path, tmp_path: Path
) -> None:
    recording = str(corpus / "disc-1" / "evening" / "b.wav")
    for uri, sentence in (
        (f"sqlite:///{tmp_path}/none.db", f"no MLflow database at {tmp_path}/none.db"),
        (f"http://127.0.0.1:{free_port()}", "does not answer; is MLFLOW_TRACKING_URI"),
    ):
        elsewhere = Place(finished.folder, {"MLFLOW_TRACKING_URI": uri})
        said = elsewhere.run("micfp", "identify", recording, "--model", "models:/tiny@champion")
        assert said.status == 2
        assert sentence in said.said
        assert said.said.count("\n") == 1, said.said
    assert not (tmp_path / "none.db").exists()


def test_damaged_champion_is_one_sentence(finished: Place, database: Path, corpus: Path) -> None:
    recording = str(corpus / "disc-1" / "evening" / "b.wav")
    run = next(
        r for r in read_runs(database).values() if r["id"] == champion(database, "tiny")["run"]
    )
    file = folder_of(run) / "micfp_model" / "model.skops"
    whole = file.read_bytes()
    try:
        for content, reason in (
            (whole[: len(whole) // 2], "not a zip file"),
            (pickle.dumps(print), "no zip archive"),
        ):
            file.write_bytes(content)
            said = finished.run("micfp", "identify", recording, "--model", "models:/tiny@champion")
            assert said.status == 2
            assert said.said.startswith("micfp: models:/tiny@champion: model.skops is refused")
            assert reason in said.said
            assert "nothing in it was run" in said.said
    finally:
        file.write_bytes(whole)


@pytest.fixture
def server(finished: Place) -> Iterator[str]:
    """`mlflow ui` on a free port of this machine, on the database of the finished run."""
    port = free_port()
    command = ["mlflow", "ui", "--backend-store-uri", "sqlite:///mlflow.db"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with finished.started(*command):
        yield f"http://127.0.0.1:{port}"


def test_ui_lists_the_experiment(server: str) -> None:
    request = urllib.request.Request(
        f"{server}/api/2.0/mlflow/experiments/search",
        data=b'{"max_results": 10}',
        headers={"Content-Type": "application/json"},
    )
    end = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                found = json.load(answer)
            break
        except OSError:
            assert time.monotonic() < end, "mlflow ui does not answer"
            time.sleep(0.2)
    assert "tiny" in {experiment["name"] for experiment in found["experiments"]}
