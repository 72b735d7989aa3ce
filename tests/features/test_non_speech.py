"""What is taken from the frames without speech: MFCC, a Fourier histogram, the subtracted noise."""

from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile as sf

from micfp.features import FeatureSet, column_names, extract
from micfp.features.non_speech_mfcc import non_speech

SR = 16000


def settings(family: str, **changed: object) -> FeatureSet:
    return FeatureSet.model_validate({"families": (family,), "rate_hz": "native", **changed})


def noise(n_samples: int, level: float = 0.1, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal(n_samples)).astype(np.float32)


def rising(n_samples: int) -> np.ndarray:
    """Noise of 40 dB from its beginning to its end."""
    return noise(n_samples) * np.geomspace(0.01, 1.0, n_samples).astype(np.float32)


def inner(y: np.ndarray, n_fft: int, hop: int) -> np.ndarray:
    """Frames without padding, (frames, n_fft)."""
    return librosa.util.frame(y.astype(np.float64), frame_length=n_fft, hop_length=hop).T


def quiet(frames: np.ndarray, share: float) -> np.ndarray:
    """The quietest share of the frames."""
    n = max(1, int(share * len(frames)))
    return frames[np.sort(np.argsort(np.sum(frames**2, axis=1), kind="stable")[:n])]


def magnitude(frames: np.ndarray) -> np.ndarray:
    """Of the Hann-windowed spectrum, (bins, frames), as librosa has it."""
    return np.abs(np.fft.rfft(frames * librosa.filters.get_window("hann", frames.shape[1]))).T


# --- which frames ---------------------------------------------------------------------------------


def test_the_quietest_share_that_is_not_digitally_silent() -> None:
    # Mean squares 0, 9, 4, 0, 1, 16, 25 of which five are heard; two fifths are two: 4 and 1.
    frames = np.outer([0, 3, 2, 0, 1, 4, 5], np.ones(8)).astype(np.float32)
    assert non_speech(frames, 0.4).tolist() == [2, 4]
    assert non_speech(frames, 1e-9).tolist() == [4]
    assert non_speech(frames, 1.0).tolist() == [1, 2, 4, 5, 6]
    assert non_speech(np.zeros((3, 8), np.float32), 1.0).tolist() == []


def test_a_step_of_24_bits_is_heard_and_half_of_it_is_not() -> None:
    frames = np.outer([2.0**-22, 2.0**-24], np.ones(8)).astype(np.float32)
    assert non_speech(frames, 1.0).tolist() == [0]


FAMILIES = ("non_speech_mfcc", "fourier_histogram", "noise_mfcc")


@pytest.mark.parametrize("family", FAMILIES)
def test_digital_silence_has_none(family: str) -> None:
    silence = np.zeros(8000, np.float32)
    assert np.isnan(extract(silence, SR, settings(family, aggregates=("mean", 0.5)))).all()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("n_samples", [1, 2, 100, 2047, 2048, 2049])
def test_short_segments_are_one_frame(family: str, n_samples: int) -> None:
    assert np.isfinite(extract(noise(n_samples), SR, settings(family))).all()


# --- MFCC of them ---------------------------------------------------------------------------------


def test_non_speech_mfcc_of_a_phone_recording(shared_data: Path) -> None:
    y, sr = sf.read(shared_data / "ccnu_mobile" / "IPHONE6_1.wav", frames=64000, dtype="float32")
    power = magnitude(quiet(inner(y, 2048, 512), 0.1)) ** 2
    mel = librosa.filters.mel(sr=sr, n_fft=2048, n_mels=128) @ power
    values = librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=20)
    expected = np.stack([values.mean(axis=1), values.std(axis=1)], axis=1).ravel()
    chosen = settings("non_speech_mfcc", aggregates=("mean", "std"))
    np.testing.assert_allclose(extract(y, sr, chosen), expected, rtol=1e-4, atol=2e-3)
    assert column_names(chosen)[1] == "non_speech_mfcc_00_std"


