"""Lower rates, filters and the equaliser: what is left, and that none of it is late."""

import numpy as np
import pytest

from micfp.degrade.band import band
from micfp.degrade.equaliser import equalise
from micfp.degrade.resample import resampled
from micfp.errors import MicfpError

RATES_HZ = [8000, 16000, 32000, 44100]


def click(rate_hz: int) -> np.ndarray:
    """In the middle of two seconds, so that a spectrum has bins of half a hertz."""
    samples = np.zeros(2 * rate_hz, np.float32)
    samples[rate_hz] = 1
    return samples


def gains_db(heard: np.ndarray, frequencies_hz: np.ndarray) -> np.ndarray:
    """Of what became of a click, at the nearest bins of its spectrum."""
    spectrum = np.abs(np.fft.rfft(heard.astype(np.float64)))
    bins = np.round(2 * np.asarray(frequencies_hz)).astype(int)
    return 20 * np.log10(np.maximum(spectrum[bins], 1e-10))


def noise(n_samples: int) -> np.ndarray:
    return 0.1 * np.random.default_rng(0).standard_normal(n_samples).astype(np.float32)


def assert_not_late(heard: np.ndarray) -> None:
    """A click stays where it was, and rings alike on both sides."""
    middle = len(heard) // 2
    assert np.argmax(np.abs(heard)) == middle
    np.testing.assert_allclose(heard[1:middle], heard[:middle:-1], atol=1e-6)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_band_passes_what_lies_within(rate_hz: int) -> None:
    heard = band(click(rate_hz), rate_hz, 300, 3400)
    assert_not_late(heard)
    # the transition is a tenth of 300 Hz, half of it on either side of an edge
    np.testing.assert_allclose(gains_db(heard, np.linspace(316, 3384, 50)), 0, atol=0.01)
    np.testing.assert_allclose(gains_db(heard, np.array([300, 3400])), -6.02, atol=0.02)
    outside = np.r_[np.linspace(0, 284, 50), np.linspace(3416, rate_hz / 2, 50)]
    assert gains_db(heard, outside).max() < -79


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("edge_hz", [200, 3000])
def test_one_edge_is_a_high_pass_or_a_low_pass(rate_hz: int, edge_hz: int) -> None:
    below, above = np.linspace(0, edge_hz * 0.949, 50), np.linspace(edge_hz * 1.051, 3900, 50)
    for heard, kept, lost in (
        (band(click(rate_hz), rate_hz, edge_hz, None), above, below),
        (band(click(rate_hz), rate_hz, None, edge_hz), below, above),
    ):
        assert_not_late(heard)
        np.testing.assert_allclose(gains_db(heard, kept), 0, atol=0.01)
        np.testing.assert_allclose(gains_db(heard, np.array([edge_hz])), -6.02, atol=0.02)
        assert gains_db(heard, lost).max() < -78


def test_near_half_the_rate_76_db_are_left_of_the_stop_band() -> None:
    heard = band(click(8000), 8000, None, 3700)
    assert -80 < gains_db(heard, np.linspace(3886, 4000, 50)).max() < -76


@pytest.mark.parametrize("edge_hz", [4000, 5000, 3900])
def test_an_edge_that_the_rate_does_not_have(edge_hz: int) -> None:
    # 4000 / 1.05 = 3809.5: above it the transition reaches half the rate
    with pytest.raises(MicfpError, match=rf"8000 Hz cannot have a band edge at {edge_hz} .* 3810"):
        band(click(8000), 8000, None, edge_hz)
    with pytest.raises(MicfpError, match=rf"edge at {edge_hz} Hz"):
        band(click(8000), 8000, 300, edge_hz)
    band(click(8000), 8000, None, 3800)


