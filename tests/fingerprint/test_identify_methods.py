"""Naming devices with methods that learned from frames, and giving their networks away."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from small_model import RATE_HZ, device_noise, parameters, write_corpus

from micfp.config.audio import CorpusConfig
from micfp.engine.graph import missing
from micfp.engine.run import make
from micfp.engine.task import read_spec
from micfp.errors import MicfpError
from micfp.evaluation.decision import pool_segments
from micfp.features.frames import frame_matrix
from micfp.fingerprint.evaluate import evaluate_corpus
from micfp.fingerprint.identify import identify
from micfp.fingerprint.listening import BY_HEART
from micfp.fingerprint.model import load_model
from micfp.plan.experiment import plan_corpus
from micfp.plan.frames import train_task
from micfp.tables import read_table

DIFFERENCES: dict[str, Any] = {
    "split": {"validation": {"kind": "by_content", "groups": ["speech-2"]}},
    "frames": {"timing_tandem": {"family": "timing_tandem", "n_frames": 12}},
    "trainings": {"ours": {"learning_rate": 0.01, "batch_size": 4, "epochs": 20}},
    "methods": {
        "network": {
            **{"frames": "timing_tandem", "network": "cross_scale"},
            **{"filters": [3, 3], "units": 8},
        },
        "statistics": {"frames": "timing_tandem", "classifier": "lda"},
    },
}


@pytest.fixture(scope="module", params=["network", "statistics"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fitted method: `dull` and `bright`, half-second windows of 12 frames."""
    root = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MICFP_STORE", str(root / "store"))
        patch.chdir(root)
        params = parameters(write_corpus(root / "corpus"), **DIFFERENCES)
        method = params.methods[request.param]
        matrix = plan_corpus(params).matrix(params, method.frames)
        training = params.trainings[method.training]
        wanted = train_task(params, request.param, method, training, matrix)
        for task in missing([wanted]):
            task.write_spec()
            make(read_spec(task.step, task.key))
        return wanted.path / "model"


def test_names_the_device(folder: Path, tmp_path: Path) -> None:
    model = load_model(folder)
    for device in ("dull", "bright"):
        sf.write(tmp_path / "new.wav", device_noise(device, seed=7), RATE_HZ, "PCM_16")
        found = identify(tmp_path / "new.wav", model)
        assert found.device == device
        assert found.segments == 8  # 4 s in windows of 0.5 s
        assert found.warnings == ()


