"""A chain of degradations, one after the other."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from micfp.degrade.files import audio_files
from micfp.degrade.kind import DegradationConfig, Sound
from micfp.degrade.registry import DEGRADATIONS
from micfp.errors import MicfpError

if TYPE_CHECKING:
    from micfp.audio import Channel


def degrade(sound: Sound, chain: Sequence[DegradationConfig], rng: np.random.Generator) -> Sound:
    """Apply a chain of degradations, each to what the one before it gave.

    Args:
        sound: float32 (n,), n > 0. What is NaN or infinite counts as zero on the way, and is put
            back at its time in the end, for the check to find.
        chain: sections of `params.yaml`, in their order; of none `sound` comes back.
        rng: what is random draws from it, in the order of the chain.

    Returns
    -------
        What the last file of the chain holds as it is read, of its rate and length, lined up with
        `sound`; of rate and length of `sound` where no kind writes a file or stretches time.

    Raises
    ------
        MicfpError: samples of another form; a degradation that this sample rate cannot have, or
            whose recordings are not there.
    """
    samples = sound.samples
    if samples.ndim != 1 or samples.dtype != np.float32 or len(samples) == 0:
        raise MicfpError(
            f"{samples.dtype} samples of shape {samples.shape} cannot be degraded; "
            "give float32 of one channel, shape (n,)"
        )
    lost = np.flatnonzero(~np.isfinite(samples))
    if len(lost) == 0:
        return _through(sound, chain, rng)
    degraded = _through(sound.having(np.nan_to_num(samples, posinf=0, neginf=0)), chain, rng)
    places = np.minimum(lost * degraded.rate_hz // sound.rate_hz, len(degraded.samples) - 1)
    marked = degraded.samples.copy()
    marked[places] = samples[lost]
    return degraded.having(marked)


def _through(sound: Sound, chain: Sequence[DegradationConfig], rng: np.random.Generator) -> Sound:
    for section in chain:
        sound = DEGRADATIONS[section.kind].degraded(sound, section, rng)
    return sound


def degrade_channels(
    channels: Sequence[Sound],
    chain: Sequence[DegradationConfig],
    rngs: Sequence[np.random.Generator],
    mixed: "Channel",
) -> list[Sound]:
    """Apply a chain to each channel by itself; files of one channel get a mix of them, or one.

    Args:
        channels: one or more, of equal rate and length.
        chain: as of `degrade`.
        rngs: one for each channel.
        mixed: what a file of one channel holds of several: their mean, or the index of one.

    Returns
    -------
        As many sounds, or one where the chain holds a kind that `is_mono`.
    """
    from micfp.audio import one_channel

    n_each = mono_from(chain) if len(channels) > 1 else len(chain)
    each = [degrade(one, chain[:n_each], rng) for one, rng in zip(channels, rngs, strict=True)]
    if n_each == len(chain):
        return each
    both = one_channel(np.column_stack([one.samples for one in each]), mixed)
    return [degrade(each[0].having(both), chain[n_each:], rngs[0])]


def mono_from(chain: Sequence[DegradationConfig]) -> int:
    """The number in a chain of the first kind whose files hold one channel, or its length."""
    return next((i for i, one in enumerate(chain) if DEGRADATIONS[one.kind].is_mono), len(chain))


def source_files(chain: Sequence[DegradationConfig]) -> list[Path]:
    """Every file that a chain reads, for the content address of what it makes."""
    folders = [DEGRADATIONS[section.kind].folder(section) for section in chain]
    return [file for folder in dict.fromkeys(filter(None, folders)) for file in audio_files(folder)]
