import numpy as np
import pytest
from scipy.linalg import solve_toeplitz
from scipy.signal import lfilter

from micfp.casework.scan.tracks import discontinuities as module
from micfp.casework.scan.tracks.discontinuities import discontinuities

RATE_HZ = 16_000


def rumble(seconds: float, seed: int = 2) -> np.ndarray:
    """Noise without treble, so that its next sample is known to a hundredth."""
    rng = np.random.default_rng(seed)
    x = lfilter([1], np.poly([0.97, 0.95, 0.9]), rng.normal(size=round(seconds * RATE_HZ)))
    return (x / np.abs(x).max() / 2).astype(np.float32)


def test_a_hard_cut_is_found_to_the_millisecond() -> None:
    x = rumble(12)
    cut = np.concatenate([x[:80_000], x[101_234:]])
    assert discontinuities(x, RATE_HZ).changes == ()
    changes = discontinuities(cut, RATE_HZ).changes
    assert [change.time_s for change in changes] == [pytest.approx(5.0, abs=0.001)]
    assert changes[0].interval_s[0] <= 5.0 <= changes[0].interval_s[1]


def test_both_ends_of_an_insertion_are_found() -> None:
    x = rumble(12)
    inserted = np.concatenate([x[:80_000], x[120_000:140_000], x[80_000:]])
    times_s = [change.time_s for change in discontinuities(inserted, RATE_HZ).changes]
    assert times_s == [pytest.approx(5.0, abs=0.001), pytest.approx(6.25, abs=0.001)]


def test_predictors_are_those_of_the_normal_equations() -> None:
    frame = rumble(1)[: module.FRAME] * np.hanning(module.FRAME)
    r = np.correlate(frame, frame, "full")[module.FRAME - 1 :][: module.ORDER + 1]
    r[0] = r[0] * (1 + 1e-4) + 1e-10
    expected = -solve_toeplitz(r[:-1], r[1:])
    found = module._predictors(frame[None].astype(np.float32))[0]
    assert found[0] == 1
    np.testing.assert_allclose(found[1:], expected, atol=0.02)


def test_where_the_work_is_split_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    x = rumble(6)
    whole = discontinuities(x, RATE_HZ).values
    monkeypatch.setattr(module, "_STEPS_AT_ONCE", 7)
    # Frames begin elsewhere, so predictors differ a little.
    np.testing.assert_allclose(discontinuities(x, RATE_HZ).values, whole, rtol=0.5)


def test_silence_short_and_broken_samples() -> None:
    assert discontinuities(np.zeros(RATE_HZ, np.float32), RATE_HZ).changes == ()
    assert "shorter" in str(discontinuities(np.zeros(10, np.float32), RATE_HZ).unseen)
    broken = np.full(RATE_HZ, np.nan, np.float32)
    assert np.isfinite(discontinuities(broken, RATE_HZ).values).all()
