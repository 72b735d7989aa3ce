"""Mains hum."""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32, SnrDb
from micfp.degrade.noise import add_at


class HumConfig(DegradationConfig):
    """Mains hum: a fundamental and its harmonics, each weaker by 6 dB per octave."""

    kind: Literal["hum"]
    snr_db: SnrDb
    frequency_hz: float = Field(50.0, gt=0, le=1000, description="of the mains")
    n_harmonics: int = Field(10, ge=1, description="the fundamental among them")


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

    Returns
    -------
        float32 (n,).
    """
    phases = rng.uniform(0, 2 * np.pi, n_harmonics)
    time = np.arange(len(samples)) * (2 * np.pi * frequency_hz / sample_rate_hz)
    tones = np.zeros(len(samples))
    for k, phase in enumerate(phases, start=1):
        if k * frequency_hz < sample_rate_hz / 2:
            tones += np.sin(k * time + phase) / k
    return add_at(samples, sample_rate_hz, snr_db, tones.astype(np.float32))


KIND = DegradationKind(
    HumConfig,
    lambda x, section, rng: x.having(
        hum(x.samples, x.rate_hz, section.snr_db, section.frequency_hz, section.n_harmonics, rng)
    ),
)
