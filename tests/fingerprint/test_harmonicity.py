"""Harmonicity by hand: pulses, noise, and both."""

import numpy as np
import pytest

from micfp.fingerprint.harmonicity import harmonicity


def pulses(rate_hz: int, pitch_hz: float, length_s: float) -> np.ndarray:
    """Partials below 3300 Hz, all as strong, of RMS 1."""
    time_s = np.arange(round(length_s * rate_hz)) / rate_hz
    partials = np.arange(1, int(3300 / pitch_hz) + 1)
    samples = np.cos(2 * np.pi * pitch_hz * partials[:, None] * time_s).sum(axis=0)
    return (samples / np.sqrt(np.mean(samples**2))).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [8000, 32_000, 44_100, 48_000])
@pytest.mark.parametrize("pitch_hz", [100.0, 125.0, 250.0, 390.0])
def test_what_repeats_at_the_pitch_of_a_voice_has_one(rate_hz: int, pitch_hz: float) -> None:
    # A lag may be half of 62.5 us off: the mean of cos(2 pi f 31 us) to 3300 Hz is 0.93.
    assert 0.92 < harmonicity(pulses(rate_hz, pitch_hz, 1.0), rate_hz) < 1.01


@pytest.mark.parametrize("rate_hz", [8000, 44_100])
def test_noise_has_little(rate_hz: int) -> None:
    noise = np.random.default_rng(1).standard_normal(2 * rate_hz).astype(np.float32)
    # 1 / sqrt(64 ms * 3340 Hz) is the sd of one lag, 0.07; the greatest of about 30 independent
    # ones is two of them.
    assert 0.1 < harmonicity(noise, rate_hz) < 0.25


def test_of_both_as_strong_half_repeats() -> None:
    voice = pulses(8000, 125, 4.0)
    noise = np.random.default_rng(2).standard_normal(len(voice)).astype(np.float32)
    # Of the noise 3340 of 4000 Hz lie in the band: S / (S + N) = 1 / (1 + 1).
    both = voice + noise * np.float32(np.sqrt(4000 / 3340))
    assert harmonicity(both, 8000) == pytest.approx(0.5, abs=0.05)


def test_loud_frames_count_as_much_as_their_power() -> None:
    voice = pulses(8000, 125, 2.0)
    noise = np.random.default_rng(3).standard_normal(len(voice)).astype(np.float32)
    faint = np.concatenate([voice, 0.1 * noise])
    # 1 of 1, and 0.17 of 0.0084: (1 + 0.0014) / 1.0084 = 0.993.
    assert harmonicity(faint, 8000) == pytest.approx(0.993, abs=0.01)


def test_hiss_above_3400_hz_does_not_count() -> None:
    voice = pulses(32_000, 125, 1.0)
    noise = np.random.default_rng(4).standard_normal(len(voice))
    spectrum = np.fft.rfft(noise)
    spectrum[:3600] = 0  # of 1 Hz each
    hiss = 3 * np.fft.irfft(spectrum).astype(np.float32)
    # Counted, it would leave 1 / (1 + 9 * 12.4 / 16) = 0.13 of the power to the voice.
    assert harmonicity(voice + hiss, 32_000) == pytest.approx(1, abs=0.03)


def test_rumble_is_no_voice() -> None:
    noise = np.random.default_rng(5).standard_normal(32_000).astype(np.float32)
    # A tone of 20 Hz has nearly the same value 2.5 ms later: cos(2 pi 20 / 400) = 0.95.
    rumble = 3 * np.sin(2 * np.pi * 20 * np.arange(32_000) / 32_000)
    assert harmonicity((noise + rumble).astype(np.float32), 32_000) < 0.25


@pytest.mark.parametrize("n", [1, 100, 8000])
def test_silence_has_none(n: int) -> None:
    assert harmonicity(np.zeros(n, np.float32), 8000) == 0
