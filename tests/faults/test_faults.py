"""Every fault once, with few kills; `python tests/faults/run.py --kills 50` is the long version."""

import pytest
from faults import FAULTS, Rig, Skipped

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """One folder, and one set of undisturbed runs."""
    return Rig(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("name", FAULTS)
def test_ends_with_the_bytes_of_an_undisturbed_run(rig: Rig, name: str) -> None:
    try:
        FAULTS[name](rig)
    except Skipped as reason:
        pytest.skip(str(reason))
