"""Added noise, by its distance from the level of what is spoken."""

import numpy as np

from micfp.audio import Float32

FRAME_S = 0.02
ACTIVE_MARGIN = 10**1.59  # 15.9 dB


def white_noise(
    samples: Float32, sample_rate_hz: int, snr_db: float, rng: np.random.Generator
) -> Float32:
    """Add white Gaussian noise, from 0 Hz to half the sample rate.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        snr_db: active power (see `active_power`) over the power of the noise, in dB. It holds
            exactly: the noise is scaled by its own power, not by the expected one.
        rng: draws n values.

    Returns:
        float32 (n,). Silence has no level that noise could keep a distance from: it stays silence.
    """
    noise = rng.standard_normal(len(samples), dtype=np.float32)
    wanted = active_power(samples, sample_rate_hz) / 10 ** (snr_db / 10)
    power = float(np.einsum("i,i->", noise, noise, dtype=np.float64)) / len(noise)
    noise *= np.float32(np.sqrt(wanted / power))
    noise += samples
    return noise


def active_power(samples: Float32, sample_rate_hz: int) -> float:
    """Mean power of the active frames, without the offset: the level of speech without its pauses.

    Active is a frame of 20 ms that is at most 15.9 dB below the mean of all active ones, as in
    ITU-T P.56 (method B, with frames for its envelope): pauses are left out, and a click in them
    does not take the place of the speech. Of less than a frame, the power of all samples.
    """
    frame = min(max(1, round(sample_rate_hz * FRAME_S)), len(samples))
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    offset = float(samples.mean(dtype=np.float64))
    # The mean of (x - m)^2 without a copy of x, in double precision.
    powers = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / frame
    powers += offset**2 - 2 * offset * frames.mean(axis=1, dtype=np.float64)
    powers = np.maximum(powers, 0)
    active, n_active = powers, len(powers) + 1
    while len(active) < n_active:  # each round leaves out quieter frames, so the mean rises
        n_active = len(active)
        active = powers[powers >= active.mean() / ACTIVE_MARGIN]
    return float(active.mean())