@pytest.mark.parametrize("rate_hz", [16000, 32000, 44100])
def test_a_lower_rate_leaves_its_half(rate_hz: int) -> None:
    samples = noise(rate_hz)  # 1 s: bins of 1 Hz
    heard = resampled(samples, rate_hz, 8000)
    assert (heard.rate_hz, heard.samples.shape) == (8000, (8000,))
    had = np.fft.rfft(samples.astype(np.float64)) * 8000 / rate_hz
    left = np.fft.rfft(heard.samples.astype(np.float64))
    kept = slice(100, 3600)
    had = had[: len(left)]
    # in level and phase, so at the same time: a sample late would be -4 dB at 3.6 of 8 kHz
    assert np.mean(np.abs(left - had)[kept] ** 2) < 1e-3 * np.mean(np.abs(had)[kept] ** 2)
    middle = resampled(click(rate_hz), rate_hz, 8000).samples
    assert np.argmax(np.abs(middle)) == 8000  # after a second


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_rate_that_is_not_lower_changes_nothing(rate_hz: int) -> None:
    for other_hz in (rate_hz, rate_hz + 1, 2 * rate_hz):
        same = resampled(noise(1000), rate_hz, other_hz)
        assert same.rate_hz == rate_hz
        np.testing.assert_array_equal(same.samples, noise(1000))


def curve_db(rate_hz: int, deviation_db: float, seed: int) -> np.ndarray:
    """Gains that come out at the octaves of 62.5 Hz below half the rate."""
    octaves = [62.5 * 2**k for k in range(12) if 62.5 * 2**k < rate_hz / 2]
    heard = equalise(click(rate_hz), rate_hz, deviation_db, np.random.default_rng(seed))
    assert_not_late(heard)
    return gains_db(heard, np.array(octaves))


@pytest.mark.parametrize(("rate_hz", "n_octaves"), [(8000, 6), (16000, 7), (32000, 8), (44100, 9)])
def test_the_gains_at_octaves_have_mean_0_and_the_rms_that_was_wanted(
    rate_hz: int, n_octaves: int
) -> None:
    for seed in range(5):
        gains = curve_db(rate_hz, 3.0, seed)
        assert len(gains) == n_octaves  # 62.5 Hz to 2, 4, 8 or 16 kHz
        drawn = np.random.default_rng(seed).standard_normal(n_octaves)
        expected = 3.0 * (drawn - drawn.mean()) / drawn.std()
        np.testing.assert_allclose(gains[1:], expected[1:], atol=0.1)
        # Where the flat end meets the slope the filter rounds the corner.
        assert gains[0] == pytest.approx(expected[0], abs=0.6)


def test_the_curve_is_smooth_and_flat_beyond_its_ends() -> None:
    frequency_hz = 250 * 2 ** np.linspace(0, 6, 200)  # to 16 kHz, 33 an octave
    heard = equalise(click(44100), 44100, 6.0, np.random.default_rng(1))
    gains = gains_db(heard, frequency_hz)
    assert np.abs(np.diff(gains)).max() < 1.5  # of octaves that differ by up to 20 dB
    within = curve_db(44100, 6.0, 1)
    beyond = gains_db(heard, np.linspace(16500, 21500, 20))
    np.testing.assert_allclose(beyond, within[-1], atol=0.2)
    assert gains.max() <= within.max() + 0.3  # between octaves no gain beyond theirs
    assert gains.min() >= within.min() - 0.3


def test_no_deviation_is_no_change_and_curves_are_drawn() -> None:
    samples = noise(8000)
    np.testing.assert_allclose(
        equalise(samples, 16000, 0.0, np.random.default_rng(0)), samples, atol=1e-6
    )
    one, again, other = (
        equalise(samples, 16000, 6.0, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert one.tobytes() == again.tobytes() != other.tobytes()
    np.testing.assert_array_equal(samples, noise(8000))


@pytest.mark.parametrize("n_samples", [1, 47, 1000])
@pytest.mark.parametrize("rate_hz", [8000, 44100])
def test_little_and_silence(n_samples: int, rate_hz: int) -> None:
    for samples in (noise(n_samples), np.zeros(n_samples, np.float32)):
        for heard in (
            band(samples, rate_hz, 300, 3400),
            equalise(samples, rate_hz, 6.0, np.random.default_rng(0)),
        ):
            assert heard.shape == samples.shape
            assert heard.dtype == np.float32
            assert np.isfinite(heard).all()
            assert samples.any() or not heard.any()
