"""What is made of frame matrices before a network or a classifier takes them.

What is fitted here, a mixture and a total-variability matrix, is fitted on training rows alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.models.gmm import Mixture, fit_mixture, statistics, supervectors
from micfp.models.ivectors import fit_total_variability, ivectors
from micfp.models.method_config import GaussiansConfig, Input

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
BLOCK_ROWS = 64


@dataclass(frozen=True)
class FrameInputs:
    """Gives the inputs of a method, in the order that it takes them; `names` are theirs."""

    names: tuple[Input, ...]
    relevance: float
    mixture: Mixture | None = None
    total: NDArray[np.float64] | None = None

    def transform(self, frames: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """The inputs (n, ...) of frames (n, T, F), memory-mapped or not; rows in blocks."""
        made: dict[Input, list[Float32]] = {name: [] for name in self.names if name != "frames"}
        for block in _blocks(frames) if made else ():
            if self.mixture is not None:
                stats = statistics(self.mixture, block)
                if "gsv" in made:
                    made["gsv"].append(supervectors(self.mixture, stats, self.relevance))
                if "ivector" in made and self.total is not None:
                    made["ivector"].append(ivectors(self.mixture, self.total, stats))
            if "statistics" in made:
                made["statistics"].append(np.hstack([block.mean(axis=1), block.std(axis=1)]))
        return tuple(frames if n == "frames" else np.concatenate(made[n]) for n in self.names)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that was fitted, by name."""
        arrays: dict[str, NDArray[Any]] = {}
        if self.mixture is not None:
            arrays |= {f"mixture.{name}": value for name, value in vars(self.mixture).items()}
        return arrays if self.total is None else arrays | {"total": self.total}


def frame_inputs_of(
    names: Sequence[Input], relevance: float, arrays: Mapping[str, NDArray[Any]]
) -> FrameInputs:
    """The frame inputs whose `arrays` these are."""
    mixture = None
    if "mixture.means" in arrays:
        mixture = Mixture(*(arrays[f"mixture.{n}"] for n in ("weights", "means", "variances")))
    return FrameInputs(tuple(names), relevance, mixture, arrays.get("total"))


def fit_frame_inputs(
    names: Sequence[Input],
    frames: NDArray[Any],
    training: Int64,
    config: GaussiansConfig,
    rng: np.random.Generator,
) -> FrameInputs:
    """Fit on the training rows of frames (n, T, F) what the named inputs need.

    Raises
    ------
    MicfpError
        for frames that are no numbers, or too few of them
    """
    mixture = total = None
    if {"gsv", "ivector"} & set(names):
        mixture = mixture_of(frames, training, config, rng)
    if "ivector" in names and mixture is not None:
        samples = (sample for block in _blocks(frames, training) for sample in block)
        total = fit_total_variability(
            mixture,
            statistics(mixture, samples),
            config.ivector_dimension,
            rng,
            config.ivector_iterations,
        )
    return FrameInputs(tuple(names), config.relevance, mixture, total)


def mixture_of(
    frames: NDArray[Any], rows: Int64, config: GaussiansConfig, rng: np.random.Generator
) -> Mixture:
    """A mixture fitted to all frames of some rows of (n, T, F)."""
    return fit_mixture(
        lambda: (block.reshape(-1, frames.shape[-1]) for block in _blocks(frames, rows)),
        config.components,
        rng,
        config.iterations,
    )


def _blocks(frames: NDArray[Any], rows: Int64 | None = None) -> Iterator[Float32]:
    """Some rows, a few at a time, in the order of the file."""
    rows = np.arange(len(frames)) if rows is None else np.sort(rows)
    for start in range(0, len(rows), BLOCK_ROWS):
        yield np.asarray(frames[rows[start : start + BLOCK_ROWS]])


def shift_and_scale(name: Input, values: NDArray[Any], training: Int64) -> tuple[Float32, Float32]:
    """What is taken off an input and divided by, from training rows.

    Of frames, i-vectors and statistics mean and standard deviation of each of the last axis's
    numbers; of supervectors the middle and half of the range of each number, which brings training
    rows to -1..1. A number that never varies is divided by one.
    """
    if name == "gsv":
        low, high = values[training].min(axis=0), values[training].max(axis=0)
        half = (high - low) / 2
        return (low + high) / 2, np.where(half > 0, half, np.float32(1)).astype(np.float32)
    count, total, square = 0, np.zeros(values.shape[-1]), np.zeros(values.shape[-1])
    for block in _blocks(values, training):
        flat = block.reshape(-1, values.shape[-1]).astype(np.float64)
        count += len(flat)
        total += flat.sum(axis=0)
        square += np.square(flat).sum(axis=0)
    mean = total / count
    deviation = np.sqrt(np.maximum(square / count - mean**2, 0))
    varies = deviation > 1e-6 * np.maximum(np.abs(mean), 1e-12)
    return mean.astype(np.float32), np.where(varies, deviation, 1.0).astype(np.float32)
