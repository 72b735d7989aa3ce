"""Mains hum: its harmonics and its distance."""

import numpy as np
import pytest
from signals import band_db, db

from micfp.degrade.hum import hum

RATE_HZ = 16000


def speech() -> np.ndarray:
    return (0.1 * np.random.default_rng(0).standard_normal(10 * RATE_HZ)).astype(np.float32)


def hum_in(snr_db: float = 20, frequency_hz: float = 50, n_harmonics: int = 5) -> np.ndarray:
    rng = np.random.default_rng(1)
    samples = speech()
    return hum(samples, RATE_HZ, snr_db, frequency_hz, n_harmonics, rng).astype(float) - samples


@pytest.mark.parametrize("snr_db", [0.0, 20.0])
def test_the_ratio_comes_out(snr_db: float) -> None:
    power = float(np.mean(speech().astype(float) ** 2))
    assert db(power) - db(float(np.mean(hum_in(snr_db) ** 2))) == pytest.approx(snr_db, abs=0.05)


@pytest.mark.parametrize("frequency_hz", [50.0, 60.0])
def test_harmonics_fall_by_six_decibels_an_octave(frequency_hz: float) -> None:
    added = hum_in(frequency_hz=frequency_hz)
    levels = [
        band_db(added, RATE_HZ, k * frequency_hz - 1, k * frequency_hz + 1) for k in range(1, 7)
    ]
    np.testing.assert_allclose(
        np.array(levels[:5]) - levels[0], -20 * np.log10(range(1, 6)), atol=0.1
    )
    assert levels[5] < levels[4] - 40  # there are five


def test_no_harmonic_above_half_the_rate() -> None:
    added = hum_in(frequency_hz=1000, n_harmonics=30)
    for at_hz in np.arange(500, 8000, 1000):  # where folded ones of 9, 10, ... kHz would not be
        assert band_db(added, RATE_HZ, at_hz - 5, at_hz + 5) < -60


def test_draws_and_silence() -> None:
    one, two, other = (
        hum(speech(), RATE_HZ, 20, 50, 10, np.random.default_rng(s)) for s in (1, 1, 2)
    )
    assert one.tobytes() == two.tobytes() != other.tobytes()
    for n_samples in (1, 47):
        silence = np.zeros(n_samples, np.float32)
        heard = hum(silence, RATE_HZ, 20, 50, 10, np.random.default_rng(0))
        np.testing.assert_array_equal(heard, silence)
