"""What the feature study asks: every family, scaled and unscaled, and the best columns of all."""

from pathlib import Path

import pytest

from micfp.plan.params import Params
from micfp.studies import feature_study


def test_a_preparation_that_selects_columns_is_asked_of_all_families_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve families: alone, eleven with MFCC, and all; of the best 20 columns, all."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    task = feature_study.plan(Params())["study"]
    rows = task.params["rows"]
    asked = {
        name: [(row["mode"], row["family"]) for row in own if row["classifier"] == "lr"]
        for name in ("plain", "unscaled", "top20")
        if (own := [row for row in rows if row["preparation"] == name])
    }
    assert len(asked["plain"]) == 12 + 11 + 1
    assert asked["unscaled"] == asked["plain"]
    assert asked["top20"] == [("all together", "all")]
    assert len(rows) == 3 * (24 + 24 + 1)
    scalings = [one.params["preparation"]["scaling"] for one in task.inputs["selects"]]
    assert scalings == ["standard"] * 72 + ["none"] * 72 + ["standard"] * 3
    assert task.inputs["selects"][-1].params["preparation"]["select"] == 20
