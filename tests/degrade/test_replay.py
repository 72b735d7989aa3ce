"""A recording of a recording: loudspeaker, room, second microphone."""

from pathlib import Path

import numpy as np
import pytest
from signals import band_db, db, voice

from micfp.config.degrade import ReplayConfig
from micfp.degrade.noise import active_power
from micfp.degrade.replay import distorted, replay
from micfp.errors import MicfpError

RATE_HZ = 16000


def config(**changed: object) -> ReplayConfig:
    return ReplayConfig.model_validate({"kind": "replay", **changed})


def test_the_third_harmonic_is_the_distortion() -> None:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    sine = (0.4 * np.sin(2 * np.pi * 500 * time_s)).astype(np.float32)
    heard = distorted(sine, 0.02)
    amplitudes = np.abs(np.fft.rfft(heard))
    # Of the sine at its peak; the fundamental itself loses 3 times as much.
    assert amplitudes[1500] / amplitudes[500] == pytest.approx(0.02 / (1 - 0.06), rel=1e-3)
    assert amplitudes[1000] < 1e-3 * amplitudes[1500]
    np.testing.assert_array_equal(distorted(sine, 0), sine)


def test_the_loudspeaker_falls_by_twelve_decibels_an_octave() -> None:
    noise = (0.1 * np.random.default_rng(0).standard_normal(20 * RATE_HZ)).astype(np.float32)
    quiet_room = {"rt60_s": 0.1, "distortion": 0, "microphone_snr_db": 100}
    found = []
    for low_hz in (50.0, 800.0):  # what differs between the two is the loudspeaker alone
        one = config(loudspeaker_low_hz=low_hz, **quiet_room)
        heard = replay(noise, RATE_HZ, one, np.random.default_rng(1))
        # Levels against each other far above both edges.
        above = band_db(heard, RATE_HZ, 5000, 7000)
        found.append([band_db(heard, RATE_HZ, at * 0.9, at * 1.1) - above for at in (100, 200)])
    lost = np.array(found[0]) - found[1]
    # Butterworth of second order: 10 log10(1 + (800 / f)^4), 36.1 and 24.1 dB, less 0.3 at 100 Hz
    np.testing.assert_allclose(lost, [36.1 - 0.3, 24.1], atol=1.0)


def test_the_microphone_has_its_own_noise() -> None:
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    phrases = np.where(time_s % 2 < 1, voice(RATE_HZ, 4.0), 0).astype(np.float32)
    pause = slice(round(1.8 * RATE_HZ), round(1.99 * RATE_HZ))
    noisy, clean = (
        replay(phrases, RATE_HZ, config(microphone_snr_db=s), np.random.default_rng(2))
        for s in (20, 100)
    )
    level = db(active_power(clean, RATE_HZ)) - db(float(np.mean(noisy[pause] ** 2.0)))
    assert level == pytest.approx(20, abs=1.5)
    assert np.mean(clean[pause] ** 2.0) < 0.1 * np.mean(noisy[pause] ** 2.0)


def test_measured_microphones(shared_data: Path) -> None:
    folder = str(shared_data / "micirp")
    samples = voice(44100)
    one, two, other = (
        replay(samples, 44100, config(microphones_from=folder), np.random.default_rng(s))
        for s in (3, 3, 4)
    )
    assert one.tobytes() == two.tobytes() != other.tobytes()
    assert db(active_power(one, 44100) / active_power(samples, 44100)) == pytest.approx(0, abs=0.5)


def test_little_nothing_and_no_microphones(tmp_path: Path) -> None:
    for n_samples in (1, 47):
        for samples in (voice(RATE_HZ)[:n_samples], np.zeros(n_samples, np.float32)):
            heard = replay(samples, RATE_HZ, config(), np.random.default_rng(0))
            assert heard.shape == samples.shape
            assert np.isfinite(heard).all()
    with pytest.raises(MicfpError, match="no recordings"):
        replay(voice(8000), 8000, config(microphones_from=str(tmp_path)), np.random.default_rng(0))
