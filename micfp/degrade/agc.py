"""Automatic gain control."""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32

LEVEL_BLOCK_S = 0.001
# Below this the gain control hears nothing, and leaves the gain as it is.
SILENT_DBFS = -70.0


class AgcConfig(DegradationConfig):
    """Automatic gain control: a feed-back envelope, fast down and slow up."""

    kind: Literal["agc"]
    target_dbfs: float = Field(-20.0, le=0, description="level that it brings a recording to")
    most_gain_db: float = Field(30.0, ge=0, description="by which it raises soft parts")
    attack_s: float = Field(0.01, gt=0, description="time constant of turning down")
    release_s: float = Field(0.5, gt=0, description="time constant of turning up")


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

    Returns
    -------
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


KIND = DegradationKind(
    AgcConfig,
    lambda x, section, rng: x.having(
        automatic_gain(
            x.samples,
            x.rate_hz,
            section.target_dbfs,
            section.most_gain_db,
            section.attack_s,
            section.release_s,
        )
    ),
)
