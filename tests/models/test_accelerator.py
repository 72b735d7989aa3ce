"""Training on a GPU: skipped where there is none. What it learns must not depend on the place."""

from pathlib import Path

import numpy as np
import pytest
import torch
from test_training import TRAIN, VALIDATE, network, run, three_classes
from torch import Tensor, nn

from micfp.attack.adversarial import Adversary
from micfp.attack.front_end import LogMel
from micfp.config.attack import PerturbationConfig
from micfp.features.frames import FrameSet
from micfp.models.accelerators import name_of
from micfp.models.method_config import TrainingConfig
from micfp.models.training import Epoch, Rows, log_probabilities, train

pytestmark = pytest.mark.skipif(
    not torch.accelerator.is_available(), reason="no accelerator on this machine"
)


class Watched(nn.Module):
    """A network that remembers where its layers ran, and in which precision."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner
        self.seen: set[tuple[str, torch.dtype]] = set()

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.inner(x)
        self.seen.add((scores.device.type, scores.dtype))
        return scores


def test_it_trains_there_in_mixed_precision_and_comes_back() -> None:
    net = Watched(network())
    done = run(net)
    there = torch.accelerator.current_accelerator()
    assert there is not None
    assert net.seen == {(there.type, torch.bfloat16)}
    assert {(v.device.type, v.dtype) for v in net.state_dict().values()} == {("cpu", torch.float32)}
    assert done.curves[done.best - 1].validation_accuracy > 0.9


@pytest.mark.parametrize("precision", ["tf32", "float32"])
def test_it_trains_there_with_the_precision_that_is_asked_for(precision: str) -> None:
    net = Watched(network())
    done = run(net, precision=precision)
    there = torch.accelerator.current_accelerator()
    assert there is not None
    assert net.seen == {(there.type, torch.float32)}
    # torch's word for products in TensorFloat-32
    assert torch.get_float32_matmul_precision() == {"tf32": "high", "float32": "highest"}[precision]
    assert done.device == name_of(there) != "cpu"


def test_it_learns_what_the_processor_learns() -> None:
    here, there = network(), network()
    on_cpu, on_gpu = run(here, accelerator="none"), run(there)
    # The same rows in the same order; bfloat16 has 8 bits: a loss differs in its second digit.
    first = [done.curves[0].train_loss for done in (on_cpu, on_gpu)]
    assert first[0] == pytest.approx(first[1], rel=0.05)
    rows = three_classes()
    named = [
        log_probabilities(net, rows, np.arange(60, 90)).argmax(axis=1) for net in (here, there)
    ]
    assert np.mean(named[0] == named[1]) > 0.9


def test_a_training_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    place = tmp_path / "checkpoint"
    whole = network()
    run(whole, epochs=6)

    class CutError(Exception):
        pass

    def stop(epoch: Epoch) -> None:
        if epoch.epoch == 3:
            raise CutError

    cut = network()
    config = TrainingConfig(learning_rate=0.02, epochs=6, batch_size=16, patience_epochs=10)
    rows = three_classes()
    with pytest.raises(CutError):
        train(cut, rows, TRAIN, VALIDATE, config, 7, place, stop)
    again = network()
    done = train(again, rows, TRAIN, VALIDATE, config, 7, place)
    assert len(done.curves) == 6
    for name, value in again.state_dict().items():
        assert torch.allclose(value, whole.state_dict()[name], atol=1e-2), name


def test_adversarial_training() -> None:
    rate_hz, n = 8000, 30
    rng = np.random.default_rng(0)
    y = np.arange(n) % 3
    time_s = np.arange(2000) / rate_hz
    tones = np.sin(2 * np.pi * np.array([500.0, 1000.0, 2000.0])[y, None] * time_s)
    samples = (0.1 * tones + 0.01 * rng.standard_normal(tones.shape)).astype(np.float32)
    frames = FrameSet(family="log_mel", n_mels=16, n_frames=8)
    front_end = LogMel(samples.shape[1], rate_hz, frames)
    values = front_end(torch.from_numpy(samples)).numpy()
    shape = values.shape[1:]
    shift, scale = values.mean(axis=(0, 1), keepdims=True)[0], np.full((1, 1), 10.0, np.float32)
    rows = Rows((values,), (shift,), (scale,), y)
    adversary = Adversary(samples[:, :, None], front_end, PerturbationConfig(snr_db=30, steps=2))
    torch.manual_seed(1)
    net = nn.Sequential(nn.Flatten(), nn.Linear(shape[0] * shape[1], 3))
    config = TrainingConfig(learning_rate=0.05, epochs=15, batch_size=10, patience_epochs=15)
    done = train(net, rows, np.arange(18), np.arange(18, 30), config, 7, perturbed=adversary)
    assert done.curves[-1].validation_accuracy > 0.8
