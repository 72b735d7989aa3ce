"""The files beside a model that say what its answers are worth."""

from pathlib import Path

import numpy as np
import pytest

from micfp.errors import MicfpError
from micfp.evidence.model_calibration import (
    ARRAYS,
    FILE,
    CalibrationRecord,
    ModelCalibration,
    read_calibration,
)
from micfp.evidence.novelty import KnownSpace, Limit
from micfp.evidence.temperature import Temperature

WHOLE = ModelCalibration(
    CalibrationRecord(Temperature(3.5, "log_probability", 90, 8.0), Limit(2.1, 0.05, 90, 1), ""),
    KnownSpace(np.zeros(3), np.ones((3, 2)), np.arange(8.0).reshape(4, 2)),
)


def test_come_back_as_they_were(tmp_path: Path) -> None:
    WHOLE.save(tmp_path)
    found = read_calibration(tmp_path)
    assert found.record == WHOLE.record
    assert found.space is not None
    assert WHOLE.space is not None
    for name, array in vars(WHOLE.space).items():
        assert np.array_equal(getattr(found.space, name), array)


def test_without_files_nothing_is_known(tmp_path: Path) -> None:
    assert read_calibration(tmp_path) == ModelCalibration()
    assert ModelCalibration().record.temperature is None
    ModelCalibration().save(tmp_path)
    assert read_calibration(tmp_path) == ModelCalibration()
    assert not (tmp_path / ARRAYS).exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [('"value": 3.5', '"value": 0'), ('"novelty": 2.1', '"novelty": NaN'), ("{", "[")],
)
def test_a_damaged_description(tmp_path: Path, old: str, new: str) -> None:
    WHOLE.save(tmp_path)
    text = (tmp_path / FILE).read_text()
    assert old in text
    (tmp_path / FILE).write_text(text.replace(old, new))
    with pytest.raises(MicfpError, match=r"calibration.json: damaged \(.*publish the model again"):
        read_calibration(tmp_path)


@pytest.mark.parametrize("devices", [np.zeros((4, 3)), np.full((4, 2), np.nan)])
def test_damaged_arrays(tmp_path: Path, devices: np.ndarray) -> None:
    assert WHOLE.space is not None
    broken = KnownSpace(WHOLE.space.centre, WHOLE.space.weights, devices)
    ModelCalibration(WHOLE.record, broken).save(tmp_path)
    with pytest.raises(MicfpError, match=r"calibration.safetensors: damaged"):
        read_calibration(tmp_path)
    (tmp_path / ARRAYS).unlink()
    with pytest.raises(MicfpError, match=r"calibration.safetensors: damaged"):
        read_calibration(tmp_path)
