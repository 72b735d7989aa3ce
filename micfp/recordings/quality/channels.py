"""What the channels of a recording are to each other: one may be dead, two may cancel."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from micfp.audio import AudioInfo, Channel, channel_blocks
from micfp.config.audio import CheckConfig
from micfp.recordings.quality.levels import dbfs

COMPARED_S = 60.0  # of the beginning
BLOCK_SAMPLES = 1 << 18
THRESHOLDS = CheckConfig()  # as `micfp check` has them


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


def channel_warnings(
    info: AudioInfo, channel: Channel, track: int | None, instead: str
) -> Iterator[str]:
    """Say which channel is listened to, and whether the channels spoil each other.

    Parameters
    ----------
    info
        What `micfp.audio.probe` says of the file and the track.
    channel
        The one that is listened to, or "mean".
    track
        As in `micfp.audio.probe`.
    instead
        What a person can do where the mean is no use.
    """
    if info.n_channels > 1:
        stop = min(info.n_samples, int(COMPARED_S * info.sample_rate_hz))
        blocks = channel_blocks(info.path, BLOCK_SAMPLES // info.n_channels, stop, track)
        yield from warnings_of_channels(blocks, info.n_channels, channel, instead)


def warnings_of_channels(
    blocks: Iterable[Any], n_channels: int, channel: Channel, instead: str
) -> Iterator[str]:
    """`channel_warnings` of blocks (n, channels): the first `COMPARED_S` of a recording."""
    if n_channels == 1:
        return
    rule = "their mean is used" if channel == "mean" else f"channel {channel} is used"
    yield f"it has {n_channels} channels: {rule}"
    levels = ChannelLevels(n_channels)
    for block in blocks:
        levels.push(block)
    if channel == "mean" and levels.mean_loss_db > THRESHOLDS.max_mean_loss_db:
        yield (
            f"its channels cancel each other: their mean is {levels.mean_loss_db:.0f} dB below "
            f"them; {instead}"
        )
    if levels.weakest_db < THRESHOLDS.min_channel_db:
        yield f"its channel {levels.weakest} is dead ({levels.weakest_db:.0f} dB below the others)"
