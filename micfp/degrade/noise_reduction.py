"""Noise reduction, as editors and messengers do it."""

import warnings

import numpy as np

from micfp.audio import Float32


def reduce_noise(samples: Float32, sample_rate_hz: int, share: float) -> Float32:
    """Spectral gating (noisereduce, stationary): what lies below a threshold a band is turned down.

    The threshold is 1.5 deviations above the mean level of the band over the whole recording
    (Sainburg and Zorea 2024).

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        share: how far it is turned down, 1: wholly.

    Returns:
        float32 (n,), lined up with `samples`.
    """
    from noisereduce import reduce_noise as reduced_by_gate

    n_fft = 1024
    padded = np.pad(samples, (0, max(0, 2 * n_fft - len(samples))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of divisions by a band's deviation of zero
        reduced = reduced_by_gate(
            padded, sample_rate_hz, stationary=True, prop_decrease=share, n_fft=n_fft
        )
    return np.nan_to_num(np.asarray(reduced, np.float32)[: len(samples)])
