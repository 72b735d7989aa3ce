"""One run of the tiny pipeline that the tests of the workflow look at."""

import shutil
from pathlib import Path

import pytest
from filelock import FileLock
from tiny_pipeline import OTHER_NEIGHBOURS, Changed, Place, place, write_corpus


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The tiny corpus: 3 devices, 2 sessions, 4 contents, and one file that is no audio.

    All processes of pytest-xdist have the same one: results hold the path of the bad file.
    """
    if worker_id == "master":  # the only process
        return _written(tmp_path_factory.mktemp("tiny") / "corpus")
    root = tmp_path_factory.getbasetemp().parent / "corpus"
    with FileLock(f"{root}.lock"):
        return root if root.exists() else _written(root)


def _written(folder: Path) -> Path:
    root = write_corpus(folder)
    (root / "disc-1" / "morning" / "z.wav").write_text("not audio at all\n")
    with (root / "recordings.csv").open("a") as lines:
        lines.write("disc-1/morning/z.wav,disc-1,Other,Other Disc,1,morning,z\n")
    return root


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, corpus: Path, worker_id: str) -> Place:
    """A folder in which `snakemake -j2 all` ran once. Tests may not change its parameters.

    Each process of pytest-xdist has its own, and only the first one computes: the others' stores
    begin as copies of its store.
    """
    done = place(tmp_path_factory.mktemp("tiny") / "finished", corpus)
    if worker_id == "master":  # the only process
        done.make("all")
        return done
    shared = tmp_path_factory.getbasetemp().parent / "store-of-finished"
    with FileLock(f"{shared}.lock"):
        if shared.exists():
            shutil.copytree(shared, done.store, symlinks=True)
        done.make("all")
        if not shared.exists():
            shutil.copytree(done.store, shared, symlinks=True)
    return done


@pytest.fixture(scope="session")
def other_neighbours(
    tmp_path_factory: pytest.TempPathFactory, finished: Place, corpus: Path
) -> Changed:
    """The finished run's parameters but for knn's neighbours, on the same store.

    Tests may not change its parameters.
    """
    folder = tmp_path_factory.mktemp("tiny") / "neighbours"
    other = place(folder, corpus, MICFP_STORE=str(finished.store))
    before = other.entries()
    other.edit(OTHER_NEIGHBOURS)
    other.make("all", "--until", "publish")
    return Changed(other, before, other.entries())
