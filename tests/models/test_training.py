"""The training loop: schedules by hand, stopping, resume after a kill, and what it refuses."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from micfp.errors import MicfpError
from micfp.models.method_config import TrainingConfig
from micfp.models.training import (
    Epoch,
    Rows,
    Trained,
    _Run,
    log_probabilities,
    train,
)


def three_classes(n: int = 90, noise: float = 0.2) -> Rows:
    """Points around three corners, in turn."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % 3
    corners = np.array([[0.0, 5.0], [100.0, 5.0], [0.0, 6.0]])
    x = (corners[y] + noise * rng.standard_normal((n, 2)) * [100.0, 1.0]).astype(np.float32)
    mean, deviation = x[:60].mean(axis=0), x[:60].std(axis=0)
    return Rows((x,), (mean,), (deviation,), y)


def network() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3))


TRAIN, VALIDATE, TEST = np.arange(45), np.arange(45, 60), np.arange(60, 90)


def run(net: nn.Module, checkpoint: Path | None = None, **changed: object) -> Trained:
    config = TrainingConfig.model_validate(
        {"learning_rate": 0.02, "epochs": 40, "batch_size": 16, "patience_epochs": 10} | changed
    )
    return train(net, three_classes(), TRAIN, VALIDATE, config, seed=7, checkpoint=checkpoint)


def weights(net: nn.Module) -> bytes:
    return b"".join(value.numpy().tobytes() for value in net.state_dict().values())


def test_it_learns_and_keeps_the_best_epoch() -> None:
    net = network()
    done = run(net, keep="best")
    log_p = log_probabilities(net, three_classes(), TEST)
    assert log_p.dtype == np.float64
    np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1)
    assert np.mean(log_p.argmax(axis=1) == three_classes().y[TEST]) > 0.9
    losses = [epoch.validation_loss for epoch in done.curves]
    assert done.best == done.kept == int(np.argmin(losses)) + 1 < len(losses)
    assert validation_loss(net) == pytest.approx(losses[done.best - 1], rel=DIGITS)


# on a GPU it was measured in bfloat16, of 8 bits
DIGITS = 1e-2 if torch.accelerator.is_available() else 1e-5


def validation_loss(net: nn.Module) -> float:
    """Of the weights that a training left: that of the epoch which they are of."""
    own = log_probabilities(net, three_classes(), VALIDATE)
    return -float(own[np.arange(15), three_classes().y[VALIDATE]].mean())


def test_as_the_paper_has_it_all_epochs_are_done_and_the_last_is_kept() -> None:
    """No patience, no choice: 25 epochs, though the loss was lowest in the 18th."""
    net = network()
    done = run(net, patience_epochs=None, epochs=25)
    losses = [epoch.validation_loss for epoch in done.curves]
    assert (len(losses), done.kept) == (25, 25)
    assert done.best == int(np.argmin(losses)) + 1 == 18
    assert validation_loss(net) == pytest.approx(losses[-1], rel=DIGITS)
    assert done.device == "cpu" or torch.accelerator.is_available()


def test_it_stops_where_validation_gets_no_better() -> None:
    done = run(network(), epochs=400, patience_epochs=5)
    assert done.converged
    assert len(done.curves) < 400
    lowest, at = np.inf, 0
    for epoch in done.curves:
        if epoch.validation_loss < 0.95 * lowest:
            lowest, at = epoch.validation_loss, epoch.epoch
    assert len(done.curves) - at == 5


def test_without_patience_it_goes_on_and_has_converged_all_the_same() -> None:
    """15 epochs without a loss lower by 5 % are enough to call it so."""
    patient = run(network(), epochs=120, patience_epochs=15)
    assert patient.converged
    assert len(patient.curves) < 120
    done = run(network(), epochs=120, patience_epochs=None)
    assert (len(done.curves), done.converged) == (120, True)
    assert done.curves[: len(patient.curves)] == patient.curves


def test_one_that_was_still_learning_is_not_converged() -> None:
    done = run(network(), epochs=3, learning_rate=1e-4)
    assert (len(done.curves), done.converged) == (3, False)


