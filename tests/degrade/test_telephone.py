"""The telephone band: what passes, what does not, and when."""

import numpy as np
import pytest
from signals import beside, lag

from micfp.degrade.telephone import telephone
from micfp.errors import MicfpError


def tone(frequency_hz: float, rate_hz: int, seconds: float = 1.0) -> np.ndarray:
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


def gain_db(frequency_hz: float, rate_hz: int) -> float:
    """Of a tone, without the ends, where it begins and breaks off."""
    samples = tone(frequency_hz, rate_hz)
    middle = slice(rate_hz // 4, -rate_hz // 4)
    inner = telephone(samples, rate_hz).samples[2000:-2000]  # at 8 kHz
    power = np.mean(inner.astype(np.float64) ** 2)
    return float(10 * np.log10(max(power, 1e-20) / np.mean(samples[middle] ** 2)))


@pytest.mark.parametrize("rate_hz", [8000, 16000, 32000, 44100, 48000])
@pytest.mark.parametrize("frequency_hz", [300, 1000, 3400])
def test_the_band_passes(frequency_hz: int, rate_hz: int) -> None:
    assert gain_db(frequency_hz, rate_hz) == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("rate_hz", [16000, 44100])
@pytest.mark.parametrize("frequency_hz", [20, 50, 100, 3600, 3900])
def test_beside_the_band_80_db_are_gone(frequency_hz: int, rate_hz: int) -> None:
    assert gain_db(frequency_hz, rate_hz) < -79


@pytest.mark.parametrize("frequency_hz", [200, 3500])
def test_half_way_it_is_6_db(frequency_hz: int) -> None:
    assert gain_db(frequency_hz, 44100) == pytest.approx(-6.02, abs=0.1)


@pytest.mark.parametrize("frequency_hz", [4500, 7000, 15000, 20000])
def test_what_is_above_the_telephones_own_rate_does_not_fold_back(frequency_hz: int) -> None:
    assert gain_db(frequency_hz, 44100) < -110


@pytest.mark.parametrize("rate_hz", [8000, 11025, 22050, 44100, 48000])
def test_it_lines_up_at_eight_kilohertz(rate_hz: int) -> None:
    samples = np.random.default_rng(0).standard_normal(rate_hz + 7).astype(np.float32)
    before = samples.copy()
    heard = telephone(samples, rate_hz)
    assert heard.rate_hz == 8000
    assert heard.samples.shape == (-(-len(samples) * 8000 // rate_hz),)
    assert heard.samples.dtype == np.float32
    assert lag(beside(heard, samples, rate_hz), samples) == 0
    np.testing.assert_array_equal(samples, before)


def test_a_click_in_the_middle_rings_alike_on_both_sides() -> None:
    click = np.zeros(8001, np.float32)
    click[4000] = 1
    heard = telephone(click, 8000).samples
    np.testing.assert_allclose(heard, heard[::-1], atol=1e-6)
    assert np.argmax(heard) == 4000


@pytest.mark.parametrize("n_samples", [1, 2, 100])
@pytest.mark.parametrize("rate_hz", [8000, 44100])
def test_little_and_nothing(n_samples: int, rate_hz: int) -> None:
    heard = telephone(np.ones(n_samples, np.float32), rate_hz).samples
    assert heard.shape == (-(-n_samples * 8000 // rate_hz),)
    assert np.isfinite(heard).all()
    assert not telephone(np.zeros(n_samples, np.float32), rate_hz).samples.any()


def test_a_rate_that_cannot_hold_the_band() -> None:
    with pytest.raises(MicfpError, match=r"6000 Hz cannot hold the telephone band.* 8000 Hz"):
        telephone(tone(500, 6000), 6000)
