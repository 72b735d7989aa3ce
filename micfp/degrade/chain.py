"""A chain of degradations, one after the other."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from micfp.degrade.files import audio_files
from micfp.degrade.kind import DegradationConfig, Float32
from micfp.degrade.registry import DEGRADATIONS
from micfp.errors import MicfpError


def degrade(
    samples: Float32,
    sample_rate_hz: int,
    chain: Sequence[DegradationConfig],
    rng: np.random.Generator,
) -> Float32:
    """Apply a chain of degradations, each to what the one before it gave.

    Args:
        samples: float32 (n,), n > 0. What is NaN or infinite counts as zero on the way, and is put
            back in its place at the end, for the check to find; not where the length changed.
        sample_rate_hz: > 0.
        chain: sections of `params.yaml`, in their order; of none `samples` come back.
        rng: what is random draws from it, in the order of the chain.

    Returns
    -------
        float32 (n,); of another length after time_stretch.

    Raises
    ------
        MicfpError: samples of another form; a degradation that this sample rate cannot have, or
            whose recordings are not there.
    """
    if samples.ndim != 1 or samples.dtype != np.float32 or len(samples) == 0:
        raise MicfpError(
            f"{samples.dtype} samples of shape {samples.shape} cannot be degraded; "
            "give float32 of one channel, shape (n,)"
        )
    lost = np.flatnonzero(~np.isfinite(samples))
    degraded = np.nan_to_num(samples, nan=0, posinf=0, neginf=0) if len(lost) else samples
    for section in chain:
        kind = DEGRADATIONS[section.kind]
        degraded = kind.degraded(degraded, sample_rate_hz, section, rng)
    if len(lost) and len(degraded) == len(samples):
        degraded[lost] = samples[lost]
    return degraded


def source_files(chain: Sequence[DegradationConfig]) -> list[Path]:
    """Every file that a chain reads, for the content address of what it makes."""
    folders = [DEGRADATIONS[section.kind].folder(section) for section in chain]
    return [file for folder in dict.fromkeys(filter(None, folders)) for file in audio_files(folder)]
