"""What tests share: threads, their order, and where the real recordings are."""

import os
from pathlib import Path

import pytest

from micfp.engine.run import ENVIRONMENT

# One thread per process, as in the pipeline: `make test` runs a process on every core. This stands
# before numpy is imported, which reads them.
os.environ.update(ENVIRONMENT)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what runs the pipeline, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: "workflow" not in item.path.parts)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings and measured responses, or a skip that says why."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MICFP_TEST_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder}: set MICFP_TEST_DATA to the folder that holds it")
    return folder
