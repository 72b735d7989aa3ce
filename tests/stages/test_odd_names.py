"""Recordings whose names are no text go through the pipeline, and are shown escaped."""

import os
from pathlib import Path
from typing import Any

import pytest
from small_model import DEVICES, parameters, write_corpus

from micfp.engine.graph import missing
from micfp.engine.run import make
from micfp.engine.task import read_spec
from micfp.plan.experiment import plan_experiment
from micfp.tables import read_table


@pytest.mark.parametrize("trim", [None, {"start_minute": 0.01, "length_minutes": 0.02}])
def test_a_model_of_recordings_with_odd_names(
    trim: dict[str, Any] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    root = os.fsencode(write_corpus(tmp_path / "corpus"))
    for device, odd in zip(sorted(DEVICES), (b"\xff\n=a", b"=\x1b[31m\xfe"), strict=True):
        os.rename(os.path.join(root, device.encode()), os.path.join(root, odd))
    windows = {"trim": {"train": trim, "test": trim, "test_sessions": ["day-2"]}} if trim else {}
    params = parameters(tmp_path / "corpus", **windows)
    experiment = plan_experiment(params)
    (fit,) = experiment.fits.values()
    for task in missing([fit, experiment.corpus.quality]):
        task.write_spec()
        make(read_spec(task.step, task.key))
    for name in ("quality", "recordings"):
        table = read_table(experiment.corpus.quality.path / f"{name}.parquet")
        assert set(table["device"]) == {"'=\\x1b[31m\\xfe", "\\xff =a"}
        assert sum("\\xff\\x0a=a" in path for path in table["path"]) == 4
    assert (fit.path / "model" / "model.skops").exists()
