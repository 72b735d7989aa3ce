"""Noise reduction, as editors and messengers do it."""

import warnings
from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.errors import MicfpError

N_FFT = 1024
# What noisereduce can smooth its mask at: 50 ms are no hop, or 500 Hz no band, beyond these rates.
RATES_HZ = (5120, 256_000)


class NoiseReductionConfig(DegradationConfig):
    """Spectral gating, as editors have it."""

    kind: Literal["noise_reduction"]
    share: float = Field(1.0, gt=0, le=1, description="of the noise that is taken off")


def reduce_noise(samples: Float32, sample_rate_hz: int, share: float) -> Float32:
    """Spectral gating (noisereduce, stationary): what lies below a threshold a band is turned down.

    The threshold is 1.5 deviations above the mean level of the band, over the first 600 000 samples
    of the recording (Sainburg and Zorea 2024).

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: 5120 to 256 000.
        share: how far it is turned down, 1: wholly.

    Returns
    -------
        float32 (n,), lined up with `samples`.

    Raises
    ------
        MicfpError: another sample rate.
    """
    lowest, highest = RATES_HZ
    if not lowest <= sample_rate_hz <= highest:
        raise MicfpError(
            f"noise_reduction: {sample_rate_hz} Hz is not within {lowest} to {highest} Hz; "
            "leave it out of the chain, or resample the recording first"
        )
    from noisereduce import reduce_noise as reduced_by_gate

    padded = np.pad(samples, (0, max(0, 2 * N_FFT - len(samples))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of divisions by a band's deviation of zero
        reduced = reduced_by_gate(
            padded, sample_rate_hz, stationary=True, prop_decrease=share, n_fft=N_FFT
        )
    return np.nan_to_num(np.asarray(reduced, np.float32)[: len(samples)])


KIND = DegradationKind(
    NoiseReductionConfig,
    lambda x, section, rng: x.having(reduce_noise(x.samples, x.rate_hz, section.share)),
)
