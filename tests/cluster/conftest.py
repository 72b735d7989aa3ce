"""A Slurm, a run without a cluster to compare with, and one that much happened to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from disturbed import SEARCH, TARGET, Disturbed, disturb
from mini_slurm import MiniSlurm, NoSlurmError, started
from tiny_pipeline import Place, place, write_corpus


@pytest.fixture(scope="session")
def slurm() -> Iterator[MiniSlurm]:
    """Two nodes of a real Slurm, or a skip that says why there are none."""
    try:
        with started() as running:
            yield running
    except NoSlurmError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny corpus."""
    return write_corpus(tmp_path_factory.mktemp("cluster") / "corpus")


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory, corpus: Path, slurm: MiniSlurm) -> Place:
    """A folder in which the target was made without a cluster."""
    done = place(tmp_path_factory.mktemp("cluster") / "local", corpus)
    done.edit({"search": SEARCH})
    done.make(TARGET)
    return done


@pytest.fixture(scope="session")
def disturbed(
    tmp_path_factory: pytest.TempPathFactory, corpus: Path, slurm: MiniSlurm
) -> Disturbed:
    """The target made on the cluster, whatever happened there; every result in a job of its own."""
    here = place(tmp_path_factory.mktemp("cluster") / "slurm", corpus, MICFP_JOB_S="0.0001")
    here.edit({"search": SEARCH})
    return disturb(here, slurm)
