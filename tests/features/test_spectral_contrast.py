"""Contrast where librosa refuses: bands above the Nyquist frequency."""

import librosa
import numpy as np

from micfp.features import FeatureSet, column_names, extract


def test_bands_above_nyquist_are_nan_and_the_others_stay() -> None:
    y = np.random.default_rng(0).standard_normal(20000).astype(np.float32)
    settings = FeatureSet(families=("spectral_contrast",), rate_hz="native")
    values = extract(y, 8000, settings)
    # Lower edges 0, 200, 400, 800, 1600, 3200, 6400 Hz: the last is above 4000 Hz.
    assert column_names(settings)[-1] == "spectral_contrast_6_mean"
    assert np.isnan(values).tolist() == [False] * 6 + [True]
    theirs = librosa.feature.spectral_contrast(y=y, sr=8000, n_bands=5).mean(axis=1)
    # The reference lets its last band, from 3200 Hz, reach to Nyquist and keep its highest bin.
    np.testing.assert_allclose(values[:5], theirs[:5], atol=1e-4)
    np.testing.assert_allclose(values[5], theirs[5], atol=0.5)


def test_bands_narrower_than_the_bins_are_nan() -> None:
    y = np.random.default_rng(0).standard_normal(20000).astype(np.float32)
    settings = FeatureSet(families=("spectral_contrast",), rate_hz="native", n_fft=64)
    # Bins every 344.5 Hz: 0..200 Hz gives up its only bin, 200..400 has one, 400..800 one.
    assert np.isnan(extract(y, 22050, settings)).tolist() == [True] + [False] * 6
