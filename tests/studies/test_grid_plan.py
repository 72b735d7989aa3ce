"""`snakemake grid` can be planned from the default parameters, in the seconds that planning takes.

The way of the real run: axes are looked at by the keys of search points, whose recordings are read
from parameters that a worker holds, and so lack what no fit depends on.
"""

from pathlib import Path

import pytest

from micfp.plan.params import Params
from micfp.studies.registry import STUDIES
from micfp.studies.search.axes import _Keys
from micfp.studies.search.trials import Space


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)


def test_the_key_of_a_search_point_is_found_from_the_defaults() -> None:
    space = Space(Params())
    svc, other = ({"model.classifier": name} for name in ("svc", "knn"))
    keys = _Keys(space)
    assert keys.of(svc) == keys.of(svc) != keys.of(other)


def test_grid_is_planned_from_the_defaults() -> None:
    """8 classifiers x 2 scalings, and 4 x 2 on the spectrum: 24 trials of two data sets."""
    planned = STUDIES["grid"].plan(Params())
    assert len(planned["grid"].inputs["trials"]) == 24
    assert len(planned["best"].inputs["datasets"]) == 2
