"""Gain, automatic gain, clipping and bits."""

import time

import numpy as np
import pytest
from signals import db

from micfp.degrade.amplitude import automatic_gain, clip, gain, quantise

RATE_HZ = 16000


def tone(seconds: float = 1.0, amplitude: float = 0.5, frequency_hz: float = 440) -> np.ndarray:
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


def test_twenty_decibels_are_ten_times() -> None:
    np.testing.assert_allclose(gain(tone(), 20), 10 * tone(), rtol=1e-6)
    np.testing.assert_allclose(gain(gain(tone(), 7.3), -7.3), tone(), rtol=1e-6)
    assert gain(tone(), 20).dtype == np.float32
    assert np.abs(gain(tone(), 20)).max() == pytest.approx(5, rel=1e-3)  # not cut off


def level_dbfs(samples: np.ndarray) -> float:
    return db(float(np.mean(samples.astype(np.float64) ** 2)))


@pytest.mark.parametrize("amplitude", [0.02, 0.1, 0.9])
def test_automatic_gain_ends_at_the_target(amplitude: float) -> None:
    heard = automatic_gain(tone(6.0, amplitude), RATE_HZ, -20.0, 40.0, 0.01, 0.5)
    # The fast rise keeps the level a little above the mean of what goes up and down in a tone.
    assert level_dbfs(heard[-RATE_HZ:]) == pytest.approx(-20, abs=0.6)


def test_automatic_gain_has_a_limit() -> None:
    # 0.002 of full scale is -57 dBFS; with 20 dB more it is -37 and not -20.
    heard = automatic_gain(tone(4.0, 0.002), RATE_HZ, -20.0, 20.0, 0.01, 0.5)
    assert level_dbfs(heard[-RATE_HZ:]) == pytest.approx(-37.0, abs=0.1)


def test_automatic_gain_falls_fast_and_rises_slowly() -> None:
    # 20 dB louder from the second second to the third, then as before.
    steps = np.repeat([0.05, 0.5, 0.05], RATE_HZ).astype(np.float32)
    samples = steps * tone(3.0, 1.0)
    heard = automatic_gain(samples, RATE_HZ, -20.0, 60.0, 0.01, 0.5)

    def gain_db(at_s: float) -> float:
        part = slice(round(at_s * RATE_HZ), round((at_s + 0.02) * RATE_HZ))
        return level_dbfs(heard[part]) - level_dbfs(samples[part])

    before = gain_db(0.9)
    assert gain_db(1.1) == pytest.approx(before - 20, abs=1.0)  # ten time constants later
    # 0.1 s of 0.5 s: the level falls to exp(-0.2) = -0.87 dB of what it was
    assert gain_db(2.1) == pytest.approx(gain_db(1.95) + 0.9, abs=0.4)


def test_silence_has_the_gain_that_was_there_before() -> None:
    assert not automatic_gain(np.zeros(1000, np.float32), RATE_HZ, -20, 30, 0.01, 0.5).any()
    samples = np.concatenate([tone(2.0, 0.1), np.full(RATE_HZ, 1e-5, np.float32)])
    heard = automatic_gain(samples, RATE_HZ, -20.0, 60.0, 0.01, 0.5)
    ratio = heard[-100:] / samples[-100:]
    assert 20 * np.log10(ratio[0]) == pytest.approx(3.0, abs=0.6)  # 0.1 is -23 dBFS


def test_automatic_gain_is_fast() -> None:
    samples = tone(60.0)
    start = time.perf_counter()
    automatic_gain(samples, RATE_HZ, -20, 30, 0.01, 0.5)
    assert time.perf_counter() - start < 2


def test_clipping_by_hand() -> None:
    # 6.02 dB below a peak of 0.8 is 0.4.
    found = clip(np.array([0.1, -0.8, 0.5, -0.39], np.float32), 20 * np.log10(2))
    np.testing.assert_allclose(found, [0.1, -0.4, 0.4, -0.39], atol=1e-6)
    np.testing.assert_array_equal(clip(tone(), 0), tone())


def test_quantising_by_hand() -> None:
    # Three bits: steps of a quarter, from -1 to 0.75.
    values = np.array([0.0, 0.12, 0.13, 0.6, 0.9, 2.0, -0.4, -1.0, -3.0], np.float32)
    expected = [0, 0, 0.25, 0.5, 0.75, 0.75, -0.5, -1, -1]
    np.testing.assert_array_equal(quantise(values, 3), expected)


@pytest.mark.parametrize("bits", [8, 12])
def test_rounding_adds_a_twelfth_of_a_step_squared_and_dither_two_more(bits: int) -> None:
    samples = tone(4.0, 0.5, 441.7)
    step = 2.0 ** (1 - bits)
    for rng, parts in ((None, 1), (np.random.default_rng(0), 3)):
        error = quantise(samples, bits, rng).astype(np.float64) - samples
        assert db(float(np.mean(error**2))) == pytest.approx(db(parts * step**2 / 12), abs=0.3)


def test_dither_makes_the_error_independent_of_a_faint_tone() -> None:
    faint = tone(4.0, 0.4 * 2.0**-7)  # less than half a step of 8 bits
    assert not quantise(faint, 8).any()
    heard = quantise(faint, 8, np.random.default_rng(1))
    assert np.dot(heard, faint) / np.dot(faint, faint) == pytest.approx(1, abs=0.1)


def test_same_draws_same_bytes() -> None:
    one, two = (quantise(tone(), 8, np.random.default_rng(4)) for _ in range(2))
    assert one.tobytes() == two.tobytes()
