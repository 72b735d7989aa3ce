"""Bands about curves: they hold the truth as often as they say, and see what is there."""

import numpy as np
import pytest
from scipy import stats

from micfp.casework.compare import difference as module
from micfp.casework.compare.difference import PRIOR_PIECES, Known, curve, difference

N_BANDS = 60


@pytest.fixture(autouse=True)
def fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DRAWS", 500)


def pieces(n: int, rng: np.random.Generator, mean: object = 0.0) -> np.ndarray:
    """Pieces with an sd of 2.5 dB, neighbouring bands alike (correlation 0.6)."""
    noise = rng.standard_normal((n, N_BANDS))
    for band in range(1, N_BANDS):
        noise[:, band] = 0.6 * noise[:, band - 1] + 0.8 * noise[:, band]
    return 2.5 * noise + mean


def known(piece_db2: float = 6.25, extra_db2: float = 0.0) -> Known:
    return Known(np.full(N_BANDS, piece_db2), np.full(N_BANDS, extra_db2))


@pytest.mark.parametrize(("n_a", "n_b"), [(6, 6), (30, 8)])
def test_two_alike_are_rarely_apart_in_any_band(n_a: int, n_b: int) -> None:
    """5 of 100 are meant; at 0.05 more alarms than these would come once in 300 times."""
    rng = np.random.default_rng(n_a)
    alarms = 0
    for _ in range(80):
        found = difference(pieces(n_a, rng), pieces(n_b, rng), known(), known(), rng)
        alarms += bool(found.apart.any())
    assert alarms <= stats.binom.ppf(0.997, 80, 0.05)


def test_the_whole_curve_lies_in_its_band() -> None:
    rng = np.random.default_rng(1)
    truth = np.linspace(-5, 5, N_BANDS)
    inside = 0
    for _ in range(60):
        found = curve(pieces(12, rng, truth), known(), rng)
        inside += bool(((found.low <= truth) & (truth <= found.high)).all())
    assert inside >= stats.binom.ppf(0.003, 60, 0.95)


def test_a_difference_is_found_where_it_is() -> None:
    rng = np.random.default_rng(2)
    lift = np.where((np.arange(N_BANDS) >= 20) & (np.arange(N_BANDS) < 30), 6.0, 0.0)
    found = difference(pieces(20, rng, lift), pieces(20, rng), known(), known(), rng)
    # Standard error 2.5 sqrt(2 / 20) = 0.79 dB, times about 3.5: 6 dB are far outside.
    assert np.flatnonzero(found.apart).tolist() == list(range(20, 30))
    assert found.mean[20:30].mean() == pytest.approx(6, abs=1)
    width = (found.high - found.low)[0] / 2
    assert 2 < width < 4


def test_what_no_drawing_shows_widens_the_band() -> None:
    a, b = pieces(20, np.random.default_rng(3)), pieces(20, np.random.default_rng(4))
    # Variance of the mean of either: of 39 "pieces", 20 of which have 6.25, over 20.
    share = PRIOR_PIECES / (PRIOR_PIECES + 19)
    own = share * 6.25 + (1 - share) * np.stack([a, b]).var(axis=1, ddof=1)
    plain = difference(a, b, known(), known(), np.random.default_rng(5))
    wider = difference(a, b, known(extra_db2=1.0), known(extra_db2=2.0), np.random.default_rng(5))
    expected = np.sqrt(1 + 3.0 / (own.sum(axis=0) / 20))
    assert (wider.high - wider.low) / (plain.high - plain.low) == pytest.approx(expected)
