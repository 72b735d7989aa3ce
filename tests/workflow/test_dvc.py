"""DVC as its users expect it to work: `repro`, other checkouts, experiments, remotes."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml
from tiny_pipeline import (
    CHECKOUT,
    OTHER_NEIGHBOURS,
    TINY,
    Changed,
    Place,
    digests,
    made,
    new_entries,
    planned_jobs,
)

FILES = (".dvcignore", ".gitignore", "Snakefile", "dvc.yaml", "params.yaml", "data/.gitignore")
FOLDERS = (".dvc", "micfp", "profiles", "workflow")
MODELS = {"knn-thesis-plain", "nb-thesis-plain", "lda-thesis-plain"}
KNN = "results/metrics/knn-thesis-plain.json"
METRICS = ["accuracy", "balanced_accuracy", "f1_macro", "model", "recording_accuracy"]
NOTHING = "Nothing to be done"
# Measured times, and where the corpus lies.
VARIES = ("times.csv", "report.html", "run.json", "provenance.json")


def git(place: Place, *arguments: str) -> str:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    done = place.run("git", *who, *arguments)
    assert done.status == 0, done.said
    return done.said


def dvc(place: Place, *arguments: str) -> str:
    done = place.run("dvc", *arguments)
    assert done.status == 0, done.said
    return done.said


def published(place: Place) -> dict[str, str]:
    """What lies under results/ but for what varies and what travels."""
    found = digests(place.folder / "results", *VARIES)
    return {name: digest for name, digest in found.items() if not name.startswith("store/")}


@pytest.fixture(scope="module")
def versioned(
    finished: Place,
    other_neighbours: Changed,
    corpus: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Place:
    """A repository with the files of this one, small parameters, raw audio and results, pushed.

    On the store that the other tests filled: DVC's part and Snakemake's, not the computing.
    """
    folder = tmp_path_factory.mktemp("dvc")
    place = Place(folder / "repository", {"MICFP_STORE": str(finished.store)})
    unwanted = shutil.ignore_patterns("__pycache__", "tmp", "cache", "config.local")
    for name in FOLDERS:
        shutil.copytree(CHECKOUT / name, place.folder / name, ignore=unwanted)
    for name in FILES:
        (place.folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(CHECKOUT / name, place.folder / name)
    shutil.copytree(corpus, place.folder / "data" / "own")
    place.edit(yaml.safe_load(TINY.read_text()))
    place.edit({"corpus": {"root": "data/own"}})
    git(place, "init", "-q")
    dvc(place, "add", "data/own")
    dvc(place, "remote", "add", "-d", "storage", str(folder / "storage"))
    before = other_neighbours.place.entries()
    dvc(place, "repro")
    assert place.entries() == before  # the same recordings elsewhere: all is shared
    git(place, "add", "--all")
    git(place, "commit", "-q", "-m", "tiny")
    dvc(place, "push")
    return place


def fresh_clone(versioned: Place, folder: Path, **env: str) -> Place:
    git(versioned, "clone", "-q", ".", str(folder))
    return Place(folder, env)


def test_repro(versioned: Place, finished: Place) -> None:
    place = versioned
    before = place.entries()
    assert published(place) == published(finished)
    assert "up to date" in dvc(place, "repro")
    assert "up to date" in dvc(place, "status")
    assert git(place, "status", "--porcelain") == ""  # results and records are in no commit
    audio = next((place.folder / "data" / "own").rglob("*.wav"))
    assert audio.stat().st_nlink == 2  # with DVC's cache: no second copy of 13 GB

    # another parameter: it runs again, and revisions are compared
    place.edit(OTHER_NEIGHBOURS)
    assert "params.yaml" in dvc(place, "status")
    said = dvc(place, "repro")
    assert "Stage 'features' didn't change" in said
    assert place.entries() == before
    changes = json.loads(dvc(place, "metrics", "diff", "--json"))
    # a file for each model, so that its name is the row; and the chosen one's where that is knn
    assert {path for path in changes if path != "results/metrics.json"} == {KNN}
    assert changes[KNN]["accuracy"]["new"] - changes[KNN]["accuracy"]["old"] == pytest.approx(
        changes[KNN]["accuracy"]["diff"]
    )
    head, *shown = dvc(place, "metrics", "show").splitlines()
    assert head.split() == ["Path", *METRICS]
    assert len(shown) == 1 + len(MODELS)
    assert max(map(len, shown)) < 120
    changes = json.loads(dvc(place, "params", "diff", "--json"))
    assert changes == {"params.yaml": {"classifiers.knn.n_neighbors": {"old": None, "new": 12}}}
    plots = json.loads(dvc(place, "plots", "diff", "--json"))["data"]
    (drawn,) = plots["results/tables/models.csv"]
    assert set(drawn["revisions"]) == {"HEAD", "workspace"}
    assert {row["model"] for row in drawn["content"]["data"]["values"]} == MODELS
    assert len(plots["results/figures/comparison.svg"]) == 2
    git(place, "commit", "-q", "-a", "-m", "other neighbours")

    # back to the first commit: its results return from DVC's cache, without a run
    git(place, "checkout", "-q", "HEAD~1")
    dvc(place, "checkout")
    assert published(place) == published(finished)
    assert "up to date" in dvc(place, "repro")
    assert NOTHING in place.make("all", "-n")
    # and what was published of the other commit is not taken for these
    place.edit(OTHER_NEIGHBOURS)
    assert planned_jobs(place.make("all", "-n")) == {"publish": 1, "track": 1}
    git(place, "checkout", "-q", "params.yaml")


@pytest.mark.slow
def test_after_a_pull_nothing_is_made_again(
    versioned: Place, other_neighbours: Changed, tmp_path: Path
) -> None:
    place = fresh_clone(versioned, tmp_path / "clone")
    dvc(place, "pull")
    assert "up to date" in dvc(place, "repro")
    assert NOTHING in place.make("all", "-n")
    assert NOTHING in place.make("all", "features")
    assert published(place) == published(versioned)
    assert place.entries() == {}
    assert not (place.folder / "mlflow.db").exists()  # logged where it was made

    # a changed k: its classifier alone, from the pulled feature table, without Snakemake's records
    shutil.rmtree(place.folder / ".snakemake")
    place.edit(OTHER_NEIGHBOURS)
    (damaged,) = {
        path
        for path in (place.folder / "results" / "store" / "all" / "inner_cv").iterdir()
        if "lda" in pd.read_parquet(path / "scores.parquet")["model"].iloc[0]
    }
    (damaged / "scores.parquet").unlink()
    said = dvc(place, "repro")
    assert f"{damaged.relative_to(place.folder)}: scores.parquet is not what was published" in said
    expected = {
        "evaluate": 1,
        "figures": 1,
        "fit": 2,
        "split_comparison": 1,
        "overfit": 1,
        "inner_cv": 1 + 1,
        "calibrate": 1,
    }
    steps = {key: step for step, keys in place.entries().items() for key in keys}
    counts = pd.Series([steps[key] for key in made(said)]).value_counts()
    assert counts.to_dict() == expected
    assert published(place) == published(other_neighbours.place)
    assert new_entries(other_neighbours.after, place.entries()) == {}


@pytest.mark.slow
def test_experiments(versioned: Place, finished: Place, tmp_path: Path) -> None:
    """Queued ones run in folders that DVC makes and removes; the checkout's store has it all."""
    place = fresh_clone(versioned, tmp_path / "clone")
    dvc(place, "pull")
    (place.folder / "work").symlink_to(finished.store)
    before = place.entries()
    sums = place.store / ".digests.json"
    time.sleep(2.5)  # digests of files that were written just now are not kept
    place.make("all", "-n")
    known = sums.read_text()
    dvc(place, "exp", "run", "--queue", "-n", "twelve", "-S", "classifiers.knn.n_neighbors=12")
    dvc(place, "exp", "run", "--run-all")
    said = dvc(place, "queue", "logs", "twelve")
    assert planned_jobs(said)["publish"] == 1
    assert made(said) == []
    assert place.entries() == before
    assert sums.read_text() == known  # the audio is DVC's link: not read again
    assert (place.folder / "mlflow.db").exists()

    table = json.loads(dvc(place, "exp", "show", "--json"))
    (shown,) = [
        revision["data"]
        for row in table
        for experiment in row["experiments"] or []
        for revision in experiment["revs"]
    ]
    metrics = {path: found["data"] for path, found in shown["metrics"].items()}
    of_head = {path: json.loads((place.folder / path).read_text()) for path in metrics}
    assert len(metrics) == 1 + len(MODELS)
    assert metrics[KNN.replace("knn", "nb")] == of_head[KNN.replace("knn", "nb")]
    assert metrics[KNN] != of_head[KNN]
    dvc(place, "exp", "apply", "twelve")
    for path, found in metrics.items():
        assert json.loads((place.folder / path).read_text()) == found
    assert NOTHING in place.make("all", "-n")


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def wait_for(port: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", int(port)), timeout=5).close()
            return
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.1)


