"""Adversarial training: a network learns from segments perturbed against it as it is.

Madry et al. 2018. Half of each batch is perturbed, so that clean recordings are still named.
"""

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from micfp.attack.front_end import LogMel
from micfp.attack.perturb import perturb
from micfp.config.attack import PerturbationConfig
from micfp.models.training import Int64, Rows


class Adversary:
    """Perturbs rows while a network trains: `training.Perturbed`."""

    def __init__(
        self, waveforms: NDArray[Any], front_end: LogMel, config: PerturbationConfig
    ) -> None:
        """waveforms: (n, n_samples, 1), the samples of each row, memory-mapped or not."""
        self.waveforms = waveforms
        self.front_end = front_end
        self.config = config

    def __call__(self, network: nn.Module, rows: Rows, some: Int64) -> list[Tensor]:
        """Standardised frames of some rows, the first half of them perturbed."""
        (frames,) = rows.batch(some)
        half = some[: (len(some) + 1) // 2]
        shift, scale = (torch.from_numpy(part[0].copy()) for part in (rows.shift, rows.scale))
        samples = torch.from_numpy(self.waveforms[half][:, :, 0].copy())
        y = torch.from_numpy(rows.y[half])
        device = next(network.parameters()).device

        def logits_of(x: Tensor) -> Tensor:
            logits: Tensor = network(((self.front_end(x) - shift) / scale).to(device))
            return logits.cpu()

        network.eval()  # batch normalisation learns from the batch once, not at each step
        changed = perturb(logits_of, samples, y, self.config, torch.default_generator)
        network.train()
        with torch.no_grad():
            frames[: len(half)] = (self.front_end(changed) - shift) / scale
        return [frames]
