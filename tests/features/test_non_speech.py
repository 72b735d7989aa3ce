"""What is taken from the frames without speech: MFCC, a Fourier histogram, the subtracted noise."""

from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile as sf
import webrtcvad
from pydantic import ValidationError

from micfp.features import FeatureSet, column_names, extract, voice_activity
from micfp.features.fourier_histogram import histogram
from micfp.features.spectrum import Segment
from micfp.features.voice_activity import speech, speech_free

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


def free(y: np.ndarray, sr: int, frames: np.ndarray, hop: int, mode: int = 3) -> np.ndarray:
    """The frames in which WebRTC's detector hears no speech, asked here step by step."""
    at_rate = librosa.resample(y, orig_sr=sr, target_sr=16000, res_type="soxr_hq")
    pcm = np.round(at_rate / np.abs(y).max() * 0.5 * 32767).astype("<i2")
    detector = webrtcvad.Vad(mode)
    steps = [pcm[i : i + 160].tobytes().ljust(320, b"\0") for i in range(0, len(pcm), 160)]
    spoken = [detector.is_speech(step, 16000) for step in steps]
    chosen = [
        number
        for number in range(len(frames))
        if not any(
            heard
            for step, heard in enumerate(spoken)
            if step * 0.01 < (number * hop + frames.shape[1]) / sr
            and (step + 1) * 0.01 > number * hop / sr
        )
    ]
    assert 0 < len(chosen) < len(frames)
    return frames[chosen]


def magnitude(frames: np.ndarray) -> np.ndarray:
    """Of the Hann-windowed spectrum, (bins, frames), as librosa has it."""
    return np.abs(np.fft.rfft(frames * librosa.filters.get_window("hann", frames.shape[1]))).T


# --- which frames ---------------------------------------------------------------------------------


def segment_of(samples: np.ndarray, n_fft: int = 512, hop: int = 256, sr: int = SR) -> Segment:
    return Segment(samples.astype(np.float32), sr, n_fft, hop)


