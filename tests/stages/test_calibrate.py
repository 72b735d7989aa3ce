"""The step that says what a model's probabilities are worth, and what identify makes of that."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from small_model import DEVICES, RATE_HZ, device_noise, parameters, write_corpus

from micfp.engine.graph import missing
from micfp.engine.run import make
from micfp.engine.task import read_spec
from micfp.errors import MicfpError
from micfp.evidence.model_calibration import read_calibration
from micfp.fingerprint.identify import identify
from micfp.fingerprint.model import load_model
from micfp.plan.experiment import plan_experiment


def calibrated_under(root: Path, **difference: Any) -> Path:
    """A corpus, a store and a model with its calibration beside it: a folder with `test.json`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MICFP_STORE", str(root / "store"))
        params = parameters(write_corpus(root / "corpus"), **difference)
        plan = plan_experiment(params)
        for task in missing([*plan.calibrations.values()]):
            task.write_spec()
            make(read_spec(task.step, task.key))
        (fit,), (calibration,) = plan.fits.values(), plan.calibrations.values()
        shutil.copytree(fit.path / "model", root / "made" / "model")
        shutil.copytree(calibration.path, root / "made", dirs_exist_ok=True)
    return root / "made"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return calibrated_under(tmp_path_factory.mktemp("calibrated"))


def test_calibrated_on_recordings_of_inner_folds(made: Path) -> None:
    """Two devices with two recordings each on the day of training, each held out once."""
    found = read_calibration(made / "model").record
    assert found.temperature is not None
    assert (found.temperature.n_recordings, found.temperature.n_segments) == (4, 8.0)
    assert found.limit is not None
    assert (found.limit.n_recordings, found.limit.false_alarms) == (4, 0.2)
    assert found.why_not == ""


def test_figures_on_the_test_part(made: Path) -> None:
    """All are correct. Of four recordings at most 5 / 6: one less that is the error afterwards."""
    found = json.loads((made / "test.json").read_text())
    assert found["n"] == 4
    assert found["calibration_error_before"] == pytest.approx(0, abs=1e-6)
    assert found["confidence"] <= 5 / 6 + 1e-9
    assert found["calibration_error"] == pytest.approx(1 - found["confidence"])
    assert found["cross_entropy"] >= np.log2(6 / 5) - 1e-9
    assert found["temperature"] > 1
    assert (found["n_calibration"], found["outside_expected"]) == (4, 0.2)


def test_identify_gives_calibrated_probabilities(made: Path, tmp_path: Path) -> None:
    model = load_model(made / "model")
    halves = [device_noise("dull", 2.0, seed=7), device_noise("dull", 2.0, seed=8)]
    sf.write(tmp_path / "a.wav", np.concatenate(halves), RATE_HZ, "PCM_16")
    found = identify(tmp_path / "a.wav", model)
    first, second = found.ranking
    assert (found.device, found.outside) == ("dull", None)
    assert first.probability == pytest.approx(5 / 6, abs=0.02)
    assert first.probability + second.probability == pytest.approx(1)
    said = found.as_text(model)
    assert f"8 of 8 segments, probability {first.probability:.2f}" in said
    assert "closed set: one of the 2 devices that the model knows, or wrong" in said
    assert "calibrated on 4 recordings that were held out in training" in said
    record = found.as_record(model)
    assert record["ranking"][0]["probability"] == first.probability
    assert (record["closed_set"], record["outside"]) == (True, None)
    assert record["model"]["calibrated_on"] == 4


@pytest.mark.parametrize(
    ("rate_hz", "gain", "reason"),
    [
        (RATE_HZ, 1.0, "it is further from every device that the model knows"),
        (44_100, 0.0, "its sample rate (44100 Hz) is none that the model learned from"),
    ],
)
def test_outside_there_is_no_probability(
    made: Path, tmp_path: Path, rate_hz: int, gain: float, reason: str
) -> None:
    """Another device: `dull` through its own filter three times more, for a gain of 1."""
    samples = device_noise("dull", rate_hz=rate_hz)
    for _ in range(3):
        samples = samples + gain * DEVICES["dull"] * np.append(0, samples[:-1])
    sf.write(tmp_path / "a.wav", 0.2 * samples, rate_hz, "PCM_16")
    model = load_model(made / "model")
    found = identify(tmp_path / "a.wav", model)
    assert found.outside is not None
    assert found.outside.startswith(reason)
    assert any(warning.startswith(reason) for warning in found.warnings)
    assert [one.probability for one in found.ranking] == [None, None]
    said = found.as_text(model)
    assert "no probability: the recording is outside of what the model learned" in said
    assert ", probability" not in said


def test_pieces_of_one_recording_calibrate_nothing(tmp_path: Path) -> None:
    made = calibrated_under(tmp_path, selection={"kind": "random"})
    found = read_calibration(made / "model").record
    assert (found.temperature, found.limit) == (None, None)
    assert found.why_not == "the folds inside its training part hold pieces of the same recordings"
    assert set(json.loads((made / "test.json").read_text())) == {
        *("n", "calibration_error_before", "confidence_before", "cross_entropy_before")
    }


def test_each_outer_fold_is_judged_by_its_own_calibration(tmp_path: Path) -> None:
    """Eight recordings are tested, each once, and four different ones calibrate each fold."""
    made = calibrated_under(tmp_path, split={"kind": "by_session", "test": None, "folds": 2})
    found = json.loads((made / "test.json").read_text())
    assert (found["n"], found["n_calibration"]) == (8, 4)
    whole = read_calibration(made / "model").record
    assert whole.temperature is not None
    assert whole.limit is not None
    assert (whole.temperature.n_recordings, whole.limit.n_recordings) == (8, 8)


def test_files_of_another_model_are_refused(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(made / "model", folder)
    (folder / "provenance.json").write_text('{"decision": "vote"}')
    with pytest.raises(MicfpError, match="calibrated for the decision log_probability, and it"):
        load_model(folder)
    (folder / "provenance.json").unlink()
    found = read_calibration(folder)
    assert found.space is not None
    replace(found, space=replace(found.space, devices=np.zeros((3, 1)))).save(folder)
    with pytest.raises(MicfpError, match=r"calibration.safetensors is of another model"):
        load_model(folder)
