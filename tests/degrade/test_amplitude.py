"""Gain, automatic gain, clipping and bits: levels worked out by hand."""

import time

import numpy as np
import pytest

from micfp.degrade.agc import automatic_gain
from micfp.degrade.bit_depth import quantise
from micfp.degrade.clipping import clip
from micfp.degrade.gain import gain

RATES_HZ = [8000, 16000, 32000, 44100]


def tone(rate_hz: int, amplitude: float, seconds: float = 1.0) -> np.ndarray:
    time_s = np.arange(round(rate_hz * seconds)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * 1000 * time_s)).astype(np.float32)


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2)))


def agc(samples: np.ndarray, rate_hz: int, **other: float) -> np.ndarray:
    settings = {"target_dbfs": -20.0, "most_gain_db": 30.0, "attack_s": 0.01, "release_s": 0.5}
    return automatic_gain(samples, rate_hz, **(settings | other))


def test_gain() -> None:
    samples = np.array([0.5, -0.25, 0.0, 0.9], np.float32)
    # 20 dB are ten times; nothing is cut off at full scale
    np.testing.assert_allclose(gain(samples, 20), [5, -2.5, 0, 9], rtol=1e-6)
    np.testing.assert_allclose(gain(samples, -6.0206), samples / 2, rtol=1e-5)
    assert gain(samples, 0).tobytes() == samples.tobytes()
    assert gain(samples, 12).dtype == np.float32


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("amplitude", [0.01, 0.5])
def test_automatic_gain_brings_a_tone_to_the_target(rate_hz: int, amplitude: float) -> None:
    heard = agc(tone(rate_hz, amplitude), rate_hz)
    assert level_db(heard[rate_hz // 2 :]) == pytest.approx(-20, abs=0.2)


def test_gain_is_no_greater_than_allowed() -> None:
    quiet = tone(16000, 0.001)  # -63 dBFS: 43 dB are lacking, 30 are allowed
    np.testing.assert_allclose(agc(quiet, 16000), quiet * 10**1.5, rtol=1e-4)
    np.testing.assert_allclose(agc(quiet, 16000, most_gain_db=0), quiet, rtol=1e-4)


@pytest.mark.parametrize("rate_hz", [16000, 44100])
def test_down_within_the_attack_and_up_within_the_release(rate_hz: int) -> None:
    """A square wave has the same power in every block: the level follows exp(-t / constant)."""
    quiet, loud = 0.01, 0.1  # powers 1e-4 and 1e-2
    levels = np.repeat([quiet, loud, quiet], rate_hz)
    samples = (levels * (-1.0) ** np.arange(3 * rate_hz)).astype(np.float32)
    gains = agc(samples, rate_hz, attack_s=0.02, release_s=0.2) / samples

    def gain_at(time_s: float) -> float:
        return float(gains[round(time_s * rate_hz)])

    assert gain_at(0.9) == pytest.approx(10, rel=0.01)  # 0.1 / 0.01
    # after one time constant the power is what it was plus (1 - 1 / e) of the difference
    attacked = 1e-4 + (1e-2 - 1e-4) * (1 - np.exp(-1))
    assert gain_at(1.02) == pytest.approx(np.sqrt(0.01 / attacked), rel=0.03)
    assert gain_at(1.9) == pytest.approx(1, rel=0.01)
    released = 1e-4 + (1e-2 - 1e-4) * np.exp(-1)
    assert gain_at(2.2) == pytest.approx(np.sqrt(0.01 / released), rel=0.03)


def test_in_silence_the_gain_stays() -> None:
    samples = np.r_[tone(16000, 0.01), np.zeros(16000, np.float32)]
    samples[16000:] = 1e-5  # -100 dBFS
    heard = agc(samples, 16000)
    np.testing.assert_allclose(heard[16500:] / samples[16500:], 10 / np.sqrt(0.5), rtol=0.05)
    assert not agc(np.zeros(1000, np.float32), 16000).any()


@pytest.mark.parametrize("n_samples", [1, 7, 43, 44, 47])
def test_less_than_a_block_has_its_level_too(n_samples: int) -> None:
    """At 44.1 kHz a block has 44 samples: a constant of 0.01 lacks 20 dB, however short it is."""
    heard = agc(np.full(n_samples, 0.01, np.float32), 44100)
    np.testing.assert_allclose(heard, 0.1, rtol=0.01)


def test_a_minute_takes_half_a_second_at_most() -> None:
    samples = np.random.default_rng(0).standard_normal(60 * 44100).astype(np.float32)
    start = time.process_time()
    agc(samples, 44100)
    assert time.process_time() - start < 0.5


def test_clipping_is_so_far_below_the_peak() -> None:
    samples = np.array([0.1, -0.8, 0.4, 0.39, -0.41, 0.0], np.float32)
    # 6.0206 dB below 0.8 is 0.4
    np.testing.assert_allclose(clip(samples, 6.0206), [0.1, -0.4, 0.4, 0.39, -0.4, 0.0], rtol=1e-5)
    assert clip(samples, 0).tobytes() == samples.tobytes()
    np.testing.assert_allclose(clip(10 * samples, 6.0206), 10 * clip(samples, 6.0206), rtol=1e-5)


def test_bits_are_steps_of_full_scale() -> None:
    # 3 bits: steps of 1/4, from -1 to 3/4
    samples = np.array([0, 0.1, 0.2, -0.3, 0.74, 0.9, 3, -0.9, -5], np.float32)
    expected = np.array([0, 0, 0.25, -0.25, 0.75, 0.75, 0.75, -1, -1], np.float32)
    np.testing.assert_array_equal(quantise(samples, 3), expected)


@pytest.mark.parametrize("bits", [2, 8, 16])
def test_there_are_no_more_than_so_many_values(bits: int) -> None:
    samples = np.linspace(-1.2, 1.2, 400_000, dtype=np.float32)
    for drawn in (None, np.random.default_rng(0)):
        values = np.unique(quantise(samples, bits, drawn))
        # of 16 bits with dither, six samples a step miss one now and then
        assert 0.99 * 2**bits < len(values) <= 2**bits
        assert drawn is not None or len(values) == 2**bits
        assert (values.min(), values.max()) == (-1, 1 - 2.0 ** (1 - bits))


def test_sixteen_bits_are_those_of_a_file() -> None:
    samples = np.random.default_rng(0).uniform(-0.9, 0.9, 1000).astype(np.float32)
    error = quantise(samples, 16).astype(np.float64) - samples
    assert np.abs(error).max() <= 0.5 / 32768 + 1e-9
    integers = np.arange(-(2**23), 2**23, 9973)
    exact = (integers / 2**23).astype(np.float32)
    np.testing.assert_array_equal(quantise(exact, 24), exact)


def test_dither_leaves_noise_in_place_of_distortion() -> None:
    step = 2.0**-7
    small = np.full(100_000, 0.3 * step, np.float32)
    assert not quantise(small, 8).any()  # without it, what is below half a step is gone
    error = quantise(small, 8, np.random.default_rng(0)).astype(np.float64) / step - 0.3
    # triangular of two steps (power 1/6) and rounding (1/12): 1/4 of a squared step, mean zero
    assert error.mean() == pytest.approx(0, abs=0.01)
    assert np.mean(error**2) == pytest.approx(1 / 4, rel=0.03)
    assert np.abs(error).max() <= 1.5


def test_same_draws_same_bytes_and_what_went_in_is_left_alone() -> None:
    samples = tone(16000, 0.3)
    one, again, other = (quantise(samples, 8, np.random.default_rng(s)) for s in (1, 1, 2))
    assert one.tobytes() == again.tobytes() != other.tobytes()
    assert agc(samples, 16000).tobytes() == agc(samples, 16000).tobytes()
    clip(samples, 12)
    gain(samples, 12)
    np.testing.assert_array_equal(samples, tone(16000, 0.3))


@pytest.mark.parametrize("n_samples", [1, 47])
def test_little_and_silence(n_samples: int) -> None:
    for samples in (tone(8000, 0.5)[1 : n_samples + 1], np.zeros(n_samples, np.float32)):
        for heard in (agc(samples, 8000), clip(samples, 6), quantise(samples, 8), gain(samples, 6)):
            assert heard.shape == samples.shape
            assert heard.dtype == np.float32
            assert np.isfinite(heard).all()
            assert samples.any() or not heard.any()