def test_speech_has_ends(shared_data: Path) -> None:
    """Half a second of a phone's own noise on each side of a sentence."""
    y, sr = sf.read(shared_data / "ccnu_mobile" / "IPHONE6_1.wav", frames=96000, dtype="float32")
    quiet = noise(sr // 2, 1e-4)
    spoken = speech(np.concatenate([quiet, y, quiet]), sr, 3)
    assert len(spoken) == 50 + 300 + 50
    assert not spoken[:45].any()
    assert spoken[50:350].mean() > 0.5
    assert not spoken[-20:].any()


def test_a_higher_mode_takes_less_for_speech(shared_data: Path) -> None:
    y, sr = sf.read(shared_data / "ccnu_mobile" / "xiaomi8_2.wav", frames=96000, dtype="float32")
    shares = [speech(y, sr, mode).mean() for mode in range(4)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > shares[3]


def test_speech_does_not_follow_the_gain(shared_data: Path) -> None:
    y, sr = sf.read(shared_data / "ccnu_mobile" / "xiaomi8_2.wav", frames=96000, dtype="float32")
    np.testing.assert_array_equal(speech(np.float32(0.01) * y, sr, 3), speech(y, sr, 3))


def test_speech_in_pieces_is_that_of_the_whole(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    y, sr = sf.read(shared_data / "ccnu_mobile" / "xiaomi8_2.wav", frames=96000, dtype="float32")
    whole = speech(y, sr, 3)
    monkeypatch.setattr(voice_activity, "_PIECE_S", 1)
    assert np.mean(speech(y, sr, 3) == whole) > 0.98  # a filter's ends at each second


@pytest.mark.parametrize(("n_samples", "steps"), [(1, 1), (160, 1), (161, 2), (16000, 100)])
def test_steps_of_10_ms(n_samples: int, steps: int) -> None:
    assert speech(noise(n_samples), SR, 0).shape == (steps,)


def test_a_frame_counts_where_all_its_steps_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames of 20 ms every 10 ms; speech in the step from 20 to 30 ms, in frames 1 and 2."""
    monkeypatch.setattr(
        voice_activity, "speech", lambda *_: np.array([False, False, True, False, False])
    )
    samples = noise(800)
    frames = inner(samples, 320, 160).astype(np.float32)
    assert len(frames) == 4
    assert speech_free(segment_of(samples), frames, 160, 3).tolist() == [0, 3]
    # frames of 20 ms that begin at 5 ms steps: 15 to 35 ms has speech, 30 to 50 ms has not
    frames = inner(samples, 320, 80).astype(np.float32)
    assert speech_free(segment_of(samples), frames, 80, 3).tolist() == [0, 6]


def test_the_quietest_counts_where_each_has_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_activity, "speech", lambda *_: np.ones(5, bool))
    samples = np.repeat([0.0, 0.3, 0.2, 0.1, 0.4], 160).astype(np.float32)
    frames = samples.reshape(5, 160)
    # the first is digitally silent and does not count
    assert speech_free(segment_of(samples), frames, 160, 3).tolist() == [3]
    silent = np.zeros_like(frames)
    assert speech_free(segment_of(samples), silent, 160, 3).tolist() == []


def test_a_step_of_24_bits_is_heard_and_half_of_it_is_not() -> None:
    samples = np.repeat([2.0**-22, 2.0**-24], 160).astype(np.float32)
    assert speech_free(segment_of(samples), samples.reshape(2, 160), 160, 3).tolist() == [0]


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
    power = magnitude(free(y, sr, inner(y, 2048, 512), 512)) ** 2
    mel = librosa.filters.mel(sr=sr, n_fft=2048, n_mels=128) @ power
    values = librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=20)
    expected = np.stack([values.mean(axis=1), values.std(axis=1)], axis=1).ravel()
    chosen = settings("non_speech_mfcc", aggregates=("mean", "std"))
    np.testing.assert_allclose(extract(y, sr, chosen), expected, rtol=1e-4, atol=2e-3)
    assert column_names(chosen)[1] == "non_speech_mfcc_00_std"


def test_speech_beside_a_pause_is_not_heard(shared_data: Path) -> None:
    y, sr = sf.read(shared_data / "ccnu_mobile" / "IPHONE6_1.wav", frames=96000, dtype="float32")
    pause = noise(2 * sr, 1e-4)
    spoken = extract(np.concatenate([y, pause]), sr, settings("non_speech_mfcc"))
    alone = extract(pause, sr, settings("mfcc"))
    everything = extract(y, sr, settings("mfcc"))
    assert np.abs(spoken - alone).mean() < 0.3 * np.abs(everything - alone).mean()


# --- the histogram of Fourier coefficients --------------------------------------------------------


def test_fourier_histogram_is_numpys(shared_data: Path) -> None:
    y, sr = sf.read(shared_data / "ccnu_mobile" / "xiaomi8_2.wav", frames=96000, dtype="float32")
    power = magnitude(free(y, sr, inner(y, 512, 256), 256))[1:].T ** 2
    level = 10 * np.log10(power / power.mean(axis=1, keepdims=True))
    bins = np.broadcast_to(np.arange(256), level.shape)
    counts, _, _ = np.histogram2d(
        bins.ravel(),
        np.clip(level.ravel(), -36, 12),
        bins=(np.linspace(0, 256, 33), np.linspace(-36, 12, 9)),
    )
    assert counts.sum() == level.size
    expected = (counts / counts.sum(axis=1, keepdims=True)).ravel()
    chosen = settings("fourier_histogram")
    # float32 spectra may move a coefficient over the edge of its bin
    np.testing.assert_allclose(extract(y, sr, chosen), expected, atol=2 / counts[0].sum())
    names = column_names(chosen)
    assert (names[0], names[-1], len(names)) == (
        *("fourier_histogram_000", "fourier_histogram_255"),
        256,
    )


def test_counts_by_hand() -> None:
    """Two frames of four coefficients, two bands, three levels of 16 dB from -36 to 12 dB.

    Mean squares 1: 10 log10 of 2, 0.01, 1.98 and 0.01 is 3, -20, 3 and -20 dB: bins 2 (-4 to 12),
    0 (-36 to -20, so that -20 begins bin 1), 2 and 1. Of 4, 0, 0, 0: 6 dB, and three far below.
    """
    power = np.array([[2.0, 0.01, 1.98, 0.01], [4.0, 0.0, 0.0, 0.0]])
    assert histogram(power, 2, 3).tolist() == [[1, 1, 2], [2, 1, 1]]
    assert histogram(1e-6 * power, 2, 3).tolist() == [[1, 1, 2], [2, 1, 1]]
    assert histogram(np.zeros((1, 4)), 1, 3).sum() == 4


@pytest.mark.parametrize("gain_db", [-20.0, 12.0])
def test_the_level_changes_nothing_in_the_fourier_histogram(gain_db: float) -> None:
    gain = np.float32(10 ** (gain_db / 20))
    chosen = settings("fourier_histogram")
    before = extract(rising(30000), SR, chosen)
    np.testing.assert_allclose(before.reshape(32, 8).sum(axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(extract(gain * rising(30000), SR, chosen), before, atol=1e-2)


def test_more_bands_than_coefficients() -> None:
    with pytest.raises(ValidationError, match=r"fourier_bands \(33\) cannot exceed half of"):
        settings("fourier_histogram", fourier_n_fft=64, fourier_bands=33)


# --- the noise that spectral subtraction takes away -----------------------------------------------


def test_noise_mfcc_of_a_phone_recording(shared_data: Path) -> None:
    y, sr = sf.read(shared_data / "ccnu_mobile" / "IPHONE6_1.wav", frames=64000, dtype="float32")
    noise_magnitude = magnitude(free(y, sr, inner(y, 2048, 512), 512)).mean(axis=1)
    recorded = np.abs(librosa.stft(y.astype(np.float64), n_fft=2048, hop_length=512))
    speech = np.maximum(recorded - noise_magnitude[:, None], 0)  # Boll: never below nothing
    mel = librosa.filters.mel(sr=sr, n_fft=2048, n_mels=128) @ (recorded - speech) ** 2
    values = librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=20)
    expected = np.stack([values.mean(axis=1), values.std(axis=1)], axis=1).ravel()
    chosen = settings("noise_mfcc", aggregates=("mean", "std"))
    np.testing.assert_allclose(extract(y, sr, chosen), expected, rtol=1e-4, atol=2e-3)


def test_noise_under_a_tone_is_the_noise_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tone over two thirds of a noisy recording, 40 dB above the noise, changes little."""
    between = np.repeat([True, False, True], 200)  # what a detector that knew it would say
    monkeypatch.setattr(voice_activity, "speech", lambda *_: between)
    background = noise(6 * SR, 1e-3)
    tone = 0.1 * np.sin(2 * np.pi * 440 / SR * np.arange(6 * SR)).astype(np.float32)
    tone[2 * SR : 4 * SR] = 0
    for family, low, high in (("noise_mfcc", 0, 3), ("mfcc", 10, np.inf)):
        chosen = settings(family)
        moved = extract(background + tone, SR, chosen) - extract(background, SR, chosen)
        assert low <= np.abs(moved).max() < high, family
