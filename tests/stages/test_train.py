"""Step `train`: what it reads, what it writes, and a kill between two epochs."""

import itertools
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray

from micfp.engine import store
from micfp.engine.packing import Job, job_file
from micfp.engine.run import make
from micfp.engine.task import Task, read_spec
from micfp.errors import MicfpError
from micfp.models.method_files import load_method
from micfp.plan.frames import train_task
from micfp.plan.params import Params, parse_params
from micfp.plan.stages import STAGES
from micfp.tables import LABELS, read_table, write_table

DEVICES = ("bright", "dull", "plain")
CONTENTS = ("a", "b", "stop", "test")
ROWS_A_RECORDING = 8
T, F = 16, 12
Float32 = NDArray[np.float32]
Change = Callable[[Float32, pd.DataFrame], None]
DIFFERENCES: dict[str, Any] = {
    "split": {"kind": "by_content", "test": ["test"], "validation": {"groups": ["stop"]}},
    "trainings": {"ours": {"learning_rate": 0.005, "batch_size": 16, "epochs": 8}},
    "methods": {
        "small": {
            "frames": "timing_tandem",
            "network": "cross_scale",
            "filters": [3, 3],
            "units": 6,
        },
        "lda": {"frames": "timing_tandem", "classifier": "lda"},
    },
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "work"))
    return tmp_path


def rows_of_matrix() -> tuple[Float32, pd.DataFrame]:
    """Frames of three devices and four contents, and the labels of their rows."""
    rng = np.random.default_rng(1)
    rows = list(itertools.product(DEVICES, CONTENTS, range(ROWS_A_RECORDING)))
    tilt = np.array([DEVICES.index(device) - 1.0 for device, _, _ in rows])
    frames = tilt[:, None, None] * np.linspace(-1, 1, F)
    frames = frames + 0.5 * rng.standard_normal((len(rows), T, F))
    table = pd.DataFrame(
        {
            "segment": [f"{d}/{c}/{n}" for d, c, n in rows],
            "recording": [f"{d}/{c}" for d, c, _ in rows],
            **dict.fromkeys(LABELS, "one"),
            "device": [d for d, _, _ in rows],
            "content": [c for _, c, _ in rows],
        }
    )
    return frames.astype(np.float32), table


def write_matrix(change: Change = lambda frames, table: None, name: str = "plain") -> Task:
    """A result of the step `matrix`; `change` is done to its frames and labels before."""
    frames, table = rows_of_matrix()
    change(frames, table)
    task = Task(STAGES["matrix"], {"name": name})
    with store.writing("matrix", task.key) as out:
        np.save(out / "frames.npy", frames)
        write_table(table, out / "table.parquet")
        (out / "about.json").write_text(json.dumps({"frames": {}, "segments": {}, "channel": 0}))
    return task


def params_with(**difference: Any) -> Params:
    return parse_params({**DIFFERENCES, **difference})


def planned(matrix: Task, method: str = "small", **difference: Any) -> Task:
    params = params_with(**difference)
    own = params.methods[method]
    return train_task(params, method, own, params.trainings[own.training], matrix)


def made(task: Task) -> Path:
    task.write_spec()
    make(read_spec(task.step, task.key))
    return task.path


def test_scores_are_of_the_test_part_and_all_of_it(place: Path) -> None:
    out = made(planned(write_matrix()))
    scores = read_table(out / "scores.parquet")
    assert sorted(scores["segment"]) == sorted(
        f"{device}/test/{number}" for device in DEVICES for number in range(ROWS_A_RECORDING)
    )
    chances = np.exp(scores[[f"logp:{device}" for device in DEVICES]].to_numpy())
    assert chances.sum(axis=1) == pytest.approx(1, abs=1e-3)
    named = np.array(DEVICES)[chances.argmax(axis=1)]
    assert (named == scores["truth"]).mean() > 0.9


def test_it_says_how_it_went(place: Path) -> None:
    out = made(planned(write_matrix()))
    fit = json.loads((out / "fit.json").read_text())
    # 3 devices x 8 rows: of contents a and b, of stop, of test
    assert (fit["n_train"], fit["n_validation"], fit["n_test"]) == (48, 24, 24)
    curves = pd.read_csv(out / "curves.csv")
    assert curves["epoch"].tolist() == list(range(1, fit["epochs"] + 1))
    assert fit["best_epoch"] == curves["validation_loss"].argmin() + 1
    about = json.loads((out / "model" / "model.json").read_text())
    assert about["classes"] == list(DEVICES)
    assert about["address"] == f"train/{out.name}"
    # of torch's two biases of an LSTM, which are added, one counts
    numbers = load_method(out / "model").network.named_parameters()
    once = sum(value.numel() for name, value in numbers if ".bias_hh_" not in name)
    running = 2 * 2 * 3  # mean and variance of the 3 filters of 2 layers
    assert fit["n_parameters"] == once + running


