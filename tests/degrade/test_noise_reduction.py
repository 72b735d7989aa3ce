"""Noise reduction: the noise goes, what is loud stays, at its time."""

import time

import numpy as np
import pytest
from scipy.signal import correlate

from micfp.degrade.noise_reduction import reduce_noise
from micfp.errors import MicfpError

RATES_HZ = [8000, 16000, 32000, 44100]
PHRASE, PAUSE = slice(2, 8), slice(20, 80)  # hundredths of a second, away from where one ends


def phrases(rate_hz: int, seconds: float = 3.0) -> np.ndarray:
    """Noise at -60 dBFS, and the first tenth of each second at -20 dBFS."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    noise = np.random.default_rng(0).standard_normal(len(time_s))
    return (np.where(time_s % 1 < 0.1, 0.1, 0.001) * noise).astype(np.float32)


def part_of(samples: np.ndarray, rate_hz: int, part: slice, second: int = 1) -> np.ndarray:
    start = second * rate_hz
    places = slice(start + part.start * rate_hz // 100, start + part.stop * rate_hz // 100)
    return samples[places].astype(np.float64)


def change_db(heard: np.ndarray, samples: np.ndarray, rate_hz: int, part: slice) -> float:
    before, after = (np.mean(part_of(x, rate_hz, part) ** 2) for x in (samples, heard))
    return float(10 * np.log10(max(after, 1e-30) / before))


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_noise_goes_and_what_is_loud_stays(rate_hz: int) -> None:
    samples = phrases(rate_hz)
    heard = reduce_noise(samples, rate_hz, 1.0)
    assert heard.shape == samples.shape
    assert heard.dtype == np.float32
    assert change_db(heard, samples, rate_hz, PAUSE) < -60
    assert -2 < change_db(heard, samples, rate_hz, PHRASE) < 0.5


@pytest.mark.parametrize(("share", "left_db"), [(0.5, -6.02), (0.9, -20.0)])
def test_so_much_of_the_noise_is_taken_off(share: float, left_db: float) -> None:
    """What is wholly noise keeps 1 - share of its amplitude: a half is 6 dB, a tenth 20 dB."""
    samples = phrases(16000)
    heard = reduce_noise(samples, 16000, share)
    assert change_db(heard, samples, 16000, PAUSE) == pytest.approx(left_db, abs=0.1)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_nothing_is_late(rate_hz: int) -> None:
    samples = phrases(rate_hz)
    heard = reduce_noise(samples, rate_hz, 1.0)
    for second in (0, 1, 2):
        one, other = (part_of(x, rate_hz, PHRASE, second) for x in (heard, samples))
        assert np.argmax(correlate(one, other, method="fft")) == len(other) - 1


def test_a_long_recording_has_no_seam() -> None:
    """noisereduce goes by pieces of 600 000 samples: here one ends in the middle of a phrase."""
    samples = np.roll(phrases(8000, 100.0), -400)  # 75 s are 50 ms into one
    heard = reduce_noise(samples, 8000, 1.0)
    assert heard.shape == (800_000,)
    errors = [
        np.mean((heard - samples)[second * 8000 - 160 : second * 8000 + 160] ** 2)
        for second in (73, 74, 75, 76, 77)
    ]
    assert max(errors) < 2 * np.median(errors)
    assert max(errors) < 0.1 * 0.1**2


def test_same_samples_same_bytes_and_what_went_in_is_left_alone() -> None:
    samples = phrases(16000)
    assert reduce_noise(samples, 16000, 1).tobytes() == reduce_noise(samples, 16000, 1).tobytes()
    np.testing.assert_array_equal(samples, phrases(16000))


def test_ten_seconds_take_half_a_second_at_most() -> None:
    samples = phrases(32000, 10.0)
    reduce_noise(samples[:1000], 32000, 1.0)  # imports
    start = time.process_time()
    reduce_noise(samples, 32000, 1.0)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("n_samples", [1, 47, 1023, 2049])
@pytest.mark.parametrize("rate_hz", [8000, 44100])
def test_little_and_silence(n_samples: int, rate_hz: int) -> None:
    for samples in (phrases(rate_hz)[:n_samples], np.zeros(n_samples, np.float32)):
        heard = reduce_noise(samples, rate_hz, 1.0)
        assert heard.shape == samples.shape
        assert np.isfinite(heard).all()
        assert samples.any() or not heard.any()


def test_silence_beside_sound() -> None:
    samples = phrases(16000)
    samples[:16000] = 0
    heard = reduce_noise(samples, 16000, 1.0)
    assert np.isfinite(heard).all()
    assert not heard[:14000].any()


@pytest.mark.parametrize("rate_hz", [5000, 300_000])
def test_a_rate_that_it_does_not_have(rate_hz: int) -> None:
    with pytest.raises(MicfpError, match=rf"noise_reduction: {rate_hz} Hz is not within 5120 to"):
        reduce_noise(np.ones(100, np.float32), rate_hz, 1.0)


@pytest.mark.parametrize("rate_hz", [5120, 256_000])
def test_the_outermost_rates(rate_hz: int) -> None:
    assert reduce_noise(np.ones(100, np.float32), rate_hz, 1.0).shape == (100,)
