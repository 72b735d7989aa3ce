"""What the channels of a recording are to each other: one may be dead, two may cancel."""

from typing import Any

import numpy as np

from micfp.recordings.quality.levels import dbfs


class ChannelLevels:
    """Adds up the power of every channel, and of their mean, block by block."""

    def __init__(self, n_channels: int) -> None:
        self._powers = np.zeros(n_channels)
        self._mean_power = 0.0
        self._n_samples = 0

    def push(self, block: Any) -> None:
        """Take samples, shape (n, channels); those that are not finite count as zero."""
        finite = np.nan_to_num(block, posinf=0.0, neginf=0.0).astype(np.float64)
        self._powers += np.einsum("nc,nc->c", finite, finite)
        mean = finite.mean(axis=1)
        self._mean_power += float(mean @ mean)
        self._n_samples += len(finite)

    @property
    def mean_loss_db(self) -> float:
        """How far the mean of all channels is below them.

        0 where they are equal, 3 dB for two that have nothing in common, without limit for two
        that cancel.
        """
        if not self._n_samples or not self._powers.any():
            return 0.0
        loudest = dbfs(float(self._powers.mean()) / self._n_samples)
        return loudest - dbfs(self._mean_power / self._n_samples)

    @property
    def weakest(self) -> int:
        """The channel with the least power, from 0."""
        return int(self._powers.argmin())

    @property
    def weakest_db(self) -> float:
        """Level of the weakest channel against the strongest, at most 0."""
        if not self._n_samples or not self._powers.any():
            return 0.0
        levels = [dbfs(float(power) / self._n_samples) for power in self._powers]
        return min(levels) - max(levels)
