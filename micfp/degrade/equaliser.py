"""A drawn equaliser."""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.filters import without_delay
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32

KNOTS_FROM_HZ = 62.5  # and at each octave above
EQUALISER_TAPS_S = 0.4


class EqualiserConfig(DegradationConfig):
    """A smooth curve of gains over the logarithm of frequency, drawn per recording."""

    kind: Literal["equaliser"]
    deviation_db: float = Field(ge=0, le=40, description="RMS of the curve")


def equalise(
    samples: Float32, sample_rate_hz: int, deviation_db: float, rng: np.random.Generator
) -> Float32:
    """A drawn equaliser: gains at octaves, joined smoothly over the logarithm of frequency.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        deviation_db: RMS of the gains at the octaves, whose mean is 0 dB.
        rng: draws a gain an octave.

    Returns
    -------
        float32 (n,); linear phase, without its delay.
    """
    from scipy.interpolate import PchipInterpolator

    octaves = KNOTS_FROM_HZ * 2.0 ** np.arange(np.log2(max(sample_rate_hz / 2 / KNOTS_FROM_HZ, 4)))
    gains_db = rng.standard_normal(len(octaves))
    gains_db -= gains_db.mean()
    gains_db *= deviation_db / np.sqrt(np.mean(gains_db**2))
    n_taps = round(EQUALISER_TAPS_S * sample_rate_hz) // 2 * 2 + 1
    frequency_hz = np.fft.rfftfreq(4 * n_taps, 1 / sample_rate_hz)
    curve = PchipInterpolator(np.log(octaves), gains_db)
    within = np.clip(frequency_hz, octaves[0], octaves[-1])
    response = np.fft.irfft(10 ** (curve(np.log(within)) / 20))
    taps = np.roll(response, n_taps // 2)[:n_taps] * np.hanning(n_taps + 2)[1:-1]
    return without_delay(samples, taps)


KIND = DegradationKind(
    EqualiserConfig,
    lambda x, section, rng: x.having(equalise(x.samples, x.rate_hz, section.deviation_db, rng)),
)
