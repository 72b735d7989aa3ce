"""Disguise: a recording by one microphone made to pass for one by another, or by none.

The long-term spectrum is matched by a linear-phase filter, and the noise floor is made that of the
other: what a person can do with an equaliser and recordings of both.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Float32
from micfp.config.attack import MimicryConfig
from micfp.degrade.filters import without_delay
from micfp.features.ltas import inner_frames, mean_power
from micfp.features.spectrum import quietest

N_FFT = 2048
HOP = 512
MOST_GAIN_DB = 40.0
QUIET_SHARE = 0.1
_FLOOR = 1e-14


def disguise(
    samples: Float32,
    references: Sequence[Sequence[Float32]],
    sample_rate_hz: int,
    config: MimicryConfig,
    rng: np.random.Generator,
) -> Float32:
    """Make a recording sound as if another microphone had made it.

    Args:
        samples: float32 (n,), full scale 1.
        references: recordings by the other microphones, those of each together, at the same rate.
        sample_rate_hz: > 0.
        config: what is matched, and how many seconds of each microphone are used.
        rng: draws the noise.

    Returns
    -------
        float32 (n,), lined up with `samples`.
    """
    most = round(config.seconds * sample_rate_hz)
    others = [np.concatenate(list(own))[:most] for own in references]
    made = samples
    if config.spectrum:
        gain = np.sqrt(_mean_in_db([_spectrum(one) for one in others]) / _spectrum(made))
        made = without_delay(made, _taps(np.clip(gain, *_limits())))
    if config.noise:
        floor = _mean_in_db([_floor(one) for one in others])
        lacking = np.maximum(floor - _floor(made), 0.0)
        made = made + _shaped_noise(lacking, len(made), rng)
    return np.clip(made, -1, 1).astype(np.float32)


def _mean_in_db(powers: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Of each bin the geometric mean: loud recordings count no more than others."""
    mean: NDArray[np.float64] = np.exp(np.mean(np.log(powers), axis=0))
    return mean


def _limits() -> tuple[float, float]:
    most = 10 ** (MOST_GAIN_DB / 20)
    return 1 / most, float(most)


def _spectrum(samples: Float32) -> NDArray[np.float64]:
    """Mean power a bin, (N_FFT // 2 + 1,)."""
    return mean_power(inner_frames(samples, N_FFT, HOP), N_FFT) + _FLOOR


def _floor(samples: Float32) -> NDArray[np.float64]:
    """Mean power a bin of the quietest tenth of the frames."""
    frames = inner_frames(samples, N_FFT, HOP)
    return mean_power(frames, N_FFT, quietest(np.vecdot(frames, frames), QUIET_SHARE)) + _FLOOR


def _taps(gain: NDArray[np.float64]) -> NDArray[np.float64]:
    """An odd number of symmetric taps with a gain a bin (N_FFT // 2 + 1,)."""
    response = np.roll(np.fft.irfft(gain), N_FFT // 2)[1:]
    taps: NDArray[np.float64] = response * np.hanning(len(response) + 2)[1:-1]
    return taps


def _shaped_noise(
    power: NDArray[np.float64], n_samples: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Gaussian noise with a mean power a bin (N_FFT // 2 + 1,), float32 (n_samples,)."""
    n_bins = n_samples // 2 + 1
    bins = np.linspace(0, N_FFT // 2, n_bins)
    # Finer bins share the power of a coarse one.
    fine = np.interp(bins, np.arange(len(power)), power) * N_FFT / n_samples
    drawn = rng.standard_normal(n_bins) + 1j * rng.standard_normal(n_bins)
    # A bin z adds 2 |z|^2 / n^2 to the mean square, and |drawn|^2 is 2 on average.
    return np.fft.irfft(drawn * np.sqrt(fine) * n_samples / 2, n_samples).astype(np.float32)
