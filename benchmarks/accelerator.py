"""Seconds of an epoch of the paper's network on the accelerator and on one thread of the processor.

    python benchmarks/accelerator.py

700 made segments of 128 x 73 numbers and 30 classes, batches of 64. The first epoch on an
accelerator holds its start.
"""

import itertools
import time

import numpy as np

from micfp.models.accelerators import accelerator, name_of
from micfp.models.method_config import MethodConfig, TrainingConfig
from micfp.models.methods import untrained
from micfp.models.training import Rows, train

N, TRAINING, SHAPE, CLASSES = 800, 700, (128, 73), 30
WAYS = (("auto", "mixed", 4), ("auto", "tf32", 4), ("auto", "float32", 4), ("none", "float32", 1))


def main() -> None:
    """Train on both, there in every precision, and print the seconds of every epoch."""
    rows = made_rows(np.random.default_rng(0))
    for where, precision, epochs in WAYS:
        config = TrainingConfig.model_validate(
            {"epochs": epochs, "accelerator": where, "precision": precision}
        )
        if where == "auto" and accelerator(config).type == "cpu":
            continue
        network = untrained(
            MethodConfig(frames="given", network="cross_scale"), SHAPE, CLASSES, seed=1
        )
        ends = [time.perf_counter()]
        train(
            network,
            rows,
            np.arange(TRAINING),
            np.arange(TRAINING, N),
            config,
            seed=1,
            on_epoch=lambda epoch, ends=ends: ends.append(time.perf_counter()),
        )
        seconds = ", ".join(f"{b - a:.2f}" for a, b in itertools.pairwise(ends))
        print(f"{name_of(accelerator(config))}, {precision}: {seconds} s")


def made_rows(rng: np.random.Generator) -> Rows:
    """Noise with a tilt over the features that is the class's."""
    y = np.arange(N) % CLASSES
    tilts = np.linspace(-1, 1, CLASSES)[y][:, None, None] * np.linspace(-1, 1, SHAPE[1])
    values = (tilts + rng.standard_normal((N, *SHAPE))).astype(np.float32)
    return Rows((values,), (np.zeros(1, np.float32),), (np.ones(1, np.float32),), y)


if __name__ == "__main__":
    main()
