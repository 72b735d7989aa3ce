import numpy as np
import pytest
from scipy.signal import firwin

from micfp.casework.scan.tracks import low_rate as module
from micfp.casework.scan.tracks.low_rate import low_rate


def test_a_low_tone_comes_through_as_it_was_and_a_high_one_is_gone() -> None:
    seconds = np.arange(48_000 * 4) / 48_000
    tone = np.sin(2 * np.pi * 120 * seconds).astype(np.float32)
    high = np.sin(2 * np.pi * 1120 * seconds).astype(np.float32)  # would alias to 120 Hz
    low, rate_hz = low_rate(tone + high, 48_000, 1000)
    assert rate_hz == 1000
    # Sample i stands at 48 i of the input: no delay.
    expected = np.sin(2 * np.pi * 120 * np.arange(len(low)) / 1000)
    np.testing.assert_allclose(low[50:-50], expected[50:-50], atol=0.01)


@pytest.mark.parametrize(("rate_hz", "step"), [(44_100, 44), (16_000, 16), (1900, 1), (1000, 1)])
def test_the_rate_is_a_whole_fraction(rate_hz: int, step: int) -> None:
    low, low_hz = low_rate(np.zeros(10_000, np.float32), rate_hz, 1000)
    assert low_hz == rate_hz / step
    assert len(low) == 10_000 // step


def test_blocks_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(1).normal(size=8000).astype(np.float32)
    taps = firwin(97, 1 / 8)
    whole = np.convolve(x, taps)[48::8][:1000]  # the middle tap on every eighth sample
    monkeypatch.setattr(module, "BLOCK", 37)
    np.testing.assert_allclose(low_rate(x, 8000, 1000)[0], whole, atol=1e-5)


def test_nan_and_infinity_count_as_zero() -> None:
    x = np.full(4000, np.nan, np.float32)
    x[100] = np.inf
    assert not low_rate(x, 8000, 1000)[0].any()
    assert not low_rate(x, 1000, 1000)[0].any()
