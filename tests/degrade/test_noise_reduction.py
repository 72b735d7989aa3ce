"""Noise reduction: pauses become quieter, what is spoken stays."""

import numpy as np
import pytest
from signals import db, lag

from micfp.degrade.noise_reduction import reduce_noise


def noisy(rate_hz: int) -> tuple[np.ndarray, np.ndarray]:
    """Phrases in a fifth of each second, in noise; and where they sound."""
    time_s = np.arange(6 * rate_hz) / rate_hz
    sounds = time_s % 1 < 0.2
    drawn = np.random.default_rng(0).standard_normal((2, len(time_s)))
    return np.where(sounds, 0.2 * drawn[0], 0.005 * drawn[1]).astype(np.float32), sounds


def level_db(samples: np.ndarray) -> float:
    return db(float(np.mean(samples.astype(np.float64) ** 2)))


@pytest.mark.parametrize("rate_hz", [8000, 32000])
def test_pauses_fall_and_phrases_stay(rate_hz: int) -> None:
    samples, sounds = noisy(rate_hz)
    heard = reduce_noise(samples, rate_hz, 1.0)
    assert heard.shape == samples.shape
    assert heard.dtype == np.float32
    pauses = ~sounds & (np.arange(len(samples)) / rate_hz % 1 > 0.6)
    assert level_db(heard[pauses]) < level_db(samples[pauses]) - 8
    # The gate opens and closes over tens of milliseconds, which a phrase of 0.2 s pays for.
    assert level_db(heard[sounds]) > level_db(samples[sounds]) - 5
    assert lag(heard, samples) == 0


def test_a_share_of_it() -> None:
    samples, sounds = noisy(16000)
    pauses = ~sounds & (np.arange(len(samples)) / 16000 % 1 > 0.6)
    none, half, whole = (
        level_db(reduce_noise(samples, 16000, s)[pauses]) for s in (0.01, 0.5, 1.0)
    )
    assert none > half > whole


def test_little_nothing_and_the_same_again() -> None:
    samples, _ = noisy(16000)
    assert (
        reduce_noise(samples, 16000, 1.0).tobytes() == reduce_noise(samples, 16000, 1.0).tobytes()
    )
    for n_samples in (1, 47, 1500):
        for some in (samples[:n_samples], np.zeros(n_samples, np.float32)):
            heard = reduce_noise(some, 16000, 1.0)
            assert heard.shape == some.shape
            assert np.isfinite(heard).all()
