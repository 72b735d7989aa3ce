"""Levels that are linear in frequency are warped exactly, and a raised sound comes back."""

import numpy as np
import pytest

from micfp.fingerprint.closed_set.warps import UNWARPED, WARPS, bands_of_all, warped
from micfp.fingerprint.embedding.spectra import (
    N_BANDS,
    Spectra,
    band_centres_hz,
    band_spectra,
    loudest_mean,
)

HZ = band_centres_hz()
ALL = np.ones(N_BANDS, np.bool_)


@pytest.mark.parametrize("factor", [0.94, 1.0, 1.04])
def test_a_band_gets_the_level_at_its_frequency_times_the_factor(factor: float) -> None:
    ramp = np.array([HZ / 100, -HZ / 200], np.float32)
    found = warped(Spectra(ramp, ALL), factor)
    there = found.present
    assert found.level_db[0, there] == pytest.approx(factor * HZ[there] / 100, rel=1e-5)
    assert found.level_db[1, there] == pytest.approx(-factor * HZ[there] / 200, rel=1e-5)
    # What would come from below the lowest band or from above the highest is missing.
    assert there.tolist() == ((HZ * factor >= HZ[0]) & (HZ * factor <= HZ[-1])).tolist()


def test_a_band_beside_a_missing_one_is_missing() -> None:
    level_db = np.zeros((1, N_BANDS), np.float32)
    present = ALL.copy()
    present[100:] = False
    found = warped(Spectra(level_db, present), 1.02).present
    # Up to the last band whose place lies at or below band 99.
    assert np.flatnonzero(found)[-1] == np.flatnonzero(HZ[99] >= HZ * 1.02)[-1]


def test_bands_of_all_warps() -> None:
    assert WARPS[UNWARPED] == 1
    assert (len(WARPS), WARPS[0], WARPS[-1]) == (13, 0.94, 1.06)
    expected = (HZ[0] <= HZ * 0.94) & (HZ[-1] >= HZ * 1.06)
    assert bands_of_all(ALL).tolist() == expected.tolist()


def test_harmonics_that_were_raised_come_back() -> None:
    t = np.arange(32_000) / 32_000
    rng = np.random.default_rng(1)
    gain = 10 ** (rng.uniform(-1, 0, 19))

    def sound(f0_hz: float) -> Spectra:
        # 400 Hz apart up to 8 kHz: further apart than bands are there.
        parts = [g * np.sin(2 * np.pi * f0_hz * (k + 1) * t) for k, g in enumerate(gain)]
        noise = 1e-3 * np.random.default_rng(2).standard_normal(len(t))
        return band_spectra((np.sum(parts, axis=0) + noise).astype(np.float32), 32_000)

    low, high = sound(400), sound(416)  # 4 % higher
    wide = (HZ > 200) & (HZ < 7000)
    target = loudest_mean(low.level_db, 0.2)[wide]
    distances = []
    for factor in WARPS:
        found = loudest_mean(warped(high, factor).level_db, 0.2)[wide]
        distances.append(np.std(found - target))
    assert WARPS[int(np.argmin(distances))] == 1.04
    assert min(distances) < distances[UNWARPED] / 2