def test_speech_beside_a_pause_is_not_heard() -> None:
    pause = noise(SR, 1e-3)
    tone = 0.5 * np.sin(2 * np.pi * 440 / SR * np.arange(4 * SR)).astype(np.float32)
    samples = np.concatenate([tone[: 2 * SR], pause, tone[: 2 * SR]])
    # 28 frames lie in the pause, (16000 - 2048) // 512 + 1; a tenth of 153 are 15 of them.
    spoken = extract(samples, SR, settings("non_speech_mfcc"))
    alone = extract(pause, SR, settings("non_speech_mfcc", quiet_share=15.5 / 28))
    np.testing.assert_allclose(spoken, alone, atol=3.0)
    everything = extract(samples, SR, settings("mfcc"))
    assert np.abs(everything - alone).max() > 30


# --- Fourier coefficients of them -----------------------------------------------------------------


def test_fourier_histogram_of_a_phone_recording(shared_data: Path) -> None:
    y, sr = sf.read(shared_data / "ccnu_mobile" / "xiaomi8_2.wav", frames=50001, dtype="float32")
    coefficients = magnitude(quiet(inner(y, 512, 256), 0.2))[1:]
    expected = (coefficients / coefficients.sum(axis=0)).mean(axis=1)
    chosen = settings("fourier_histogram", quiet_share=0.2)
    np.testing.assert_allclose(extract(y, sr, chosen), expected, rtol=1e-4)
    names = column_names(chosen)
    assert (names[0], names[-1], len(names)) == (
        *("fourier_histogram_000", "fourier_histogram_255"),
        256,
    )


@pytest.mark.parametrize("gain_db", [-20.0, 12.0])
def test_the_level_changes_nothing_in_the_fourier_histogram(gain_db: float) -> None:
    gain = np.float32(10 ** (gain_db / 20))
    chosen = settings("fourier_histogram")
    before = extract(rising(30000), SR, chosen)
    assert before.sum() == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_allclose(extract(gain * rising(30000), SR, chosen), before, rtol=1e-4)


def test_a_tone_is_in_its_bins() -> None:
    # 16 periods a frame of 64: bin 16, and half of it in both neighbours by the Hann window.
    tone = np.sin(2 * np.pi * 16 / 64 * np.arange(6400)).astype(np.float32)
    values = extract(tone, SR, settings("fourier_histogram", fourier_n_fft=64))
    expected = np.zeros(32)
    expected[[14, 15, 16]] = [0.25, 0.5, 0.25]  # column 0 is bin 1
    np.testing.assert_allclose(values, expected, atol=1e-5)


# --- the noise that spectral subtraction takes away -----------------------------------------------


def test_noise_mfcc_of_a_phone_recording(shared_data: Path) -> None:
    y, sr = sf.read(shared_data / "ccnu_mobile" / "IPHONE6_1.wav", frames=64000, dtype="float32")
    noise_magnitude = magnitude(quiet(inner(y, 2048, 512), 0.1)).mean(axis=1)
    recorded = np.abs(librosa.stft(y.astype(np.float64), n_fft=2048, hop_length=512))
    speech = np.maximum(recorded - noise_magnitude[:, None], 0)  # Boll: never below nothing
    mel = librosa.filters.mel(sr=sr, n_fft=2048, n_mels=128) @ (recorded - speech) ** 2
    values = librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=20)
    expected = np.stack([values.mean(axis=1), values.std(axis=1)], axis=1).ravel()
    chosen = settings("noise_mfcc", aggregates=("mean", "std"))
    np.testing.assert_allclose(extract(y, sr, chosen), expected, rtol=1e-4, atol=2e-3)


def test_noise_under_a_tone_is_the_noise_alone() -> None:
    """A tone over two thirds of a noisy recording, 40 dB above the noise, changes little."""
    background = noise(6 * SR, 1e-3)
    tone = 0.1 * np.sin(2 * np.pi * 440 / SR * np.arange(6 * SR)).astype(np.float32)
    tone[2 * SR : 4 * SR] = 0
    for family, low, high in (("noise_mfcc", 0, 3), ("mfcc", 10, np.inf)):
        chosen = settings(family)
        moved = extract(background + tone, SR, chosen) - extract(background, SR, chosen)
        assert low <= np.abs(moved).max() < high, family
