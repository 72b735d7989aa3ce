"""Time without pitch, and pitch without time."""

import warnings

import numpy as np
import pytest

from micfp.degrade.pitch_shift import shift_pitch
from micfp.degrade.time_stretch import stretch_time

RATES_HZ = [8000, 16000, 32000, 44100]
PERCENTS = [-20.0, -4.0, 4.0, 20.0]


def tone(rate_hz: int, frequency_hz: float = 440, seconds: float = 1.0) -> np.ndarray:
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.3 * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


def frequency_hz(samples: np.ndarray, rate_hz: int) -> float:
    """Of the strongest tone, to a quarter of a hertz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 4 * rate_hz))
    return float(np.argmax(spectrum)) / 4


def bursts(rate_hz: int, times_s: list[float]) -> np.ndarray:
    """Noise of 50 ms, rounded off, around each of these times."""
    n = round(0.05 * rate_hz)
    samples = np.zeros(2 * rate_hz, np.float32)
    for time_s in times_s:
        start = round(time_s * rate_hz) - n // 2
        drawn = np.random.default_rng(round(100 * time_s)).standard_normal(n)
        samples[start : start + n] = 0.2 * drawn * np.hanning(n)
    return samples


def centre_s(samples: np.ndarray, rate_hz: int, around_s: float) -> float:
    """Centre of the energy within 0.3 s of a time."""
    start = max(0, round((around_s - 0.3) * rate_hz))
    power = samples[start : round((around_s + 0.3) * rate_hz)].astype(np.float64) ** 2
    return (start + float(np.average(np.arange(len(power)), weights=power))) / rate_hz


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("percent", PERCENTS)
def test_longer_or_shorter_at_the_same_pitch(rate_hz: int, percent: float) -> None:
    heard = stretch_time(tone(rate_hz), percent)
    assert len(heard) == round(rate_hz * (1 + percent / 100))
    assert heard.dtype == np.float32
    assert frequency_hz(heard, rate_hz) == pytest.approx(440, abs=0.5)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("percent", PERCENTS)
def test_higher_or_lower_at_the_same_length(rate_hz: int, percent: float) -> None:
    heard = shift_pitch(tone(rate_hz), rate_hz, percent)
    assert heard.shape == (rate_hz,)
    assert heard.dtype == np.float32
    assert frequency_hz(heard, rate_hz) == pytest.approx(440 * (1 + percent / 100), abs=0.5)


@pytest.mark.parametrize("percent", PERCENTS)
def test_everything_comes_at_its_time(percent: float) -> None:
    """A phase vocoder smears over its window, 128 ms at 16 kHz: 36 ms were found."""
    times_s = [0.4, 1.0, 1.6]
    longer = stretch_time(bursts(16000, times_s), percent)
    higher = shift_pitch(bursts(16000, times_s), 16000, percent)
    for time_s in times_s:
        later_s = time_s * (1 + percent / 100)
        assert centre_s(longer, 16000, later_s) == pytest.approx(later_s, abs=0.045)
        assert centre_s(higher, 16000, time_s) == pytest.approx(time_s, abs=0.045)


def test_what_would_be_above_half_the_rate_is_gone() -> None:
    # 3800 Hz become 4560: folded back, they would be 3440
    heard = shift_pitch(tone(8000, 3800), 8000, 20)[1000:-1000]
    assert np.mean(heard**2) < 1e-4 * np.mean(tone(8000, 3800) ** 2)


def test_a_tenth_of_a_per_cent_is_the_least() -> None:
    samples = tone(16000)
    np.testing.assert_array_equal(shift_pitch(samples, 16000, 0.04), samples)
    np.testing.assert_array_equal(
        shift_pitch(samples, 16000, 4.04), shift_pitch(samples, 16000, 4.0)
    )
    assert np.any(shift_pitch(samples, 16000, 0.1) != samples)


def test_nothing_changes_by_nothing() -> None:
    np.testing.assert_array_equal(stretch_time(tone(8000), 0), tone(8000))
    np.testing.assert_array_equal(shift_pitch(tone(8000), 8000, 0), tone(8000))


def test_same_samples_same_bytes_and_what_went_in_is_left_alone() -> None:
    samples = bursts(16000, [0.5])
    before = samples.copy()
    assert stretch_time(samples, 4).tobytes() == stretch_time(samples, 4).tobytes()
    assert shift_pitch(samples, 16000, 4).tobytes() == shift_pitch(samples, 16000, 4).tobytes()
    np.testing.assert_array_equal(samples, before)


@pytest.mark.parametrize("n_samples", [1, 2, 15, 47, 2047])
@pytest.mark.parametrize("percent", PERCENTS)
def test_little_and_silence(n_samples: int, percent: float) -> None:
    for samples in (tone(16000)[1 : n_samples + 1], np.zeros(n_samples, np.float32)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            longer = stretch_time(samples, percent)
            higher = shift_pitch(samples, 16000, percent)
        assert len(longer) == max(1, round(n_samples * (1 + percent / 100)))
        assert higher.shape == samples.shape
        for heard in (longer, higher):
            assert np.isfinite(heard).all()
            assert samples.any() or not heard.any()