def test_scores_are_those_of_the_pipeline(folder: Path) -> None:
    """What identify makes of a test recording is what the training made of it."""
    scores = read_table(folder.parent / "scores.parquet")
    corpus = folder.parents[3] / "corpus"
    model = load_model(folder)
    checked = 0
    for path in sorted(corpus.glob("*/day-2/*.wav")):
        found = {one.name: one.log_score for one in identify(path, model).ranking}
        samples, rate_hz = sf.read(path, dtype="float32")
        starts = range(0, len(samples), rate_hz // 2)
        frames = [
            frame_matrix(samples[i : i + rate_hz // 2], rate_hz, model.features) for i in starts
        ]
        own = np.exp(model.fitted.log_probabilities(np.stack(frames)))
        (pooled,) = pool_segments(np.log(own), np.array([0]), "log_probability")
        assert found == pytest.approx(dict(zip(model.fitted.classes, pooled, strict=True)))
        rows = scores[[f"logp:{name}" for name in model.fitted.classes]].to_numpy()
        distance = np.abs(np.exp(rows)[:, None] - own).max(axis=2)
        assert distance.min(axis=0).max() < 1e-5  # each of its segments is a row of the scores
        checked += 1
    assert checked == 4


def test_another_corpus_is_scored(folder: Path, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "other")
    config = CorpusConfig.model_validate({"name": "other", "reader": "folder", "root": corpus})
    found = evaluate_corpus(load_model(folder), config)
    assert found.judged.row()["n_recordings"] == 8
    assert found.judged.row()["recording_accuracy"] == 1.0


def test_what_was_trained_with_is_said(folder: Path) -> None:
    """Of two days it learned from the first, and was tested with the second."""
    corpus = folder.parents[3] / "corpus"
    config = CorpusConfig.model_validate({"name": "own", "reader": "folder", "root": corpus})
    found = evaluate_corpus(load_model(folder), config)
    assert sorted(map(Path, found.learned_from)) == sorted(corpus.glob("*/day-1/*.wav"))
    assert "careful: 4 of 8 recordings are among those that the model was trained with" in (
        found.as_text()
    )
    assert found.warnings == ()
    (warning,) = identify(Path(found.learned_from[0]), load_model(folder)).warnings
    assert warning == BY_HEART


def test_a_recording_that_is_too_short_for_the_frames(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    sf.write(path, device_noise("dull", 0.03), RATE_HZ, "PCM_16")  # less than one frame of 32 ms
    with pytest.raises(MicfpError, match="too short for the model's frames"):
        identify(path, load_model(folder))


def test_samples_that_are_no_numbers(folder: Path, tmp_path: Path) -> None:
    samples = device_noise("dull", 4.0)
    samples[100] = np.nan
    sf.write(tmp_path / "broken.wav", samples, RATE_HZ, "FLOAT")
    found = identify(tmp_path / "broken.wav", load_model(folder))
    assert (found.device, found.segments) == ("dull", 7)
    assert any(warning.startswith("1 of 8 segments were left out") for warning in found.warnings)


def test_another_sample_rate_is_warned_of(folder: Path, tmp_path: Path) -> None:
    """At 16 kHz the 34 bands lie between 0 and 8 kHz, where the model knows them up to 16 kHz."""
    path = tmp_path / "low.wav"
    sf.write(path, device_noise("dull", 4.0, rate_hz=16_000), 16_000, "PCM_16")
    (warning,) = identify(path, load_model(folder)).warnings
    assert warning.startswith(
        "its sample rate (16000 Hz) is none that the model learned from (32000"
    )


def test_a_description_of_other_frames(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "model")
    path = tmp_path / "model" / "model.json"
    about = json.loads(path.read_text())
    about["frames"]["n_frames"] = 13
    path.write_text(json.dumps(about))
    with pytest.raises(MicfpError, match=r"describes frames of shape \(13, 73\)"):
        load_model(tmp_path / "model")
    about["frames"]["n_frames"] = 12
    log_energy = about["frames"].pop("log_energy")  # an earlier version had it of the samples
    path.write_text(json.dumps(about))
    with pytest.raises(MicfpError, match=r"not a model .* it has no log_energy\); fit the model"):
        load_model(tmp_path / "model")
    about["frames"]["log_energy"] = log_energy
    del about["segments"]
    path.write_text(json.dumps(about))
    with pytest.raises(MicfpError, match="not a model description of this version"):
        load_model(tmp_path / "model")


def test_a_network_is_given_away_as_onnx(folder: Path, tmp_path: Path) -> None:
    """The command writes it whole; ONNX Runtime then names the same device."""
    out = tmp_path / "network.onnx"
    command = [str(Path(sys.executable).with_name("micfp")), "export-onnx", str(out)]
    done = subprocess.run([*command, "--model", str(folder)], capture_output=True, text=True)
    if "statistics" in str(folder):
        assert done.returncode == 2
        assert "only a network can be written as ONNX" in done.stderr
        assert not out.exists()
        return
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{out}: frames to 2 scores\n"
    import onnxruntime

    model = load_model(folder)
    samples = device_noise("bright", 0.5, seed=9)
    frames = frame_matrix(samples, RATE_HZ, model.features)[None]
    session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {"frames": frames})
    shares = np.exp(logits - logits.max())
    expected = np.exp(model.fitted.log_probabilities(frames))
    np.testing.assert_allclose(shares / shares.sum(), expected, atol=2e-4)
    assert [path.name for path in tmp_path.iterdir()] == ["network.onnx"]


def test_a_place_that_cannot_be_written_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    command = [str(Path(sys.executable).with_name("micfp")), "export-onnx"]
    done = subprocess.run(
        [*command, str(tmp_path / "file" / "network.onnx"), "--model", str(folder)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("micfp: ")
    assert "Traceback" not in done.stderr
