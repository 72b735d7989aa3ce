"""`dvc repro` in a fresh clone, as DVC's users expect it to work."""

import json
import shutil
from pathlib import Path

import yaml
from tiny_pipeline import CHECKOUT, OTHER_NEIGHBOURS, TINY, Changed, Place, digests

FILES = (".dvcignore", ".gitignore", "Snakefile", "dvc.yaml", "params.yaml", "data/.gitignore")
FOLDERS = (".dvc", "micfp", "profiles", "workflow")


def git(place: Place, *arguments: str) -> str:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    done = place.run("git", *who, *arguments)
    assert done.status == 0, done.said
    return done.said


def dvc(place: Place, *arguments: str) -> str:
    done = place.run("dvc", *arguments)
    assert done.status == 0, done.said
    return done.said


def clone(folder: Path, store: Path) -> Place:
    """A clone of a repository with the files of this one, small parameters, and raw audio."""
    origin = Place(folder / "origin")
    unwanted = shutil.ignore_patterns("__pycache__", "tmp", "cache", "config.local")
    for name in FOLDERS:
        shutil.copytree(CHECKOUT / name, origin.folder / name, ignore=unwanted)
    for name in FILES:
        (origin.folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(CHECKOUT / name, origin.folder / name)
    git(origin, "init", "-q")
    git(origin, "add", "--all")
    git(origin, "commit", "-q", "-m", "as it is")
    git(origin, "clone", "-q", ".", str(folder / "clone"))
    return Place(folder / "clone", {"MICFP_STORE": str(store)})


def test_repro(finished: Place, other_neighbours: Changed, corpus: Path, tmp_path: Path) -> None:
    """On the store that the other tests filled: DVC's part and Snakemake's, not the computing."""
    place = clone(tmp_path, finished.store)
    shutil.copytree(corpus, place.folder / "data" / "own")
    dvc(place, "add", "data/own")
    place.edit(yaml.safe_load(TINY.read_text()))
    place.edit({"corpus": {"root": "data/own"}})
    results = place.folder / "results"
    before = other_neighbours.place.entries()

    dvc(place, "repro")
    assert place.entries() == before  # the same recordings elsewhere: all is shared
    same = ("times.csv", "report.html", "run.json")
    assert digests(results, *same) == digests(finished.folder / "results", *same)
    git(place, "add", "--all")
    git(place, "commit", "-q", "-m", "tiny")

    assert "up to date" in dvc(place, "repro")
    assert "up to date" in dvc(place, "status")
    assert git(place, "status", "--porcelain") == ""  # results and records are in no commit

    # another parameter: it runs again, and metrics are compared with the last commit
    place.edit(OTHER_NEIGHBOURS)
    assert "params.yaml" in dvc(place, "status")
    dvc(place, "repro")
    assert place.entries() == before
    changes = json.loads(dvc(place, "metrics", "diff", "--json"))
    (path,) = changes
    assert path == "results/metrics.json"
    assert {name.split(".")[1] for name in changes[path] if name.startswith("models.")} == {
        "knn-thesis-plain"
    }
    git(place, "commit", "-q", "-a", "-m", "other neighbours")

    # back to the first commit: its results return from DVC's cache, without a run
    git(place, "checkout", "-q", "HEAD~1")
    dvc(place, "checkout")
    assert digests(results, *same) == digests(finished.folder / "results", *same)
    assert "up to date" in dvc(place, "repro")