def test_one_that_never_learns_is_not_converged() -> None:
    """Nothing to learn in noise: all epochs are done, and it says so."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 2)).astype(np.float32)
    zero, one = np.zeros(2, np.float32), np.ones(2, np.float32)
    rows = Rows((x,), (zero,), (one,), rng.integers(0, 3, 60))
    config = TrainingConfig(learning_rate=1e-6, epochs=12, batch_size=16, patience_epochs=3)
    done = train(network(), rows, TRAIN, VALIDATE, config, 0)
    assert (len(done.curves), done.converged) == (12, False)


def test_same_seed_same_bytes_and_another_seed_other_ones() -> None:
    one, same, other = network(), network(), network()
    run(one)
    run(same)
    config = TrainingConfig(learning_rate=0.02, epochs=40, batch_size=16, patience_epochs=10)
    train(other, three_classes(), TRAIN, VALIDATE, config, seed=8)
    assert weights(one) == weights(same) != weights(other)


class Stop(Exception):  # noqa: N818
    """In the place of a kill."""


@pytest.mark.parametrize("schedule", ["steps", "one_cycle", "plateau"])
def test_resumed_after_any_epoch_it_ends_the_same(tmp_path: Path, schedule: str) -> None:
    whole = network()
    done = run(whole, epochs=6, schedule=schedule, step_epochs=2)
    for stop_at in (1, 3, 5):
        checkpoint = tmp_path / f"{stop_at}.pt"

        def stop(epoch: Epoch, at: int = stop_at) -> None:
            if epoch.epoch == at:
                raise Stop

        config = TrainingConfig.model_validate(
            {"learning_rate": 0.02, "epochs": 6, "batch_size": 16, "patience_epochs": 10}
            | {"schedule": schedule, "step_epochs": 2}
        )
        with pytest.raises(Stop):
            train(network(), three_classes(), TRAIN, VALIDATE, config, 7, checkpoint, stop)
        torch.manual_seed(99)  # a fresh process has another state
        resumed = network()
        again = train(resumed, three_classes(), TRAIN, VALIDATE, config, 7, checkpoint)
        assert again == done
        assert (done.resumed, again.resumed) == (0, stop_at)
        assert weights(resumed) == weights(whole)
        assert not checkpoint.exists()


KILLED = """
import sys, torch
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_training import network, run, weights
torch.set_num_threads(1)
net = network()
run(net, Path(sys.argv[1]) / "checkpoint.pt", epochs=300, patience_epochs=300)
(Path(sys.argv[1]) / "weights").write_bytes(weights(net))
"""


@pytest.mark.slow
def test_killed_again_and_again_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    """SIGKILL at three times that fall where they may, then one run to the end."""
    whole = network()
    run(whole, epochs=300, patience_epochs=300)
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(Path(__file__).parent)]
    killed = 0
    for _ in range(3):
        with subprocess.Popen(command) as process:
            before = _epochs(tmp_path)
            until = time.monotonic() + 60
            while process.poll() is None and _epochs(tmp_path) < before + 20:
                assert time.monotonic() < until
                time.sleep(0.01)
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                killed += 1
    assert killed >= 1
    subprocess.run(command, check=True, timeout=120)
    assert (tmp_path / "weights").read_bytes() == weights(whole)


def _epochs(folder: Path) -> int:
    try:
        return len(torch.load(folder / "checkpoint.pt", weights_only=True)["curves"])
    except OSError:
        return 0


def test_what_a_kill_left_beside_a_checkpoint(tmp_path: Path) -> None:
    """Killed as the next state was being written."""
    whole = network()
    done = run(whole, epochs=6)
    checkpoint = tmp_path / "checkpoint.pt"

    def stop(epoch: Epoch) -> None:
        if epoch.epoch == 3:
            raise Stop

    config = TrainingConfig(learning_rate=0.02, epochs=6, batch_size=16, patience_epochs=10)
    with pytest.raises(Stop):
        train(network(), three_classes(), TRAIN, VALIDATE, config, 7, checkpoint, stop)
    (tmp_path / "checkpoint.pt.new").write_bytes(b"half a fi")
    resumed = network()
    epochs: list[int] = []
    again = train(
        *(resumed, three_classes(), TRAIN, VALIDATE, config, 7, checkpoint),
        lambda epoch: epochs.append(epoch.epoch),
    )
    assert again == done
    assert epochs == [1, 2, 3, 4, 5, 6]
    assert weights(resumed) == weights(whole)
    assert list(tmp_path.iterdir()) == []


class Exploit:
    """A pickle of this runs a command."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def test_a_damaged_checkpoint_is_an_error_that_names_it(tmp_path: Path) -> None:
    checkpoint, mark = tmp_path / "checkpoint.pt", tmp_path / "mark"
    for write in (
        lambda: checkpoint.write_bytes(b"no tensors"),
        lambda: torch.save({"curves": [], "best": 0}, checkpoint),
        lambda: torch.save({"curves": Exploit(mark)}, checkpoint),
    ):
        write()
        with pytest.raises(MicfpError, match=r"checkpoint\.pt: a damaged checkpoint .*remove the"):
            run(network(), checkpoint)
    assert not mark.exists()


