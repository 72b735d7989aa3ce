"""Mains hum."""

import numpy as np

from micfp.audio import Float32
from micfp.degrade.noise import add_at


def hum(
    samples: Float32,
    sample_rate_hz: int,
    snr_db: float,
    frequency_hz: float,
    n_harmonics: int,
    rng: np.random.Generator,
) -> Float32:
    """Add a fundamental and harmonics of 1/k of its amplitude, each at a drawn phase.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0; harmonics from half of it on are left out.
        snr_db: active power (`noise.active_power`) over the power of the hum, in dB.
        frequency_hz: of the fundamental, such as 50 or 60.
        n_harmonics: the fundamental among them.
        rng: draws a phase each.

    Returns:
        float32 (n,).
    """
    phases = rng.uniform(0, 2 * np.pi, n_harmonics)
    time = np.arange(len(samples)) * (2 * np.pi * frequency_hz / sample_rate_hz)
    tones = np.zeros(len(samples))
    for k, phase in enumerate(phases, start=1):
        if k * frequency_hz < sample_rate_hz / 2:
            tones += np.sin(k * time + phase) / k
    return add_at(samples, sample_rate_hz, snr_db, tones.astype(np.float32))