@contextlib.contextmanager
def s3(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, dict[str, str]]]:
    """An S3 server with an empty bucket: the remote's address and settings."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    port = free_port()
    with Place(folder).started("moto_server", "-H", "127.0.0.1", "-p", port) as process:
        wait_for(port, process)
        import boto3

        address = f"http://127.0.0.1:{port}"
        boto3.client("s3", endpoint_url=address).create_bucket(Bucket="micfp")
        yield "s3://micfp/storage", {"endpointurl": address}


SSH_SERVER = """
import asyncio, sys, asyncssh
async def serve(port, key):
    keys = asyncssh.import_authorized_keys(key.export_public_key().decode())
    await asyncssh.listen("127.0.0.1", port, server_host_keys=[key], authorized_client_keys=keys,
                          sftp_factory=True)
    await asyncio.Event().wait()
asyncio.run(serve(int(sys.argv[1]), asyncssh.read_private_key(sys.argv[2])))
"""


@contextlib.contextmanager
def ssh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, dict[str, str]]]:
    """An SSH server that lets one key in: the remote's address and settings."""
    import asyncssh

    key, port = folder / "key", free_port()
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(key)
    with Place(folder).started(sys.executable, "-c", SSH_SERVER, port, str(key)) as process:
        wait_for(port, process)
        settings = {"port": port, "user": "test", "keyfile": str(key)}
        yield f"ssh://127.0.0.1{folder / 'storage'}", settings


