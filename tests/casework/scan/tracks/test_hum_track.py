"""Hum that is made here: its frequency and its jumps are known."""

import re

import numpy as np
import pytest

from micfp.casework.scan.tracks import mains
from micfp.casework.scan.tracks.hum import hum, threshold

RATE_HZ = 8000


def recording(
    mains_hz: float, jump_deg: float, at_s: float, seconds: float = 60, noise: float = 0.02
) -> np.ndarray:
    """Three harmonics of 0.01 and less in pink noise; k-th turns by k times the first."""
    rng = np.random.default_rng(7)
    n = round(seconds * RATE_HZ)
    t = np.arange(n) / RATE_HZ
    # 20 mHz of slow drift: 0.02 sin(2 pi t / 120) Hz, integrated.
    drift = 0.02 * 120 * (1 - np.cos(2 * np.pi * t / 120)) + np.radians(jump_deg) * (t >= at_s)
    phase = 2 * np.pi * mains_hz * t + drift
    x = sum(0.01 / k * np.cos(k * phase + k) for k in (1, 2, 3))
    spectrum = np.fft.rfft(rng.normal(size=n))
    hz = np.fft.rfftfreq(n, 1 / RATE_HZ)
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(hz, 20)), n)
    return (x + noise * pink / pink.std()).astype(np.float32)


def jump_of(what: str) -> int:
    found = re.search(r"by about ([+-]\d+) degrees", what)
    assert found
    return int(found[1])


@pytest.mark.parametrize("mains_hz", [50.03, 59.96])
def test_a_jump_is_found_where_it_is_and_the_frequency_is_read(mains_hz: float) -> None:
    track = hum(recording(mains_hz, 80, 31.3), RATE_HZ)
    assert [round(change.time_s) for change in track.changes] == [31]
    change = track.changes[0]
    assert change.interval_s[0] <= 31.3 <= change.interval_s[1]
    assert jump_of(change.what) == pytest.approx(80, abs=25)
    expected_hz = mains_hz + 0.02 * np.sin(2 * np.pi * track.times_s / 120)
    # A jump bends the frequency for some seconds.
    away = np.abs(track.times_s - 31.3) > 8
    np.testing.assert_allclose(track.values[away], expected_hz[away], atol=0.015)


def test_drift_alone_is_no_jump() -> None:
    track = hum(recording(50.0, 0, 0), RATE_HZ)
    assert track.changes == ()
    assert np.isfinite(track.values).all()


def test_a_cut_turns_each_harmonic_by_its_multiple() -> None:
    # At 50 Hz a period is 20 ms; 2.005 s are 100.25 of them: a quarter, 90 degrees.
    whole = recording(50.0, 0, 0, noise=0.005)
    cut = np.concatenate([whole[: 25 * RATE_HZ], whole[25 * RATE_HZ + 16_040 :]])
    track = hum(cut, RATE_HZ)
    assert [round(change.time_s, 1) for change in track.changes] == [pytest.approx(25, abs=0.3)]
    assert jump_of(track.changes[0].what) == pytest.approx(90, abs=25)
    # Of a whole number of periods, nothing is to be seen: the limit that the docstring states.
    unseen = np.concatenate([whole[: 25 * RATE_HZ], whole[27 * RATE_HZ :]])
    assert hum(unseen, RATE_HZ).changes == ()


def test_without_hum_nothing_is_claimed() -> None:
    noise = np.random.default_rng(3).normal(size=40 * RATE_HZ).astype(np.float32)
    track = hum(noise, RATE_HZ)
    assert track.changes == ()
    assert np.isnan(track.values).all()
    assert track.unseen == "No mains hum stands out at 50 or 60 Hz."


@pytest.mark.parametrize("rate_hz", [8000, 44_100])
def test_digital_silence_and_short_recordings(rate_hz: int) -> None:
    track = hum(np.zeros(10 * rate_hz, np.float32), rate_hz)
    assert track.changes == ()
    assert np.isnan(track.values).all()
    short = hum(np.zeros(3 * rate_hz, np.float32), rate_hz)
    assert short.unseen == "The recording is shorter than 4 s."
    assert "no room" in str(hum(np.zeros(9999, np.float32), 500).unseen)


def test_weak_hum_needs_more() -> None:
    limits = threshold(np.array([30.0, 80.0, 140.0, 200.0, 400.0]))
    assert limits[0] == limits[1] > limits[2] > limits[3] == limits[4]


def test_the_line_is_measured_without_the_speech_beside_it() -> None:
    """Line of power 0.1 in noise of power 1 per block: nothing of the noise is counted."""
    rng = np.random.default_rng(5)
    noise = rng.normal(size=(mains.HARMONICS, 6000, 2)) @ np.array([1, 1j]) / np.sqrt(2)
    line = mains.line_power(noise + np.sqrt(0.1))
    assert np.median(line) == pytest.approx(0.1, rel=0.3)
    # 11 blocks together leave 1 / 11 of the noise's power; of that next to nothing is left.
    assert np.median(mains.line_power(noise)) < 0.2 / 11
