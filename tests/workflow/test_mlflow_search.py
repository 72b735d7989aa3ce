"""MLflow records of a search, in a file and through a real tracking server."""

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from mlflow_database import champion, comparable, count_runs, folder_of, query, read_runs
from tiny_pipeline import Place, digests, free_port, place

pytestmark = pytest.mark.slow

SEARCH = {
    "axes": [
        {
            "model.classifier": ["nb", "lda"],
            "preparations.plain.scaling": ["standard", "none"],
            "classifiers.lda.shrinkage": ["auto", 7.0],  # 7 cannot be
        }
    ],
    "split": {"kind": "by_content", "folds": 2},
    "selection": {"kind": "by_content", "folds": 2},
    "keep": 2,
}


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory, corpus: Path, finished: Place) -> Place:
    """A grid of 6 trials, two of which cannot be fitted, on the store of the finished run."""
    folder = tmp_path_factory.mktemp("search") / "searched"
    made = place(folder, corpus, MICFP_STORE=str(finished.store))
    made.edit({"search": SEARCH})
    done = made.snakemake("grid")
    assert done.status == 0, done.said
    return made


@pytest.fixture(scope="module")
def database(searched: Place) -> Path:
    return searched.folder / "mlflow.db"


def test_every_trial_has_a_run(searched: Place, database: Path) -> None:
    runs = read_runs(database)
    parent = runs.pop("Tiny: grid")
    folder = searched.folder / "results" / "grid"
    trials = pd.read_csv(folder / "trials.csv")
    folds = pd.read_csv(folder / "folds.csv")
    assert len(trials) == len(runs) == 6
    assert parent["params"]["search.method"] == "grid"
    assert parent["metrics"]["trials"] == 6
    assert parent["metrics"]["failed"] == 2
    whole = pd.read_csv(folder / "choices.csv").iloc[-1]
    for name in ("accuracy", "accuracy_low", "recording_accuracy"):
        assert parent["metrics"][name] == whole[name]
    assert parent["metrics"]["inner"] == trials["inner"].max()
    assert parent["params"]["split.kind"] == "by_content"
    artifacts = set(digests(folder_of(parent)))
    assert {"tables/trials.csv", "tables/folds.csv", "tables/best.yaml"} <= artifacts
    assert "figures/axis_model_classifier.svg" in artifacts
    for trial in trials.to_dict(orient="records"):
        run = runs[f"{trial['trial']:05d} {trial['model']}"]
        assert run["tags"]["mlflow.parentRunId"] == parent["id"]
        assert run["tags"]["micfp.address"] == trial["address"]
        assert run["tags"]["micfp.node"]
        assert run["metrics"]["cost.cpu_s"] > 0
        params = run["params"]
        assert params["model.classifier"] == trial["model.classifier"]
        assert params["preparation.scaling"] == trial["preparations.plain.scaling"]
        assert params["features.families"] == "mfcc, rms"
        assert params["split.folds"] == "2"
        assert params["selection.kind"] == "by_content"
        data = json.loads((searched.store / trial["address"] / "trial.json").read_text())["dataset"]
        assert run["data"] == [("tiny", data.partition("/")[2])]
        own = folds[folds["trial"] == trial["trial"]]
        if trial["status"] == "failed":
            assert run["status"] == "FAILED"
            assert "shrinkage" in run["tags"]["micfp.why"]
            assert own.empty
            continue
        assert run["status"] == "FINISHED"
        assert run["metrics"]["inner"] == trial["inner"]
        for name, column in (
            ("outer.accuracy", "accuracy"),
            ("outer.recording_accuracy", "recording_accuracy"),
            ("inner.balanced_accuracy", "inner_balanced_accuracy"),
        ):
            steps = {step: value for key, step, value in run["steps"] if key == name}
            assert steps == dict(zip(own["fold"], own[column], strict=True))


def test_best_trials_keep_models_and_the_first_is_champion(database: Path) -> None:
    runs = read_runs(database)
    kept = {
        name: run["metrics"]["rank"]
        for name, run in runs.items()
        if "micfp_model/model.skops" in digests(folder_of(run))
    }
    assert sorted(kept.values()) == [1, 2]
    for name in kept:
        assert "figures/classes.svg" in digests(folder_of(runs[name]))
    (first,) = (name for name, rank in kept.items() if rank == 1)
    found = champion(database, "tiny")
    assert found["run"] == runs[first]["id"]
    assert found["micfp.address"] == runs[first]["tags"]["micfp.address"]
    assert float(found["micfp.inner"]) == runs[first]["metrics"]["inner"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, searched: Place) -> Iterator[Place]:
    """A tracking server with a database and artifacts of its own; the folder knows its address."""
    home = Place(tmp_path_factory.mktemp("server"))
    port = free_port()
    command = ["mlflow", "server", "--backend-store-uri", "sqlite:///server.db"]
    command += ["--serve-artifacts", "--artifacts-destination", str(home.folder / "kept")]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with home.started(*command):
        end = time.monotonic() + 180
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=20).close()
                break
            except OSError:
                assert time.monotonic() < end, "the server does not answer"
                time.sleep(0.2)
        env = {**searched.env, "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}"}
        yield Place(searched.folder, env | {"SERVER_FOLDER": str(home.folder)})


@pytest.mark.faults
def test_server_has_what_the_file_has_also_after_a_kill(
    served: Place, database: Path, corpus: Path
) -> None:
    home = Path(served.env["SERVER_FOLDER"])
    other = home / "server.db"
    with served.started("micfp", "track") as run:
        end = time.monotonic() + 180
        while count_runs(other) < 4:
            assert run.poll() is None, "it ended before it was killed"
            assert time.monotonic() < end
            time.sleep(0.005)
    assert ("RUNNING",) in query(other, "select status from runs")
    said = served.run("micfp", "track")
    assert said.status == 0, said.said
    assert comparable(read_runs(other), home / "kept") == comparable(read_runs(database))
    said = served.run("micfp", "track")
    assert "experiment tiny: 0 runs logged" in said.said
    ours, theirs = champion(database, "tiny"), champion(other, "tiny")
    assert theirs["micfp.address"] == ours["micfp.address"]
    assert theirs["version"] == 1

    recording = str(corpus / "disc-1" / "evening" / "b.wav")
    said = served.run("micfp", "identify", recording, "--model", "models:/tiny@champion", "--json")
    assert said.status == 0, said.said
    assert json.loads(said.said)["device"] == "disc-1"
    said = served.run("micfp", "identify", recording, "--model", "models:/none@champion")
    assert said.said == "micfp: models:/none@champion: no registered model 'none'; there are tiny\n"
