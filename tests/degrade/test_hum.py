"""Mains hum: its distance from the speech, its harmonics, its draws."""

import numpy as np
import pytest

from micfp.degrade.hum import hum


def tone(rate_hz: int, seconds: float = 2.0) -> np.ndarray:
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.1 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)


def hum_in(samples: np.ndarray, rate_hz: int, *settings: float, seed: int = 0) -> np.ndarray:
    snr_db, frequency_hz, n_harmonics = settings
    heard = hum(samples, rate_hz, snr_db, frequency_hz, int(n_harmonics), rng(seed))
    return heard.astype(np.float64) - samples


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def amplitudes(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Of whole hertz, from 0 on: two seconds, so every second bin of a spectrum."""
    assert len(samples) == 2 * rate_hz
    return np.abs(np.fft.rfft(samples))[::2] / rate_hz


@pytest.mark.parametrize("rate_hz", [8000, 16000, 32000, 44100])
@pytest.mark.parametrize("snr_db", [-5.0, 20.0])
def test_the_ratio_is_exact(rate_hz: int, snr_db: float) -> None:
    added = hum_in(tone(rate_hz), rate_hz, snr_db, 50.0, 10)
    # a sine of amplitude 0.1 has a power of 0.1^2 / 2, -23.01 dB
    assert 10 * np.log10(np.mean(added**2)) == pytest.approx(-23.01 - snr_db, abs=0.02)


@pytest.mark.parametrize("frequency_hz", [50, 60])
def test_each_harmonic_has_a_kth_of_the_amplitude_and_nothing_else_is_there(
    frequency_hz: int,
) -> None:
    found = amplitudes(hum_in(tone(16000), 16000, 0, frequency_hz, 10), 16000)
    harmonics = frequency_hz * np.arange(1, 11)
    expected = found[frequency_hz] / np.arange(1, 11)  # an octave up is half, 6 dB less
    np.testing.assert_allclose(found[harmonics], expected, rtol=1e-3)
    others = np.delete(found, harmonics)
    assert others.max() < 1e-5 * found[frequency_hz]


def test_only_those_below_half_the_rate() -> None:
    # 1000, 2000 and 3000 Hz; the fourth is half the rate, the fifth would come back as 3000 Hz
    found = amplitudes(hum_in(tone(8000), 8000, 0, 1000.0, 8), 8000)
    np.testing.assert_allclose(found[[2000, 3000]] / found[1000], [1 / 2, 1 / 3], rtol=1e-3)
    assert found[4000] < 1e-5
    assert not hum_in(tone(8000), 8000, 0, 5000.0, 3).any()


def test_phases_are_drawn_and_same_draws_are_same_bytes() -> None:
    samples = tone(16000)
    one, again, other = (hum(samples, 16000, 10, 50, 5, rng(seed)) for seed in (1, 1, 2))
    assert one.dtype == np.float32
    assert one.tobytes() == again.tobytes() != other.tobytes()
    np.testing.assert_array_equal(samples, tone(16000))
    phases = [np.angle(np.fft.rfft(x - samples))[[100, 200, 300]] for x in (one, other)]
    assert np.abs(phases[0] - phases[1]).min() > 0.01


@pytest.mark.parametrize("n_samples", [1, 47, 16000])
def test_little_and_silence(n_samples: int) -> None:
    heard = hum(tone(16000)[:n_samples], 16000, 0, 50, 10, rng(0))
    assert heard.shape == (n_samples,)
    assert np.isfinite(heard).all()
    assert not hum(np.zeros(n_samples, np.float32), 16000, 0, 50, 10, rng(0)).any()
