"""LFCC against librosa's MFCC of a spectrum through filters made here."""

from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile as sf

from micfp.features import FeatureSet, column_names, extract
from micfp.features.spectrum import linear_filters


def triangles(sr: int, n_fft: int, n_filters: int) -> np.ndarray:
    """Filter k rises from edge k to edge k + 1 and falls to edge k + 2; its area is 1."""
    edges = np.linspace(0, sr / 2, n_filters + 2)
    bins = np.linspace(0, sr / 2, n_fft // 2 + 1)
    width = edges[1]
    return np.array(
        [np.interp(bins, edges[k : k + 3], [0, 1 / width, 0]) for k in range(n_filters)]
    )


@pytest.mark.parametrize(("sr", "n_fft", "n_filters"), [(22050, 2048, 128), (8000, 512, 20)])
def test_filters_are_even_triangles(sr: int, n_fft: int, n_filters: int) -> None:
    filters = linear_filters(sr, n_fft, n_filters)
    np.testing.assert_allclose(filters, triangles(sr, n_fft, n_filters), rtol=1e-4, atol=1e-8)


def test_a_phone_recording(shared_data: Path) -> None:
    y, sr = sf.read(shared_data / "ccnu_mobile" / "IPHONE6_1.wav", frames=40001, dtype="float32")
    settings = FeatureSet(
        families=("lfcc",),
        rate_hz="native",
        n_fft=1024,
        hop_samples=256,
        n_mfcc=13,
        n_mels=40,
        aggregates=("mean", "std"),
    )
    power = np.abs(librosa.stft(y.astype(np.float64), n_fft=1024, hop_length=256)) ** 2
    decibels = librosa.power_to_db(triangles(sr, 1024, 40) @ power)
    frames = librosa.feature.mfcc(S=decibels, n_mfcc=13)
    expected = np.stack([frames.mean(axis=1), frames.std(axis=1)], axis=1).ravel()
    np.testing.assert_allclose(extract(y, sr, settings), expected, rtol=1e-5, atol=1e-3)
    assert column_names(settings)[:3] == ["lfcc_00_mean", "lfcc_00_std", "lfcc_01_mean"]


def test_it_weighs_high_frequencies_as_low_ones() -> None:
    # Turned about a quarter of the rate, (-1)^n x[n], a spectrum is mirrored; of evenly spaced
    # filters the mirror image has the same cepstrum but for the sign of the odd coefficients.
    y = np.cumsum(np.random.default_rng(1).standard_normal(30000)) * 1e-3
    mirrored = y * (-1.0) ** np.arange(len(y))
    settings = FeatureSet(families=("lfcc",), rate_hz="native")
    one, other = (extract(x.astype(np.float32), 16000, settings) for x in (y, mirrored))
    np.testing.assert_allclose(other, one * (-1.0) ** np.arange(20), atol=0.05)
    assert np.abs(one[1]) > 50
