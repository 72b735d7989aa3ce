"""Lower rates, filters, an equaliser: the band that is left, and no delay."""

import numpy as np
import pytest
from signals import band_db, lag, voice

from micfp.degrade.bands import band, equalise, resampled
from micfp.errors import MicfpError


def noise(rate_hz: int, seconds: float = 4.0) -> np.ndarray:
    drawn = np.random.default_rng(rate_hz).standard_normal(round(seconds * rate_hz))
    return (0.1 * drawn).astype(np.float32)


def gain_db(heard: np.ndarray, samples: np.ndarray, rate_hz: int, at_hz: float) -> float:
    parts = (at_hz * 0.995, at_hz * 1.005)
    return band_db(heard, rate_hz, *parts) - band_db(samples, rate_hz, *parts)


@pytest.mark.parametrize("rate_hz", [16000, 32000, 44100])
def test_a_lower_rate_leaves_what_it_can_hold(rate_hz: int) -> None:
    samples = noise(rate_hz)
    heard = resampled(samples, rate_hz, 8000)
    assert heard.shape == samples.shape
    assert gain_db(heard, samples, rate_hz, 3000) == pytest.approx(0, abs=0.1)
    assert gain_db(heard, samples, rate_hz, 4300) < -80
    assert lag(resampled(voice(rate_hz), rate_hz, 8000), voice(rate_hz)) == 0


def test_a_rate_that_is_not_lower_changes_nothing() -> None:
    np.testing.assert_array_equal(resampled(noise(8000), 8000, 16000), noise(8000))


@pytest.mark.parametrize("rate_hz", [16000, 32000, 44100])
@pytest.mark.parametrize(
    ("edges", "passed", "stopped"),
    [
        ((None, 3400), [100, 3200], [3600, 5000]),
        ((300, None), [330, 5000], [270, 100]),
        ((300, 3400), [340, 1000, 3300], [250, 100, 3600, 7000]),
    ],
)
def test_the_band_that_is_left(
    rate_hz: int,
    edges: tuple[float | None, float | None],
    passed: list[float],
    stopped: list[float],
) -> None:
    samples = noise(rate_hz)
    heard = band(samples, rate_hz, *edges)
    for at_hz in passed:
        assert gain_db(heard, samples, rate_hz, at_hz) == pytest.approx(0, abs=0.2), at_hz
    for at_hz in stopped:
        assert gain_db(heard, samples, rate_hz, at_hz) < -55, at_hz


def test_half_the_amplitude_at_an_edge() -> None:
    time_s = np.arange(32000) / 16000
    tone = np.sin(2 * np.pi * 3400 * time_s).astype(np.float32)
    heard = band(tone, 16000, None, 3400)[8000:24000]
    assert np.sqrt(2 * np.mean(heard**2)) == pytest.approx(0.5, abs=0.02)


def test_filters_do_not_delay() -> None:
    click = np.zeros(16000, np.float32)
    click[5000] = 1
    for heard in (
        band(click, 16000, None, 3400),
        band(click, 16000, 300, 3400),
        equalise(click, 16000, 6, np.random.default_rng(0)),
    ):
        assert np.argmax(np.abs(heard)) == 5000
        np.testing.assert_allclose(heard[4990:5000], heard[5001:5011][::-1], atol=1e-6)


def test_an_edge_that_the_rate_cannot_have() -> None:
    with pytest.raises(MicfpError, match="8000 Hz cannot have a band edge at 4000 Hz; set one bel"):
        band(noise(8000), 8000, None, 4000)


def test_an_equaliser_has_the_deviation_at_its_octaves() -> None:
    samples = noise(32000, 20.0)
    heard = equalise(samples, 32000, 6.0, np.random.default_rng(3))
    octaves_hz = 62.5 * 2.0 ** np.arange(8)  # to 8 kHz, and half of 32 kHz is left out
    gains = np.array([gain_db(heard, samples, 32000, at) for at in octaves_hz])
    assert abs(gains[1:].mean()) < 3
    assert np.sqrt(np.mean(gains**2)) == pytest.approx(6.0, abs=1.0)
    # smooth: halfway between octaves lies between them
    for low, at in enumerate(octaves_hz[1:-1] * np.sqrt(2), start=1):
        inside = sorted(gains[low : low + 2])
        assert inside[0] - 1 < gain_db(heard, samples, 32000, at) < inside[1] + 1


def test_draws() -> None:
    samples = noise(16000)
    one, two, other = (equalise(samples, 16000, 6, np.random.default_rng(s)) for s in (1, 1, 2))
    assert one.tobytes() == two.tobytes()
    assert np.abs(one - other).max() > 0.01
    np.testing.assert_allclose(
        equalise(samples, 16000, 0, np.random.default_rng(1)), samples, atol=1e-3
    )


@pytest.mark.parametrize("n_samples", [1, 47])
def test_little_and_nothing(n_samples: int) -> None:
    rng = np.random.default_rng(0)
    for samples in (voice(16000)[:n_samples], np.zeros(n_samples, np.float32)):
        for heard in (
            resampled(samples, 16000, 8000),
            band(samples, 16000, 300, 3400),
            equalise(samples, 16000, 6, rng),
        ):
            assert heard.shape == samples.shape
            assert heard.dtype == np.float32
            assert np.isfinite(heard).all()
