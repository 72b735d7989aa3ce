"""What tests share: threads, their order and processes, and where the real recordings are."""

import os
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from micfp.engine.run import settle_sums

# One thread per process and the same sums on every processor, as in the pipeline: what tests make
# themselves is what the pipeline takes. This stands before numpy is imported, which reads them.
settle_sums()


# What takes longest begins, so that no process is left alone with it at the end.
FIRST = ("cluster", "faults", "workflow")
ON_SLURM = "tests/cluster/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what runs the pipeline."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    return FIRST.index(folder) if folder in FIRST else len(FIRST)


class ByFile(LoadFileScheduling):
    """A process of pytest-xdist takes the tests of a file, or all that share the one Slurm."""

    def _split_scope(self, nodeid: str) -> str:
        return ON_SLURM if nodeid.startswith(ON_SLURM) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile | None:
    """`--dist loadfile`, but for tests/cluster; None: as pytest-xdist has it."""
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings and measured responses, or a skip that says why."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MICFP_TEST_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder}: set MICFP_TEST_DATA to the folder that holds it")
    return folder
