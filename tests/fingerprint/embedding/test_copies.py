"""Copies against levels worked out, and against the same done to samples."""

import numpy as np
import pytest

from micfp.fingerprint.embedding.copies import (
    COPIES,
    Modulated,
    Narrow,
    Noisy,
    clean_and_copies,
    copied,
    numbers_of,
)
from micfp.fingerprint.embedding.spectra import (
    HOP_S,
    WINDOW_S,
    Spectra,
    band_centres_hz,
    band_edges_hz,
    band_spectra,
)

RATE_HZ = 32_000
WIDTH_HZ = np.diff(band_edges_hz())[1:]


def _noise(seconds: float, level: float = 0.1, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal(round(seconds * RATE_HZ))).astype(np.float32)


LOUD_S = 4.0
SPEECH = np.concatenate([_noise(LOUD_S), _noise(LOUD_S, 1e-3)])
LOUD = slice(0, int((LOUD_S - WINDOW_S) / HOP_S))


def _power(spectra: Spectra) -> np.ndarray:
    return 10 ** (spectra.level_db.astype(np.float64) / 10)


@pytest.mark.parametrize(
    "step", [Noisy(20, 0), Noisy(10, -3), Modulated(15, False), Modulated(8, True)]
)
def test_noise_lies_so_far_below_what_is_active(step: Noisy | Modulated) -> None:
    clean = band_spectra(SPEECH, RATE_HZ)
    noisy = copied(clean, (step,), np.random.default_rng(1))
    added = (_power(noisy) - _power(clean)) @ WIDTH_HZ
    active = (_power(clean) @ WIDTH_HZ)[LOUD].mean()
    assert 10 * np.log10(active / added[LOUD].mean()) == pytest.approx(step.snr_db, abs=0.2)
    # 40 dB below in the pause: noise that follows is, too; steady noise is not.
    in_pause_db = 10 * np.log10(added[LOUD].mean() / added[-100:].mean())
    assert in_pause_db == pytest.approx(40 if isinstance(step, Modulated) else 0, abs=0.5)


def test_pink_noise_falls_by_3_db_an_octave() -> None:
    quiet = Spectra(np.full((2000, 128), -90, np.float32), np.ones(128, bool))
    noise_db = 10 * np.log10(_power(copied(quiet, (Noisy(-60, -3),), np.random.default_rng(1))))
    mean_db = 10 * np.log10(np.mean(10 ** (noise_db / 10), axis=0))
    octaves = np.log2(band_centres_hz() / 1000)
    assert np.polyfit(octaves, mean_db, 1)[0] == pytest.approx(-3, abs=0.02)


def test_noise_fluctuates_as_that_of_frames_does() -> None:
    """Its shape (mean^2 / variance of power) against white noise that went through the frames."""
    real = _power(band_spectra(_noise(120), RATE_HZ))[::4]  # frames that do not overlap
    silent = Spectra(np.full((4000, 128), -90, np.float32), np.ones(128, bool))
    made = _power(copied(silent, (Noisy(-60, 0),), np.random.default_rng(1)))
    ratio = np.divide(*(one.mean(axis=0) ** 2 / one.var(axis=0) for one in (made, real)))
    assert ratio.mean() == pytest.approx(1, abs=0.1)
    assert 0.75 < ratio.min() < ratio.max() < 1.35


def test_narrow_leaves_what_lies_between() -> None:
    found = copied(band_spectra(SPEECH, RATE_HZ), (Narrow(300, 3400),), np.random.default_rng(1))
    edges = band_edges_hz()
    assert edges[:-2][found.present].min() >= 300
    assert edges[2:][found.present].max() <= 3400
    assert np.array_equal(found.level_db, band_spectra(SPEECH, RATE_HZ).level_db)


def test_no_copy_has_bands_that_the_recording_has_not() -> None:
    spectra = band_spectra(SPEECH[::2].copy(), RATE_HZ // 2)
    found = clean_and_copies(spectra, np.random.default_rng(1))
    assert len(found) == len(COPIES) == 18
    assert found[0] is spectra
    assert not any((one.present & ~spectra.present).any() for one in found)


def test_groups_are_told_by_their_numbers() -> None:
    # 2 slopes x 3 levels, 3 bands, 4 coders x 2 bands.
    assert numbers_of(()) == [0]
    assert numbers_of(("noise",)) == [0, *range(1, 7)]
    assert numbers_of(("narrow",)) == [0, 7, 8, 9]
    assert numbers_of(("coded", "noise")) == [0, *range(1, 7), *range(10, 18)]
    kinds = {number: {type(step) for step in COPIES[number]} for number in range(18)}
    assert all(kinds[number] == {Noisy} for number in range(1, 7))
    assert all(kinds[number] == {Narrow} for number in (7, 8, 9))
    assert all(Modulated in kinds[number] for number in range(10, 18))


@pytest.mark.filterwarnings("error")
def test_of_silence_copies_are_silent() -> None:
    for one in clean_and_copies(
        band_spectra(np.zeros(32_000, np.float32), RATE_HZ), np.random.default_rng(1)
    ):
        assert np.isfinite(one.level_db).all()
        assert not one.present.any()