def test_a_classifier_has_no_epochs(place: Path) -> None:
    out = made(planned(write_matrix(), "lda"))
    fit = json.loads((out / "fit.json").read_text())
    assert (fit["epochs"], fit["converged"]) == (0, True)
    assert not (out / "curves.csv").read_text().strip()


@pytest.mark.parametrize("method", ["small", "lda"])
def test_what_is_tested_has_no_part_in_what_is_learned(place: Path, method: str) -> None:
    """Test rows a hundred times as loud and under other names: the same weights, bit for bit."""

    def otherwise(frames: Float32, table: pd.DataFrame) -> None:
        test = (table["content"] == "test").to_numpy()
        frames[test] = 100 * np.random.default_rng(2).standard_normal((test.sum(), T, F))
        table.loc[test, "device"] = np.roll(table.loc[test, "device"].to_numpy(), ROWS_A_RECORDING)

    one = made(planned(write_matrix(), method))
    other = made(planned(write_matrix(otherwise, "otherwise"), method))
    files = {path.name for path in (one / "model").iterdir()} - {"model.json"}
    assert "weights.safetensors" in files
    for name in files:
        assert (one / "model" / name).read_bytes() == (other / "model" / name).read_bytes(), name
    assert (one / "scores.parquet").read_bytes() != (other / "scores.parquet").read_bytes()


@pytest.mark.faults
def test_a_kill_between_two_epochs_leaves_the_same_weights(place: Path) -> None:
    """A worker as Snakemake starts it, killed after its third epoch, and started again."""
    matrix = write_matrix()
    difference = {"trainings": {"ours": {**DIFFERENCES["trainings"]["ours"], "epochs": 60}}}
    task = planned(matrix, **difference)
    whole = made(task)
    weights = (whole / "model" / "weights.safetensors").read_bytes()
    curves = (whole / "curves.csv").read_text()
    store.take_out("train", task.key)
    assert not whole.exists()

    job = Job((task,))
    store.write_whole(job_file("train", job.name), json.dumps({"results": [task.address]}))
    command = [str(Path(sys.executable).with_name("micfp")), "step", "train", job.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        for line in worker.stdout:
            if line.startswith("epoch 3 "):
                worker.send_signal(signal.SIGKILL)
                break
    assert worker.wait() == -signal.SIGKILL
    assert not whole.exists()
    checkpoint = store.store_root() / ".checkpoints" / f"{task.key}.pt"
    kept = torch.load(checkpoint, weights_only=True)
    assert 3 <= len(kept["curves"]) < len(curves.splitlines()) - 1

    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    epochs = [int(n) for n in re.findall(r"^epoch (\d+) ", done.stdout, re.M)]
    assert epochs == list(range(1, len(epochs) + 1))
    assert (whole / "model" / "weights.safetensors").read_bytes() == weights
    assert (whole / "curves.csv").read_text() == curves
    assert not checkpoint.exists()


def test_frames_that_are_no_numbers_are_one_sentence(place: Path) -> None:
    def broken(frames: Float32, table: pd.DataFrame) -> None:
        frames[40, 0, 0] = np.nan

    task = planned(write_matrix(broken))
    with pytest.raises(MicfpError, match="frames of row 40 are no numbers"):
        made(task)
    assert not task.path.exists()


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        ({"kind": "by_content", "test": ["test"]}, "has no part to stop on: set split.validation"),
        (
            {"kind": "by_content", "folds": 2, "validation": {"groups": ["stop"]}},
            "small is trained once: give split test or test_share instead of folds",
        ),
    ],
)
def test_a_split_that_does_not_serve_is_refused_when_planned(
    place: Path, split: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(MicfpError, match=sentence):
        planned(write_matrix(), split=split)


def test_a_device_that_only_validation_knows_is_refused(place: Path) -> None:
    def strange(frames: Float32, table: pd.DataFrame) -> None:
        table.loc[table["content"] == "stop", "device"] = "stranger"

    with pytest.raises(MicfpError, match="would test on the device stranger"):
        made(planned(write_matrix(strange)))


def test_one_device_is_refused(place: Path) -> None:
    def alone(frames: Float32, table: pd.DataFrame) -> None:
        table["device"] = "lonely"

    with pytest.raises(MicfpError, match="all 96 segments have the device 'lonely'"):
        made(planned(write_matrix(alone)))


def test_a_device_that_only_the_test_knows_is_refused(place: Path) -> None:
    def strange(frames: Float32, table: pd.DataFrame) -> None:
        row = table["content"] == "test"
        table.loc[row & (table["device"] == "dull"), "device"] = "stranger"

    with pytest.raises(MicfpError, match="stranger"):
        made(planned(write_matrix(strange)))
