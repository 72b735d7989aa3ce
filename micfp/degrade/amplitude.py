"""Level: gain, automatic gain, clipping, bits."""

import numpy as np

from micfp.audio import Float32

LEVEL_BLOCK_S = 0.001
# Below this the gain control hears nothing, and leaves the gain as it is.
SILENT_DBFS = -70.0


def gain(samples: Float32, gain_db: float) -> Float32:
    """Multiply float32 (n,) samples by a gain in dB; nothing is cut off at full scale."""
    return samples * np.float32(10 ** (gain_db / 20))


def automatic_gain(
    samples: Float32,
    sample_rate_hz: int,
    target_dbfs: float,
    most_gain_db: float,
    attack_s: float,
    release_s: float,
) -> Float32:
    """Bring the level to a target, as recorders do by themselves.

    The mean square follows the samples with two time constants, the short one where it rises and
    the long one where it falls (Zoelzer, DAFX, 4.2), in steps of a millisecond; the gain is what
    this level lacks to the target, and is interpolated between steps.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        target_dbfs: RMS level that is aimed at.
        most_gain_db: gain is no greater than this; it may be as small as it needs to be.
        attack_s, release_s: time constants in seconds, > 0.

    Returns:
        float32 (n,). Below -70 dBFS the gain stays what it was.
    """
    block = min(max(1, round(LEVEL_BLOCK_S * sample_rate_hz)), len(samples))
    n_blocks = -(-len(samples) // block)
    squares = np.zeros(n_blocks * block)
    squares[: len(samples)] = np.square(samples, dtype=np.float64)
    powers = squares.reshape(n_blocks, block).mean(axis=1)
    keep_up, keep_down = (float(np.exp(-LEVEL_BLOCK_S / s)) for s in (attack_s, release_s))
    silent = 10 ** (SILENT_DBFS / 10)
    target = 10 ** (target_dbfs / 10)
    heard = powers[powers > silent]
    level = float(heard[0]) if len(heard) else target
    gains = np.empty(n_blocks)
    for number, power in enumerate(powers.tolist()):
        if power > silent:
            keep = keep_up if power > level else keep_down
            level = keep * level + (1 - keep) * power
        gains[number] = level
    gains = np.minimum(np.sqrt(target / gains), 10 ** (most_gain_db / 20))
    middles = (np.arange(n_blocks) + 0.5) * block
    followed = np.interp(np.arange(len(samples)), middles, gains)
    return samples * followed.astype(np.float32)


def clip(samples: Float32, below_peak_db: float) -> Float32:
    """Cut float32 (n,) samples off so many dB below their greatest magnitude."""
    most = np.abs(samples).max() * np.float32(10 ** (-below_peak_db / 20))
    return np.clip(samples, -most, most)


def quantise(samples: Float32, bits: int, rng: np.random.Generator | None = None) -> Float32:
    """Round float32 (n,) samples to steps of 2**(1 - bits), the outermost at full scale.

    Beyond full scale they are cut off. rng: draws dither before rounding, the sum of two uniform
    draws of one step each (triangular), which makes the error independent of the sound (Lipshitz,
    Wannamaker and Vanderkooy 1992); None: no dither.
    """
    steps = 2.0 ** (bits - 1)
    scaled = samples.astype(np.float64) * steps
    if rng is not None:
        scaled += rng.random(len(samples)) - rng.random(len(samples))
    return (np.clip(np.round(scaled), -steps, steps - 1) / steps).astype(np.float32)