# --- schedules -----------------------------------------------------------------------------------


def rates(config: TrainingConfig, validation_losses: list[float], steps: int = 1) -> list[float]:
    """Learning rate of the first step of each epoch, when these losses have been."""
    state = _Run(nn.Linear(1, 1), config, steps)
    found = []
    for number, loss in enumerate(validation_losses, start=1):
        found.append(state.learning_rate(0))
        state.curves.append(Epoch(number, found[-1], 1.0, 0.0, loss, 0.0))
    return found


def test_the_papers_schedule() -> None:
    """1e-4, a tenth of it every 30 epochs."""
    found = rates(TrainingConfig(), [1.0] * 100)
    assert found[:30] == [1e-4] * 30
    assert found[30:60] == pytest.approx([1e-5] * 30)
    assert found[60:90] == pytest.approx([1e-6] * 30)
    assert found[90:] == pytest.approx([1e-7] * 10)


def test_one_cycle_rises_for_a_third_and_falls_to_nothing() -> None:
    config = TrainingConfig(schedule="one_cycle", learning_rate=1.0, epochs=12)
    found = rates(config, [1.0] * 12)
    # share 0 of the rise: 0.04; a half of it (epoch 3): 0.04 + 0.96 / 2; all of it (epoch 5): 1
    assert [found[0], found[2], found[4]] == pytest.approx([0.04, 0.52, 1.0])
    # half of the fall (epoch 9): a half; the last epoch begins at (1 - cos(7/8 pi)) / 2 down
    assert found[8] == pytest.approx(0.5)
    assert found[11] == pytest.approx((1 + np.cos(7 / 8 * np.pi)) / 2)


def test_plateau_falls_after_epochs_without_a_lower_loss() -> None:
    config = TrainingConfig(schedule="plateau", learning_rate=1.0, factor=0.5, step_epochs=2)
    #        lower  lower  not   not   | not   not   | lower
    losses = [1.0, 0.9, 0.9, 0.895, 0.9, 0.9, 0.5, 0.5]
    assert rates(config, losses) == [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25]


# --- what is refused ----------------------------------------------------------------------------


def test_what_cannot_be_learned_from() -> None:
    rows, config = three_classes(), TrainingConfig(epochs=1)
    with pytest.raises(MicfpError, match="45 rows to train on and 0 to stop on"):
        train(network(), rows, TRAIN, np.arange(0), config, 0)
    with pytest.raises(MicfpError, match="1 classes of the validation part are not in the train"):
        train(network(), rows, TRAIN[rows.y[TRAIN] != 2], VALIDATE, config, 0)
    rows.inputs[0][50, 1] = np.nan
    with pytest.raises(MicfpError, match=r"row 50 is no number \(NaN or infinite\), 1 of"):
        train(network(), rows, TRAIN, VALIDATE, config, 0)
    wild = TrainingConfig().model_copy(update={"learning_rate": 1e25})
    with pytest.raises(MicfpError, match="the loss of epoch 1 is no number: set the learning rate"):
        train(network(), three_classes(), TRAIN, VALIDATE, wild, 0)


def test_a_last_row_alone_joins_the_batch_before() -> None:
    """33 rows in batches of 16: 16 and 17, since batch normalisation cannot learn from one."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    config = TrainingConfig(epochs=1, batch_size=16)
    done = train(net, three_classes(), np.arange(33), VALIDATE, config, 0)
    assert len(done.curves) == 1
