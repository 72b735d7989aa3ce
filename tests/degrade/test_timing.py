"""Time and pitch: each changes, and the other stays."""

import numpy as np
import pytest

from micfp.degrade.timing import shift_pitch, stretch_time


def tone(rate_hz: int, frequency_hz: float = 440.0, seconds: float = 2.0) -> np.ndarray:
    time_s = np.arange(round(rate_hz * seconds)) / rate_hz
    return (0.3 * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


def pitch_hz(samples: np.ndarray, rate_hz: int) -> float:
    """Of the strongest bin, between its neighbours by a parabola."""
    power = np.log(np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) + 1e-12)
    k = int(power.argmax())
    left, middle, right = power[k - 1 : k + 2]
    return (k + (left - right) / (2 * (left - 2 * middle + right))) * rate_hz / len(samples)


@pytest.mark.parametrize("rate_hz", [8000, 32000])
@pytest.mark.parametrize("percent", [-5.0, 4.0])
def test_longer_at_the_same_pitch(rate_hz: int, percent: float) -> None:
    samples = tone(rate_hz)
    longer = stretch_time(samples, percent)
    assert longer.dtype == np.float32
    assert len(longer) == round(len(samples) * (1 + percent / 100))
    assert pitch_hz(longer, rate_hz) == pytest.approx(440, rel=1e-3)


def test_a_click_moves_with_the_time() -> None:
    samples = np.zeros(32000, np.float32)
    samples[16000:16050] = 1
    assert np.argmax(np.abs(stretch_time(samples, 10.0))) == pytest.approx(17600, abs=600)


@pytest.mark.parametrize("rate_hz", [8000, 32000])
@pytest.mark.parametrize("percent", [-4.0, 4.0])
def test_higher_at_the_same_length(rate_hz: int, percent: float) -> None:
    samples = tone(rate_hz)
    higher = shift_pitch(samples, rate_hz, percent)
    assert higher.shape == samples.shape
    assert pitch_hz(higher[: len(samples) // 2], rate_hz) == pytest.approx(
        440 * (1 + percent / 100), rel=2e-3
    )
    assert np.sqrt(np.mean(higher**2)) == pytest.approx(np.sqrt(np.mean(samples**2)), rel=0.12)


def test_none_and_little() -> None:
    np.testing.assert_array_equal(stretch_time(tone(8000), 0), tone(8000))
    np.testing.assert_array_equal(shift_pitch(tone(8000), 8000, 0), tone(8000))
    for n_samples in (1, 47, 3000):
        for samples in (tone(8000)[:n_samples], np.zeros(n_samples, np.float32)):
            assert shift_pitch(samples, 8000, 4).shape == samples.shape
            assert len(stretch_time(samples, 4)) == max(1, round(n_samples * 1.04))
