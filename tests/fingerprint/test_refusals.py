"""What is measured of sounds with known answers, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from micfp.audio import read
from micfp.degrade.noise import pink_noise, white_noise
from micfp.degrade.noise_reduction import reduce_noise
from micfp.fingerprint.embedding.spectra import band_spectra
from micfp.fingerprint.quality import Quality, quality, refusal

RATE_HZ = 32_000
GOOD = Quality(
    duration_s=3,
    active_s=2,
    bandwidth_hz=16_000,
    snr_db=20,
    harmonicity=0.9,
    persistence=0.1,
    noise_reduction=0,
    tonality_db=8,
    clipped=0,
)


def bursts(sound: np.ndarray, floor_db: float = -50.0) -> np.ndarray:
    """A sound at -20 dBFS for 0.2 of every 0.4 s, and white noise throughout."""
    time_s = np.arange(len(sound)) / RATE_HZ
    level = np.where(time_s % 0.4 < 0.2, 0.1, 0.0) / np.sqrt(np.mean(sound**2))
    floor = np.random.default_rng(5).standard_normal(len(sound)) * 10 ** (floor_db / 20)
    return (level * sound + floor).astype(np.float32)


def voice(length_s: float = 4.0) -> np.ndarray:
    """Harmonics that fall by 6 dB an octave; their pitch goes from 135 to 165 Hz and back."""
    time_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    turns = 150 * (time_s - 0.1 * np.cos(2 * np.pi * 3 * time_s) / (2 * np.pi * 3))
    partials = np.arange(1, 96)[:, None]
    return np.asarray((np.sin(2 * np.pi * partials * turns) / partials).sum(axis=0))


def reason(samples: np.ndarray, rate_hz: int = RATE_HZ) -> str:
    return refusal(quality(samples.astype(np.float32), rate_hz)) or ""


def test_levels_of_bursts() -> None:
    found = quality(bursts(voice()), RATE_HZ)
    # Ten bursts of 0.2 s; a window of 64 ms hears each for up to 64 ms longer.
    assert 2.0 <= found.active_s <= 2.64
    # -20 dBFS above -50 is 30 dB; the ends of the bursts are softer.
    assert found.snr_db == pytest.approx(30, abs=3)
    assert found.duration_s == 4.0
    assert found.bandwidth_hz == pytest.approx(16_000)
    # The pitch glides by up to 4 % within a frame: the higher harmonics smear.
    assert found.harmonicity > 0.85
    assert found.noise_reduction < 0.02
    assert found.clipped == 0
    assert refusal(found) is None


def test_the_band_is_measured_and_not_the_rate() -> None:
    import scipy.signal

    low = scipy.signal.butter(20, 4000, fs=RATE_HZ, output="sos")
    narrow = scipy.signal.sosfilt(low, bursts(voice()))
    assert 4000 < quality(narrow.astype(np.float32), RATE_HZ).bandwidth_hz < 8000


def test_clipped_is_the_share_of_flat_tops() -> None:
    samples = bursts(voice())
    samples[1000:1040] = 1.0
    # Two samples make no flat top.
    samples[2000:2002] = -1.0
    assert quality(samples, RATE_HZ).clipped == 40 / len(samples)


@pytest.mark.parametrize("below_db", [30, 40])
def test_tonality_is_the_whole_above_what_tones_leave(below_db: int) -> None:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    tone = np.sqrt(2) * np.sin(2 * np.pi * 1000 * time_s)
    noise = np.random.default_rng(6).standard_normal(RATE_HZ) * 10 ** (-below_db / 20)
    found = quality((0.1 * (tone + noise)).astype(np.float32), RATE_HZ)
    # Of 120 bands of 128, with nearly all of the noise.
    assert found.tonality_db == pytest.approx(below_db, abs=1)
    assert (refusal(found) or "").startswith("tones, not speech")


def test_spectra_at_hand_are_taken() -> None:
    samples = bursts(voice())
    spectra = band_spectra(samples, RATE_HZ)
    assert quality(samples, RATE_HZ, spectra) == quality(samples, RATE_HZ)


def test_silence_is_refused() -> None:
    assert reason(np.zeros(RATE_HZ)) == "nothing but digital silence"
    assert reason(np.zeros(10)) == "nothing but digital silence"
    dither = np.random.default_rng(7).integers(-1, 2, RATE_HZ) / 32768
    assert reason(dither).startswith("something stands out for 0.00 s")


@pytest.mark.parametrize("hz", [200.0, 3000.0])
def test_a_tone_is_refused_as_one(hz: float) -> None:
    samples = 0.1 * np.sin(2 * np.pi * hz * np.arange(RATE_HZ) / RATE_HZ)
    assert reason(samples).startswith("tones, not speech")


def test_steady_sound_is_refused_whatever_it_is() -> None:
    noise = np.random.default_rng(8).standard_normal(2 * RATE_HZ)
    for steady in (voice(2.0), noise):
        assert "stands out for 0.0" in reason(0.1 * steady)


def test_little_speech_is_refused() -> None:
    samples = bursts(voice(3.0))
    floor = np.random.default_rng(9).standard_normal(len(samples)) * 10 ** (-50 / 20)
    once = np.where(np.arange(len(samples)) < 0.2 * RATE_HZ, samples, floor)
    # 0.2 s, and up to two windows of 64 ms.
    assert "stands out for 0.2" in reason(once) or "stands out for 0.3" in reason(once)


def test_steady_noise_as_loud_as_the_voice_is_refused() -> None:
    # 10 dB: (0.1 + 0.01) / 0.01 = 10.4 dB above the quietest tenth; -3 dB: (1 + 2) / 2 = 1.8 dB.
    loud = bursts(voice(), floor_db=-30)
    assert refusal(quality(loud, RATE_HZ)) is None
    buried = bursts(voice(), floor_db=-17)
    assert "0.00 s" in reason(buried) or "above the quietest tenth" in reason(buried)


def test_noise_that_comes_and_goes_has_no_voice() -> None:
    noise = np.random.default_rng(10).standard_normal(4 * RATE_HZ)
    found = quality(bursts(noise), RATE_HZ)
    # As loud, and as often, as the voice above.
    assert found.snr_db == pytest.approx(30, abs=3)
    assert found.harmonicity < 0.3
    assert "has the pitch of a voice" in (refusal(found) or "")


def test_notes_that_are_held_are_no_speech() -> None:
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    # Notes of 0.8 s that die away by 20 dB.
    turns = np.cumsum(150 * 2 ** (np.floor(time_s / 0.8) / 12)) / RATE_HZ
    partials = np.arange(1, 60)[:, None]
    notes = (np.sin(2 * np.pi * partials * turns) / partials).sum(axis=0)
    found = quality((0.1 * notes * 10 ** (-(time_s % 0.8) / 0.8)).astype(np.float32), RATE_HZ)
    assert found.active_s > 1
    assert found.snr_db > 6
    assert found.harmonicity > 0.9
    assert (refusal(found) or "").startswith("music")


@pytest.mark.parametrize(
    ("worse", "words"),
    [
        ({"active_s": 0.39}, "0.39 s"),
        ({"snr_db": 5.4}, "5.4 dB"),
        ({"harmonicity": 0.48}, "0.48"),
        ({"persistence": 0.48}, "0.48"),
        ({"noise_reduction": 0.09}, "9 %"),
        ({"tonality_db": 20.6}, "21 dB"),
    ],
)
def test_a_refusal_says_the_value_and_what_was_validated(
    worse: dict[str, float], words: str
) -> None:
    assert refusal(GOOD) is None
    said = refusal(replace(GOOD, **worse)) or ""
    assert words in said
    assert "validated" in said
    assert "\n" not in said


def test_real_phones(shared_data: Path) -> None:
    for name in ("Apple_air1_2.wav", "IPHONE6(1)_1.wav"):
        samples, rate_hz = read(shared_data / "ccnu_mobile" / name, channel=0)
        assert reason(samples, rate_hz) == ""
        rng = np.random.default_rng(11)
        assert reason(white_noise(samples, rate_hz, 10, rng), rate_hz) == ""
        for noisy in (white_noise, pink_noise):
            assert reason(noisy(samples, rate_hz, -2, rng), rate_hz) != ""
        assert reason(reduce_noise(samples, rate_hz, 1.0), rate_hz).startswith("noise reduction")
