"""What happens to a recording on its way: one kind a file, applied in the order of a chain.

Every kind takes one channel, float32 (n,) of finite samples, and gives as many back, lined up with
them to the sample. Nothing is clipped: what goes beyond full scale stays beyond it.
"""

from collections.abc import Sequence

import numpy as np

from micfp.audio import Float32
from micfp.config.degrade import Degradation, Mp3Config, NoiseConfig, TelephoneConfig
from micfp.degrade.codec import mp3
from micfp.degrade.noise import white_noise
from micfp.degrade.telephone import telephone
from micfp.errors import MicfpError

__all__ = ["degrade", "mp3", "telephone", "white_noise"]


def degrade(
    samples: Float32, sample_rate_hz: int, chain: Sequence[Degradation], rng: np.random.Generator
) -> Float32:
    """Apply a chain of degradations, each to what the one before it gave.

    Args:
        samples: float32 (n,), n > 0. What is NaN or infinite counts as zero on the way, and is put
            back in its place at the end, for the check to find.
        sample_rate_hz: > 0.
        chain: sections of `params.yaml`, in their order; of none `samples` come back.
        rng: what is random draws from it, in the order of the chain.

    Returns:
        float32 (n,).

    Raises:
        MicfpError: samples of another form; a degradation that this sample rate cannot have.
    """
    if samples.ndim != 1 or samples.dtype != np.float32 or len(samples) == 0:
        raise MicfpError(
            f"{samples.dtype} samples of shape {samples.shape} cannot be degraded; "
            "give float32 of one channel, shape (n,)"
        )
    lost = np.flatnonzero(~np.isfinite(samples))
    degraded = np.nan_to_num(samples, nan=0, posinf=0, neginf=0) if len(lost) else samples
    for one in chain:
        match one:
            case NoiseConfig():
                degraded = white_noise(degraded, sample_rate_hz, one.snr_db, rng)
            case Mp3Config():
                degraded = mp3(degraded, sample_rate_hz, one.kbit_s)
            case TelephoneConfig():
                degraded = telephone(degraded, sample_rate_hz)
    if len(lost):
        degraded[lost] = samples[lost]
    return degraded