@pytest.mark.parametrize("server", [s3, ssh])
@pytest.mark.slow
def test_remotes(
    versioned: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: Callable[..., contextlib.AbstractContextManager[tuple[str, dict[str, str]]]],
) -> None:
    """Pushed from one checkout, pulled in another, which has nothing left to do."""
    place = fresh_clone(versioned, tmp_path / "clone")
    with server(tmp_path, monkeypatch) as (address, settings):
        for one in (versioned, place):
            dvc(one, "remote", "add", "--local", "--force", "far", address)
            for name, value in settings.items():
                dvc(one, "remote", "modify", "--local", "far", name, value)
        dvc(versioned, "push", "-r", "far")
        dvc(place, "pull", "-r", "far")
    assert "up to date" in dvc(place, "repro")
    assert NOTHING in place.make("all", "-n")
    assert published(place) == published(versioned)
    # logged where they were made, and here when asked for
    assert place.entries() == {}
    assert "3 runs logged" in place.run("micfp", "track").said
    assert NOTHING in place.make("all", "-n")


@pytest.mark.slow
def test_a_study_has_a_file_of_its_own(versioned: Place, tmp_path: Path) -> None:
    place = fresh_clone(versioned, tmp_path / "clone")
    dvc(place, "pull", "data/own.dvc")
    study = place.folder / "feature_study"
    study.mkdir()

    def write_file() -> None:
        (study / "dvc.yaml").write_text(place.run("micfp", "dvc-file", "feature-study").said)

    write_file()
    dvc(place, "repro", "feature_study/dvc.yaml")
    write_file()  # the figures are there
    assert "up to date" in dvc(place, "repro", "feature_study/dvc.yaml")
    shown = json.loads(dvc(place, "metrics", "show", "--json"))[""]["data"]
    (run,) = shown["results/feature_study/metrics.json"]["data"].values()
    table = pd.read_csv(place.folder / "results" / "feature_study" / "families.csv")
    own = table[(table["mode"] == "alone") & (table["preparation"] == "plain")]
    alone = own.set_index("family")["accuracy"]["rms"]
    assert run["accuracy.nb.plain.rms alone"] == pytest.approx(alone, abs=1e-6)
    plots = json.loads(dvc(place, "plots", "show", "--json"))["data"]
    assert "results/feature_study/families_nb_plain.svg" in plots
    # and the stages beside it are as they were
    assert set(yaml.safe_load((place.folder / "dvc.yaml").read_text())["stages"]) == {
        *("features", "all"),
    }
