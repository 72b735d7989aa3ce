"""Rooms: reverberation time, direct sound in its place, level."""

import time
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from signals import db, lag, voice

from micfp.degrade.measured_room import measured_room
from micfp.degrade.noise import active_power
from micfp.degrade.rooms import direct_sound, measured_response, shoebox_response
from micfp.degrade.simulated_room import simulated_room
from micfp.errors import MicfpError

RATES_HZ = [8000, 16000, 32000, 44100]


def decay_s(response: np.ndarray, rate_hz: int) -> float:
    """Reverberation time by a line from -5 to -25 dB of what is still to come (Schroeder 1965)."""
    left = np.cumsum(response[::-1].astype(np.float64) ** 2)[::-1]
    level_db = 10 * np.log10(left / left[0] + 1e-12)
    start, stop = (int(np.argmax(level_db < d)) for d in (-5, -25))
    slope_db = np.polyfit(np.arange(stop - start) / rate_hz, level_db[start:stop], 1)[0]
    return float(-60 / slope_db)


def clicks(rate_hz: int) -> np.ndarray:
    """Three clicks at places that no period explains, half a second or more apart."""
    train = np.zeros(2 * rate_hz, np.float32)
    train[[rate_hz // 10, round(0.73 * rate_hz), round(1.31 * rate_hz)]] = [0.5, -0.4, 0.3]
    return train


def level_kept(heard: np.ndarray, samples: np.ndarray, rate_hz: int) -> bool:
    return abs(db(active_power(heard, rate_hz) / active_power(samples, rate_hz))) < 0.01


def test_decay_of_a_known_response() -> None:
    """Noise that falls by 60 dB in 0.3 s, as exp(-3 ln(10) t / 0.3), has an RT60 of 0.3 s."""
    time_s = np.arange(16000) / 16000
    noise = np.random.default_rng(0).standard_normal(16000)
    assert decay_s(noise * np.exp(-3 * np.log(10) * time_s / 0.3), 16000) == pytest.approx(
        0.3, rel=0.05
    )


@pytest.mark.parametrize("rt60_s", [0.2, 0.4, 0.8, 2.0])
@pytest.mark.parametrize("rate_hz", [8000, 44100])
def test_the_reverberation_time_comes_out(rt60_s: float, rate_hz: int) -> None:
    impulse = np.zeros(round(1.5 * rt60_s * rate_hz), np.float32)
    impulse[0] = 1
    found = [
        decay_s(simulated_room(impulse, rate_hz, rt60_s, np.random.default_rng(seed)), rate_hz)
        for seed in range(8)
    ]
    # Sabine's formula is of diffuse rooms: single ones differ from it, their median less.
    assert np.median(found) == pytest.approx(rt60_s, rel=0.3)
    np.testing.assert_allclose(found, rt60_s, rtol=0.5)


def test_short_times_are_short_but_no_room_is_without_echo() -> None:
    found = [
        decay_s(shoebox_response(16000, 0.1, np.random.default_rng(s)), 16000) for s in range(8)
    ]
    # Sabine's formula overrates absorption as high as this: the rooms are dryer by a third.
    np.testing.assert_allclose(found, 0.067, rtol=0.3)
    one, other = (shoebox_response(16000, t, np.random.default_rng(0)) for t in (0.1, 0.01))
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_direct_sound_is_one_sample_the_first(rate_hz: int) -> None:
    """In a free field it is 1 / r, with r between 0.5 and 3 m."""
    for seed in range(10):
        response = shoebox_response(rate_hz, 0.2, np.random.default_rng(seed))
        distance_m = 1 / response[0]
        assert 0.47 < distance_m < 3.03
        assert np.abs(response[1:5]).max() < 0.2 * response[0]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_simulated_keeps_place_and_level(rate_hz: int) -> None:
    samples, train = voice(rate_hz), clicks(rate_hz)
    before = samples.copy()
    for seed in range(3):
        heard = simulated_room(samples, rate_hz, 0.4, np.random.default_rng(seed))
        assert (heard.shape, heard.dtype) == (samples.shape, np.float32)
        assert level_kept(heard, samples, rate_hz)
        assert lag(simulated_room(train, rate_hz, 0.4, np.random.default_rng(seed)), train) == 0
    np.testing.assert_array_equal(samples, before)


def test_same_seed_same_room() -> None:
    one, again, other = (
        simulated_room(voice(16000), 16000, 0.4, np.random.default_rng(s)) for s in (1, 1, 2)
    )
    assert one.tobytes() == again.tobytes() != other.tobytes()


def test_a_measured_response_is_what_it_is_convolved_with(tmp_path: Path) -> None:
    response = np.zeros((300, 2), np.float32)
    # The sound rises for one sample before its strongest one.
    response[99:104] = np.outer([-0.3, 1, 0, 0.5, -0.25], [0.1, 0.2])
    sf.write(tmp_path / "room.wav", response, 16000, subtype="FLOAT")
    samples = voice(16000)
    heard = measured_room(samples, 16000, str(tmp_path), 1.0, np.random.default_rng(0))
    expected = np.convolve(samples, [-0.3, 1, 0, 0.5, -0.25])[1 : len(samples) + 1]
    expected *= np.sqrt(active_power(samples, 16000) / active_power(expected, 16000))
    np.testing.assert_allclose(heard, expected, atol=1e-5)
    # Two samples from the direct sound on, and what rises to it.
    short = measured_room(samples, 16000, str(tmp_path), 2 / 16000, np.random.default_rng(0))
    expected = np.convolve(samples, [-0.3, 1])[1 : len(samples) + 1]
    expected *= np.sqrt(active_power(samples, 16000) / active_power(expected, 16000))
    np.testing.assert_allclose(short, expected, atol=1e-5)


def test_the_direct_sound_is_not_the_strongest_reflection() -> None:
    response = np.zeros(2000, np.float32)
    response[:40] = 0.05  # noise, 26 dB below the strongest
    response[[40, 44, 400]] = [-0.2, 0.6, 1.0]
    assert direct_sound(response, 16000) == 44
    assert direct_sound(response[:100], 16000) == 44


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_measured_response_keeps_its_spectrum(shared_data: Path, rate_hz: int) -> None:
    """What is cut off before the direct sound is nothing of a microphone's curve."""
    n_fft = 1 << 16
    frequency_hz = np.fft.rfftfreq(n_fft, 1 / rate_hz)
    band = (frequency_hz > 200) & (frequency_hz < 0.4 * rate_hz)
    for name in ("RCA_44BX_1.wav", "B&O_BM6.wav", "IR_AKGD12.wav"):
        recorded, file_rate_hz = sf.read(shared_data / "micirp" / name, dtype="float32")
        response, direct = measured_response(shared_data / "micirp" / name, 0, rate_hz, 0.3)
        assert direct == round(0.0025 * rate_hz)
        assert np.argmax(np.abs(response)) == direct
        whole = np.abs(np.fft.rfft(recorded, round(n_fft * file_rate_hz / rate_hz)))
        change_db = 20 * np.log10(
            np.abs(np.fft.rfft(response, n_fft))[band] / whole[: len(band)][band]
        )
        assert np.std(change_db) < 0.2


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_rooms_that_were_measured(shared_data: Path, rate_hz: int) -> None:
    samples, train = voice(rate_hz), clicks(rate_hz)
    folder = str(shared_data / "rooms")
    seeds = range(6)
    heard = [measured_room(samples, rate_hz, folder, 1, np.random.default_rng(s)) for s in seeds]
    assert all(np.isfinite(one).all() and level_kept(one, samples, rate_hz) for one in heard)
    assert len({one.tobytes() for one in heard}) > 1  # more than one room is drawn
    again = measured_room(samples, rate_hz, folder, 1, np.random.default_rng(0))
    assert again.tobytes() == heard[0].tobytes()
    for seed in seeds:
        # 5 ms are the direct sound: it alone shows where it lies.
        direct = measured_room(train, rate_hz, folder, 0.005, np.random.default_rng(seed))
        assert abs(lag(np.abs(direct), np.abs(train))) <= 1


def test_every_file_and_channel_is_drawn(tmp_path: Path) -> None:
    """Six responses, each with an echo of its own, of two files in a folder and one below."""
    (tmp_path / "more").mkdir()
    for number, name in enumerate(["one.wav", "two.wav", "more/three.wav"]):
        response = np.zeros((50, 2))
        response[0] = 1
        response[30] = [0.1 * (number + 1), -0.1 * (number + 1)]
        sf.write(tmp_path / name, response, 16000, subtype="FLOAT")
    click = np.zeros(1000, np.float32)
    click[0] = 1
    drawn = set()
    for seed in range(40):
        heard = measured_room(click, 16000, str(tmp_path), 1, np.random.default_rng(seed))
        drawn.add(round(float(heard[30] / heard[0]), 2))
    assert drawn == {0.1, 0.2, 0.3, -0.1, -0.2, -0.3}


def test_a_response_is_quickly_made() -> None:
    shoebox_response(44100, 0.5, np.random.default_rng(0))
    start = time.process_time()
    for seed in range(5):
        shoebox_response(44100, 2.0, np.random.default_rng(seed))
    assert (time.process_time() - start) / 5 < 0.1


@pytest.mark.parametrize("n_samples", [1, 47])
def test_silence_and_little(n_samples: int, tmp_path: Path) -> None:
    sf.write(tmp_path / "room.wav", np.array([0.5, 0.2, -0.1], np.float32), 16000)
    for samples in (voice(16000)[-n_samples:], np.zeros(n_samples, np.float32)):
        for heard in (
            simulated_room(samples, 16000, 0.4, np.random.default_rng(0)),
            measured_room(samples, 16000, str(tmp_path), 1, np.random.default_rng(0)),
        ):
            assert (heard.shape, heard.dtype) == (samples.shape, np.float32)
            assert np.isfinite(heard).all()
            assert samples.any() == heard.any()


def test_a_folder_without_responses(tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match="no recordings"):
        measured_room(voice(16000), 16000, str(tmp_path), 1.0, np.random.default_rng(0))


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_file_that_is_no_response(tmp_path: Path, value: float) -> None:
    sf.write(tmp_path / "none.wav", np.full(100, value, np.float32), 16000, subtype="FLOAT")
    with pytest.raises(MicfpError, match=r"none\.wav: channel 0 .* remove the file"):
        measured_room(voice(16000), 16000, str(tmp_path), 1.0, np.random.default_rng(0))
