"""What tests share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings and measured responses, or a skip that says why."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MICFP_TEST_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder}: set MICFP_TEST_DATA to the folder that holds it")
    return folder
