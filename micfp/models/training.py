"""One loop that trains every network.

Adam, a schedule of learning rates by name, and the weights of the last or best epoch. Where an
accelerator is there, it is used; on the CPU the same parameters give the same weights, bit for bit.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from micfp.errors import MicfpError
from micfp.models.accelerators import accelerator, mixed, name_of, prepare
from micfp.models.method_config import TrainingConfig

Int64 = NDArray[np.int64]
IMPROVEMENT = 0.05
STEADY_EPOCHS = 15  # without a lower loss: what did not stop by itself has converged too


@dataclass(frozen=True)
class Rows:
    """What a network learns from.

    Parameters
    ----------
    inputs
        one array (n, ...) for each of its arguments, memory-mapped or not
    shift, scale
        what is taken off and divided by, of the last axes of each input
    y
        class numbers (n,)
    """

    inputs: tuple[NDArray[Any], ...]
    shift: tuple[NDArray[np.float32], ...]
    scale: tuple[NDArray[np.float32], ...]
    y: Int64

    def batch(self, rows: Int64) -> list[Tensor]:
        """The inputs of some rows, standardised, in the order of `rows`."""
        return [
            torch.from_numpy((np.asarray(x[rows], np.float32) - shift) / scale)
            for x, shift, scale in zip(self.inputs, self.shift, self.scale, strict=True)
        ]


# The network as it is, the rows, numbers of some: inputs to learn from in their place.
Perturbed = Callable[[nn.Module, Rows, Int64], list[Tensor]]


@dataclass(frozen=True)
class Epoch:
    """One point of the curves: means over the rows; the training ones while it learned."""

    epoch: int
    learning_rate: float
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float


@dataclass(frozen=True)
class Trained:
    """How a training went.

    Parameters
    ----------
    best
        the epoch with the lowest validation loss
    kept
        the epoch whose weights the network has: `best`, or the last
    converged
        whether the validation loss had stopped falling, by 5 % in `patience_epochs` (or
        `STEADY_EPOCHS`), before the epochs were over
    device
        where it was trained: cpu, or the name of an accelerator
    resumed
        epochs that a run which was cut off had done, and this one did not do again
    """

    curves: tuple[Epoch, ...]
    best: int
    kept: int
    converged: bool
    device: str
    resumed: int = field(default=0, compare=False)


def train(
    network: nn.Module,
    rows: Rows,
    training: Int64,
    validation: Int64,
    config: TrainingConfig,
    seed: int,
    checkpoint: Path | None = None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    perturbed: Perturbed | None = None,
) -> Trained:
    """Train on `training` rows until `validation` rows are named no better.

    Parameters
    ----------
    checkpoint
        file in which the last epoch is kept, so that the same call goes on from it after a kill,
        and ends with the same weights; removed at the end
    on_epoch
        told of every epoch, also of those that were kept
    perturbed
        gives the inputs of a batch in place of the rows themselves

    Raises
    ------
    MicfpError
        for rows that are no numbers, too few rows, or a loss that is none
    """
    check_rows(rows, training, validation, config.batch_size)
    device = accelerator(config)
    prepare(device, config)
    network.to(device)
    run = _Run(network, config, math.ceil(len(training) / config.batch_size))
    run.restore(checkpoint)
    resumed = len(run.curves)
    for epoch in run.curves:
        on_epoch(epoch)
    while not run.is_over():
        run.add(_epoch(run, rows, training, validation, seed, device, perturbed))
        run.keep(checkpoint)
        on_epoch(run.curves[-1])
    if config.keep == "best":
        network.load_state_dict(run.best_weights)
    network.to("cpu").eval()
    run.forget(checkpoint)
    kept = run.best if config.keep == "best" else len(run.curves)
    curves, steady = tuple(run.curves), run.is_steady()
    return Trained(curves, run.best, kept, steady, name_of(device), resumed)


def check_rows(rows: Rows, training: Int64, validation: Int64, batch_size: int) -> None:
    """Refuse what cannot be learned from, with the reason."""
    if len(training) < 2 or len(validation) < 1:
        raise MicfpError(
            f"{len(training)} rows to train on and {len(validation)} to stop on: a network needs "
            "two and one; set split.validation, or cut more segments"
        )
    unseen = set(rows.y[validation].tolist()) - set(rows.y[training].tolist())
    if unseen:
        raise MicfpError(
            f"{len(unseen)} classes of the validation part are not in the training part: choose "
            "another split.validation"
        )
    used = np.concatenate([training, validation])
    for x in rows.inputs:
        for start in range(0, len(used), batch_size):
            some = used[start : start + batch_size]
            broken = ~np.isfinite(x[some]).reshape(len(some), -1).all(axis=1)
            if broken.any():
                raise MicfpError(
                    f"row {some[np.argmax(broken)]} is no number (NaN or infinite), {broken.sum()} "
                    f"of {len(some)} looked at: look for its recording in the check, and drop it "
                    "(check.policy.not_finite)"
                )


class _Run:
    """All that a training is between two epochs."""

    def __init__(self, network: nn.Module, config: TrainingConfig, steps_an_epoch: int) -> None:
        self.network, self.config = network, config
        learned = [value for value in network.parameters() if value.requires_grad]
        self.optimizer = torch.optim.Adam(
            learned, lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.steps_an_epoch = steps_an_epoch
        self.curves: list[Epoch] = []
        self.best = 0
        self.best_weights = _copied(network.state_dict())

    def is_over(self) -> bool:
        """Whether all epochs are done, or the validation loss has stopped falling."""
        patient = self.config.patience_epochs is None or not self.is_steady()
        return len(self.curves) >= self.config.epochs or not patient

    def is_steady(self) -> bool:
        """Whether the validation loss fell, and then did not for long."""
        return self.since_better() >= (self.config.patience_epochs or STEADY_EPOCHS)

    def since_better(self) -> int:
        """Epochs since the validation loss was last lower by 5 %.

        0 as long as it was never lower than after the first epoch: what learns slowly at first has
        not learned yet, and what never learns has not converged.
        """
        lowest, at = math.inf, 0
        for epoch in self.curves:
            if epoch.validation_loss < (1 - IMPROVEMENT) * lowest:
                lowest, at = epoch.validation_loss, epoch.epoch
        return len(self.curves) - at if at > 1 else 0

    def learning_rate(self, step: int) -> float:
        """Of a step inside the epoch that comes.

        Torch's own schedulers do not give these numbers: StepLR and ReduceLROnPlateau multiply the
        last rate by the factor, which rounds otherwise than a power of it, and OneCycleLR ends its
        rise and its fall one step sooner.
        """
        config, epoch = self.config, len(self.curves)
        if config.schedule == "steps":
            return config.learning_rate * config.factor ** (epoch // config.step_epochs)
        if config.schedule == "plateau":
            drops, lowest, since = 0, math.inf, 0
            for done in self.curves:
                since += 1
                if done.validation_loss < (1 - IMPROVEMENT) * lowest:
                    lowest, since = done.validation_loss, 0
                elif since >= config.step_epochs:
                    drops, since = drops + 1, 0
            return config.learning_rate * config.factor**drops
        share = (epoch + step / self.steps_an_epoch) / config.epochs
        rise = 1 / 3
        if share < rise:
            return config.learning_rate * (0.04 + 0.96 * _eased(share / rise))
        return config.learning_rate * (1 - _eased((share - rise) / (1 - rise)))

    def add(self, epoch: Epoch) -> None:
        """One more epoch is done."""
        if not math.isfinite(epoch.train_loss + epoch.validation_loss):
            raise MicfpError(
                f"the loss of epoch {epoch.epoch} is no number: set the learning rate lower "
                f"({self.config.learning_rate:g} now)"
            )
        if not self.curves or epoch.validation_loss < self.curves[self.best - 1].validation_loss:
            self.best = epoch.epoch
            self.best_weights = _copied(self.network.state_dict())
        self.curves.append(epoch)

    def keep(self, checkpoint: Path | None) -> None:
        """Write the state whole, in the place of the last one."""
        if checkpoint is None:
            return
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "network": self.network.state_dict(),
            "best_weights": self.best_weights,
            "optimizer": self.optimizer.state_dict(),
            "curves": [asdict(epoch) for epoch in self.curves],
            "best": self.best,
        }
        torch.save(state, _unfinished(checkpoint))
        _unfinished(checkpoint).replace(checkpoint)

    def forget(self, checkpoint: Path | None) -> None:
        """Remove the state, and what a kill left beside it."""
        if checkpoint is not None:
            _unfinished(checkpoint).unlink(missing_ok=True)
            checkpoint.unlink()

    def restore(self, checkpoint: Path | None) -> None:
        """Go on from a state where one was kept, which runs no code from it."""
        if checkpoint is None or not checkpoint.exists():
            return
        try:
            state = torch.load(checkpoint, map_location="cpu", weights_only=True)
            self.curves = [Epoch(**epoch) for epoch in state["curves"]]
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.best, self.best_weights = int(state["best"]), dict(state["best_weights"])
        except Exception as error:
            raise MicfpError(
                f"{checkpoint}: a damaged checkpoint ({' '.join(str(error).split())[:200]}); remove"
                " the file, and training starts anew"
            ) from None


def _epoch(
    run: _Run,
    rows: Rows,
    training: Int64,
    validation: Int64,
    seed: int,
    device: torch.device,
    perturbed: Perturbed | None,
) -> Epoch:
    """Train once on every row, in an order that follows from seed and epoch alone."""
    number = len(run.curves) + 1
    torch.manual_seed(int(np.random.default_rng([seed, number]).integers(2**62)))
    order = training[np.random.default_rng([seed, number, 0]).permutation(len(training))]
    run.network.train()
    total, right = 0.0, 0
    for step, some in enumerate(_batches(order, run.config.batch_size)):
        rate = run.learning_rate(step)
        for group in run.optimizer.param_groups:
            group["lr"] = rate
        inputs = None if perturbed is None else perturbed(run.network, rows, some)
        with mixed(device, run.config):
            loss, logits = _loss(run.network, rows, some, device, inputs)
        run.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        run.optimizer.step()
        total += loss.item() * len(some)
        right += _right(logits, rows.y[some])
    judged = _judged(run.network, rows, validation, run.config, device)
    return Epoch(number, rate, total / len(order), right / len(order), *judged)


def _batches(rows: Int64, size: int) -> Iterator[Int64]:
    """Rows in batches; one left over joins the last, since batch normalisation needs two."""
    ends = list(range(size, len(rows), size))
    if ends and len(rows) - ends[-1] == 1:
        ends.pop()
    yield from np.split(rows, ends)


def _loss(
    network: nn.Module,
    rows: Rows,
    some: Int64,
    device: torch.device,
    instead: list[Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """Training loss and deciding scores of some rows; a network may have a loss of its own."""
    inputs = [x.to(device) for x in (rows.batch(some) if instead is None else instead)]
    y = torch.from_numpy(rows.y[some]).to(device)
    loss_of: Any = getattr(network, "loss", None)
    if loss_of is not None:
        loss, scores = loss_of(inputs, y)
        return loss, scores
    scores = network(*inputs)
    return functional.cross_entropy(scores.float(), y), scores


def _judged(
    network: nn.Module, rows: Rows, some: Int64, config: TrainingConfig, device: torch.device
) -> tuple[float, float]:
    """Mean loss and accuracy of rows that are not learned from."""
    network.eval()
    total, right = 0.0, 0
    with torch.no_grad():
        for batch in np.split(some, range(config.batch_size, len(some), config.batch_size)):
            with mixed(device, config):
                loss, logits = _loss(network, rows, batch, device)
            total += loss.item() * len(batch)
            right += _right(logits, rows.y[batch])
    return total / len(some), right / len(some)


def _right(scores: Tensor, y: Int64) -> int:
    """How many rows are identified correctly; an autoencoder names none."""
    return int((scores.argmax(1).cpu() == torch.from_numpy(y)).sum()) if scores.ndim == 2 else 0


def outputs(of: Callable[..., Tensor], rows: Rows, some: Int64, batch_size: int = 64) -> Tensor:
    """What a network, or a part of one, gives for some rows; nothing is learned."""
    with torch.no_grad():
        parts = [
            of(*rows.batch(batch))
            for batch in np.split(some, range(batch_size, len(some), batch_size))
        ]
    return torch.cat(parts)


def log_probabilities(
    network: nn.Module, rows: Rows, some: Int64, batch_size: int = 64
) -> NDArray[np.float64]:
    """Log-probability of each class, float64 (n, classes)."""
    scores = outputs(network.eval(), rows, some, batch_size).double()
    logs: NDArray[np.float64] = functional.log_softmax(scores, 1).numpy()
    return logs


def _eased(share: float) -> float:
    """From 0 to 1 along half a cosine."""
    return (1 - math.cos(math.pi * share)) / 2


def _copied(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in tensors.items()}


def _unfinished(checkpoint: Path) -> Path:
    """Where the next state is written; what lies there is of a kill."""
    return checkpoint.with_name(checkpoint.name + ".new")
