"""Disguise: the spectrum and the noise floor of another microphone, and nothing moved."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from scipy.signal import lfilter
from signals import band_db, db, lag

from micfp.attack.mimicry import _shaped_noise, disguise
from micfp.config.attack import MimicryConfig

RATE_HZ = 16000
BANDS_HZ = [100, 300, 700, 1500, 3000, 5000, 7500]


def speech(seconds: float = 8.0, seed: int = 0) -> np.ndarray:
    """Noise that comes and goes, with pauses."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (0.1 * rng.standard_normal(len(time_s)) * (time_s % 1 < 0.6)).astype(np.float32)


def microphone(samples: np.ndarray, taps: list[float], floor: float, seed: int = 9) -> np.ndarray:
    own = floor * np.random.default_rng(seed).standard_normal(len(samples))
    return (lfilter(taps, [1], samples) + own).astype(np.float32)


def levels_db(samples: np.ndarray) -> np.ndarray:
    pairs = itertools.pairwise(BANDS_HZ)
    return np.array([band_db(samples, RATE_HZ, low, high) for low, high in pairs])


A = microphone(speech(), [1.0, 0.7], 1e-4)
B = [microphone(speech(6.0, seed), [1.0, -0.8], 2e-3, seed) for seed in (5, 6)]


def made(**changed: object) -> np.ndarray:
    config = MimicryConfig.model_validate(changed)
    return disguise(A, [B], RATE_HZ, config, np.random.default_rng(0))


def test_the_long_term_spectrum_becomes_the_other_s() -> None:
    wanted = levels_db(np.concatenate(B)) - db(12 / 8)  # a longer sound has more in each bin
    before, after = levels_db(A), levels_db(made(noise=False))
    assert np.abs(before - before.mean() - wanted + wanted.mean()).max() > 5
    np.testing.assert_allclose(after - after.mean(), wanted - wanted.mean(), atol=1.0)


def test_nothing_moves() -> None:
    assert made().shape == A.shape
    assert lag(made(noise=False), microphone(speech(), [1.0, -0.8], 0)) == 0


def test_the_noise_floor_becomes_the_other_s() -> None:
    pause = (np.arange(len(A)) / RATE_HZ % 1 > 0.7) & (np.arange(len(A)) / RATE_HZ % 1 < 0.95)
    before, after = (db(float(np.mean(x[pause].astype(float) ** 2))) for x in (A, made()))
    other = db(float(np.mean(B[0][(np.arange(len(B[0])) / RATE_HZ % 1 > 0.7)].astype(float) ** 2)))
    assert before < other - 20
    assert after == pytest.approx(other, abs=1.5)


def test_noise_has_the_power_a_bin_that_it_is_to_have() -> None:
    power = np.zeros(1025)
    power[200:400] = 1e-6
    noise = _shaped_noise(power, 160_000, np.random.default_rng(0)).astype(float)
    # 200 bins of a millionth
    assert np.mean(noise**2) == pytest.approx(2e-4, rel=0.05)
    hz = RATE_HZ / 2048
    inside = band_db(noise, RATE_HZ, 210 * hz, 390 * hz)
    assert band_db(noise, RATE_HZ, 420 * hz, 900 * hz) < inside - 60


def test_only_so_many_seconds_of_the_other_are_used() -> None:
    config = MimicryConfig(seconds=2.0)
    other = [B[0][: 2 * RATE_HZ], np.zeros(RATE_HZ, np.float32)]
    whole, short = (
        disguise(A, [references], RATE_HZ, config, np.random.default_rng(1))
        for references in (B, other)
    )
    np.testing.assert_array_equal(whole, short)


def test_a_real_phone(shared_data: Path) -> None:
    folder = shared_data / "ccnu_mobile"
    a, rate_hz = sf.read(folder / "xiaomi8_4.wav", dtype="float32")
    b = [sf.read(folder / f"IPHONEX_{k}.wav", dtype="float32")[0] for k in "123"]
    found = disguise(a, [b], rate_hz, MimicryConfig(), np.random.default_rng(0))

    def shape(x: np.ndarray) -> np.ndarray:
        levels = np.array([band_db(x, rate_hz, f, f * 1.4) for f in 200 * 1.4 ** np.arange(12)])
        return levels - levels.mean()

    wanted = shape(np.concatenate(b))
    assert np.abs(shape(found) - wanted).max() < 0.5 * np.abs(shape(a) - wanted).max()


def test_towards_several_the_spectrum_becomes_their_mean_in_db() -> None:
    others = [[B[0]], [microphone(speech(6.0, 7), [1.0, 0.3], 2e-3, 7)]]
    config = MimicryConfig(noise=False, towards="others")
    found = levels_db(disguise(A, others, RATE_HZ, config, np.random.default_rng(0)))
    wanted = np.mean([levels_db(one) for (one,) in others], axis=0)
    np.testing.assert_allclose(found - found.mean(), wanted - wanted.mean(), atol=1.0)
