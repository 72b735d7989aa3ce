"""Rooms: reverberation time, direct sound in its place, level."""

import time
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from signals import db, lag, voice

from micfp.degrade.noise import active_power
from micfp.degrade.rooms import measured_room, played, shoebox_response, simulated_room
from micfp.errors import MicfpError


def decay_s(response: np.ndarray, rate_hz: int) -> float:
    """Reverberation time from -5 to -20 dB of what is still to come (Schroeder 1965)."""
    left = np.cumsum(response[::-1].astype(np.float64) ** 2)[::-1]
    level_db = 10 * np.log10(left / left[0] + 1e-12)
    start, stop = (int(np.argmax(level_db < d)) for d in (-5, -20))
    return 60 / 15 * (stop - start) / rate_hz


@pytest.mark.parametrize("rt60_s", [0.25, 0.4])
def test_the_reverberation_time_comes_out(rt60_s: float) -> None:
    found = [
        decay_s(shoebox_response(16000, rt60_s, np.random.default_rng(seed)), 16000)
        for seed in range(12)
    ]
    # Sabine's formula is of diffuse rooms: single ones differ from it, their median hardly.
    assert np.median(found) == pytest.approx(rt60_s, rel=0.35)


def test_a_longer_time_is_longer() -> None:
    short, long = (
        np.median(
            [decay_s(shoebox_response(16000, t, np.random.default_rng(s)), 16000) for s in range(8)]
        )
        for t in (0.2, 0.6)
    )
    assert long > 1.6 * short


@pytest.mark.parametrize("rate_hz", [8000, 16000, 32000, 44100])
def test_direct_sound_stays_in_its_place_and_the_level_as_it_was(rate_hz: int) -> None:
    samples = voice(rate_hz)
    for seed in range(3):
        heard = simulated_room(samples, rate_hz, 0.4, np.random.default_rng(seed))
        assert heard.shape == samples.shape
        assert heard.dtype == np.float32
        click = np.zeros(rate_hz, np.float32)
        click[1000] = 1
        sounded = simulated_room(click, rate_hz, 0.4, np.random.default_rng(seed))
        assert np.argmax(np.abs(sounded)) == 1000
        assert np.abs(sounded[:1000]).max() < 0.2 * np.abs(sounded).max()
        ratio = active_power(heard, rate_hz) / active_power(samples, rate_hz)
        assert db(ratio) == pytest.approx(0, abs=0.2)


def test_a_measured_response_is_what_it_is_convolved_with(tmp_path: Path) -> None:
    response = np.zeros((300, 2), np.float32)
    response[100:104] = [[1.0, 1.0], [0.0, 0.0], [0.5, 0.5], [-0.25, -0.25]]
    sf.write(tmp_path / "room.wav", response, 16000, subtype="FLOAT")
    samples = voice(16000)
    heard = measured_room(samples, 16000, str(tmp_path), 1.0, np.random.default_rng(0))
    expected = np.convolve(samples, [1, 0, 0.5, -0.25])[: len(samples)]
    scale = np.dot(heard, expected) / np.dot(expected, expected)
    np.testing.assert_allclose(heard, scale * expected, atol=1e-5)
    # Two samples of the response alone: only the direct sound.
    direct = measured_room(samples, 16000, str(tmp_path), 2 / 16000, np.random.default_rng(0))
    np.testing.assert_allclose(direct, samples, atol=1e-6)


@pytest.mark.parametrize("rate_hz", [8000, 32000, 44100])
def test_rooms_that_were_measured(shared_data: Path, rate_hz: int) -> None:
    samples = voice(rate_hz)
    folder = str(shared_data / "rooms")
    heard = [
        measured_room(samples, rate_hz, folder, 1.0, np.random.default_rng(s)) for s in range(6)
    ]
    assert all(np.isfinite(one).all() for one in heard)
    assert len({one.tobytes() for one in heard}) > 1  # more than one room is drawn
    again = measured_room(samples, rate_hz, folder, 1.0, np.random.default_rng(0))
    assert again.tobytes() == heard[0].tobytes()
    assert abs(lag(heard[0], samples)) <= rate_hz // 100


def test_a_room_that_cannot_be_so_dry_takes_all() -> None:
    response = shoebox_response(16000, 0.1, np.random.default_rng(3))
    assert np.isfinite(response).all()
    assert decay_s(response, 16000) < 0.3


def test_a_response_is_quickly_made() -> None:
    shoebox_response(32000, 0.5, np.random.default_rng(0))
    start = time.perf_counter()
    shoebox_response(32000, 0.5, np.random.default_rng(1))
    assert time.perf_counter() - start < 1


def test_silence_and_little() -> None:
    rng = np.random.default_rng(0)
    assert not simulated_room(np.zeros(1000, np.float32), 16000, 0.4, rng).any()
    for n_samples in (1, 47):
        assert simulated_room(voice(16000)[:n_samples], 16000, 0.4, rng).shape == (n_samples,)
    np.testing.assert_allclose(
        played(voice(16000), 16000, np.array([1.0, 0.0])), voice(16000), atol=1e-6
    )


def test_a_folder_without_responses(tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match="no recordings"):
        measured_room(voice(16000), 16000, str(tmp_path), 1.0, np.random.default_rng(0))
