"""LPCC: the recursions against a Toeplitz solver and the Fourier transform of the model."""

from pathlib import Path

import librosa
import numpy as np
import pytest
import scipy.linalg
import scipy.signal
import soundfile as sf

from micfp.features import FeatureSet, column_names, extract
from micfp.features.lpcc import cepstrum, prediction_filter


def reference(frame: np.ndarray, order: int) -> np.ndarray:
    """Cepstrum of the model's log spectrum at 2**16 points."""
    lags = np.array([frame[lag:] @ frame[: len(frame) - lag] for lag in range(order + 1)])
    lags[0] *= 1 + 1e-9
    predictor = scipy.linalg.solve_toeplitz(lags[:-1], lags[1:])
    response = np.fft.rfft(np.concatenate([[1.0], -predictor]), 1 << 16)
    # The log of the power is the log of the response and its mirror image, which ends at n = 0.
    result: np.ndarray = np.fft.irfft(-np.log(np.abs(response) ** 2))[1 : order + 1]
    return result


@pytest.mark.parametrize("order", [1, 12, 20])
def test_a_phone_recording(shared_data: Path, order: int) -> None:
    y, sr = sf.read(shared_data / "ccnu_mobile" / "IPHONE6_1.wav", frames=30001, dtype="float32")
    settings = FeatureSet(
        families=("lpcc",),
        rate_hz="native",
        n_fft=1024,
        hop_samples=512,
        lpc_order=order,
        aggregates=("mean", "std"),
    )
    padded = np.pad(y.astype(np.float64), 512)
    window = scipy.signal.get_window("hann", 1024)
    frames = librosa.util.frame(padded, frame_length=1024, hop_length=512).T * window
    values = np.array([reference(frame, order) for frame in frames])
    expected = np.stack([values.mean(axis=0), values.std(axis=0)], axis=1).ravel()
    np.testing.assert_allclose(extract(y, sr, settings), expected, rtol=1e-4, atol=1e-5)


def test_one_pole_by_hand() -> None:
    # Lags 1, 0.5, 0.25: the next value is half the last. a = -0.5, 0; the logarithm of
    # 1 / (1 - 0.5 / z) is the sum of 0.5**n / n z**-n: 0.5, 0.125.
    a = prediction_filter(np.array([[1.0, 0.5, 0.25]]))
    np.testing.assert_allclose(a, [[-0.5, 0.0]], atol=1e-12)
    np.testing.assert_allclose(cepstrum(a), [[0.5, 0.125]], atol=1e-12)


def test_two_poles_of_which_the_noise_was_made() -> None:
    # Poles at 0.9 and -0.5: c[n] = (0.9**n + (-0.5)**n) / n.
    rng = np.random.default_rng(2)
    y = scipy.signal.lfilter([0.05], np.poly([0.9, -0.5]), rng.standard_normal(400_000))
    settings = FeatureSet(families=("lpcc",), rate_hz="native", lpc_order=4)
    n = np.arange(1, 5)
    expected = (0.9**n + (-0.5) ** n) / n
    np.testing.assert_allclose(extract(y.astype(np.float32), 16000, settings), expected, atol=0.02)


def test_the_level_changes_nothing() -> None:
    y = np.cumsum(np.random.default_rng(1).standard_normal(20000)).astype(np.float32) / 500
    settings = FeatureSet(families=("lpcc",), rate_hz="native")
    loud, quiet = extract(y, 16000, settings), extract(y / np.float32(1000), 16000, settings)
    np.testing.assert_allclose(quiet, loud, atol=1e-4)
    assert np.abs(loud).max() > 0.5


def test_silence_is_white_and_a_tone_is_stable() -> None:
    settings = FeatureSet(families=("lpcc",), rate_hz="native", aggregates=("mean", 0.0, 1.0))
    assert (extract(np.zeros(5000, np.float32), 8000, settings) == 0.0).all()
    tone = np.sin(2 * np.pi * 0.1 * np.arange(8000)).astype(np.float32)
    values = extract(tone, 8000, settings)
    # Twelve poles in the unit circle: no coefficient n is above 12 / n.
    bound = np.repeat(12 / np.arange(1, 13), 3)
    assert (np.abs(values) <= bound).all()


def test_names_and_an_order_that_cannot_be() -> None:
    names = column_names(FeatureSet(families=("lpcc",)))
    assert (names[0], names[-1], len(names)) == ("lpcc_00_mean", "lpcc_11_mean", 12)
    with pytest.raises(ValueError, match=r"lpc_order \(64\) must be below n_fft \(64\)"):
        FeatureSet(n_fft=64, lpc_order=64)
