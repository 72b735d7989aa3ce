"""Levels of bands against known densities; what a recording has is measured."""

import numpy as np
import pytest

from micfp.fingerprint.embedding.spectra import (
    HOP_S,
    N_BANDS,
    WINDOW_S,
    band_centres_hz,
    band_edges_hz,
    band_spectra,
    loudest_mean,
)


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 16_000, 44_100, 44_101, 48_000, 96_000, 192_000])
def test_white_noise_has_its_density_at_every_rate(rate_hz: int) -> None:
    samples = np.random.default_rng(1).standard_normal(10 * rate_hz).astype(np.float32) * 0.1
    spectra = band_spectra(samples, rate_hz)
    # A variance of 0.01 over 0 to rate / 2: one-sided density 2 * 0.01 / rate per Hz.
    expected_db = 10 * np.log10(2 * 0.01 / rate_hz)
    mean_db = 10 * np.log10(np.mean(10 ** (spectra.level_db / 10), axis=0))
    assert np.abs(mean_db[spectra.present] - expected_db).max() < 1.5
    assert abs(np.mean(mean_db[spectra.present]) - expected_db) < 0.2


def test_a_tone_stands_in_its_band() -> None:
    time_s = np.arange(32_000) / 32_000
    spectra = band_spectra(np.sin(2 * np.pi * 2000 * time_s).astype(np.float32), 32_000)
    loudest = int(np.argmax(spectra.level_db.mean(axis=0)))
    assert band_edges_hz()[loudest] < 2000 < band_edges_hz()[loudest + 2]


def test_frames_and_bands_are_where_they_are_said_to_be() -> None:
    spectra = band_spectra(np.zeros(16_000, np.float32), 16_000)
    # 1 s holds (1 - 0.064) / 0.016 = 58.5: 59 frames.
    assert spectra.level_db.shape == (59, N_BANDS)
    assert band_edges_hz()[0] == 0
    assert band_edges_hz()[-1] == pytest.approx(16_000)
    assert (np.diff(band_centres_hz()) > 0).all()
    # Frames 10 to 40 lie within 0.16 s and 40 * 0.016 + 0.064 = 0.704 s.
    assert spectra.part(0.16, 0.704).level_db.shape[0] == 31
    assert (HOP_S, WINDOW_S) == (0.016, 0.064)


def test_what_a_narrow_recording_lacks_is_missing_though_its_rate_is_high() -> None:
    from micfp.audio import resample

    rng = np.random.default_rng(2)
    narrow = rng.standard_normal(40_000).astype(np.float32) * 0.1
    at_48k = band_spectra(resample(narrow, 8000, 48_000), 48_000)
    at_8k = band_spectra(narrow, 8000)
    top_hz = band_edges_hz()[2:]
    assert 3500 < top_hz[at_48k.present].max() < 4300
    assert 3500 < top_hz[at_8k.present].max() <= 4000
    both = at_48k.present & at_8k.present & (top_hz < 3600)
    difference = at_48k.level_db.mean(axis=0) - at_8k.level_db.mean(axis=0)
    assert np.abs(difference[both]).max() < 0.5


def test_a_recording_with_noise_in_every_band_has_all_of_them() -> None:
    rng = np.random.default_rng(3)
    quiet = rng.standard_normal(32_000).astype(np.float32) * 1e-4
    loud = np.sin(2 * np.pi * 500 * np.arange(32_000) / 32_000).astype(np.float32) * 0.1
    # The noise: 20 log10(1e-4) - 10 log10(16 000) = -122 dB/Hz; the tone: some -37 dB/Hz.
    assert band_spectra(quiet, 32_000).present.all()
    assert not band_spectra(loud, 32_000).present.all()


def test_loudest_mean_by_hand() -> None:
    level_db = np.array([[1, 9], [2, 7], [3, 5], [4, 3], [10, 1]], np.float32)
    # 40 % of five frames: the two loudest of each band.
    assert loudest_mean(level_db, 0.4).tolist() == [7, 8]
