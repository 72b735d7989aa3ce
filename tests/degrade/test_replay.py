"""A recording of a recording: loudspeaker, room, second microphone."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from signals import band_db, db, lag, voice

from micfp.degrade.noise import active_power
from micfp.degrade.replay import ReplayConfig, distorted, replay
from micfp.errors import MicfpError

RATE_HZ = 16000
RATES_HZ = [8000, 16000, 32000, 44100]


def config(**changed: object) -> ReplayConfig:
    return ReplayConfig.model_validate({"kind": "replay", **changed})


def sine(amplitude: float, frequency_hz: float = 500) -> np.ndarray:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


@pytest.mark.parametrize(
    ("wanted", "found"), [(1e-3, 1e-3), (0.01, 0.01), (0.1, 0.1), (0.3, 0.3), (0.5, 0.3)]
)
def test_the_third_harmonic_is_the_distortion(wanted: float, found: float) -> None:
    amplitudes = np.abs(np.fft.rfft(distorted(sine(0.4), wanted)))
    assert amplitudes[1500] / amplitudes[500] == pytest.approx(found, rel=1e-3)
    assert amplitudes[1000] < 1e-3 * amplitudes[1500]  # it is even in both directions


def test_distortion_is_at_the_peak_and_rises_with_the_level() -> None:
    # Of tanh(x) = x - x^3 / 3, 20 dB down the third harmonic falls by 60: 0.01 becomes 0.0001.
    faint = np.concatenate([sine(0.04), [np.float32(0.4)]])
    amplitudes = np.abs(np.fft.rfft(distorted(faint, 0.01)[:-1]))
    assert amplitudes[1500] / amplitudes[500] == pytest.approx(0.0001, rel=0.1)
    # Louder stays louder, however much it is distorted: no peak is turned over.
    rising = np.linspace(-1, 1, 1001, dtype=np.float32)
    assert (np.diff(distorted(rising, 0.5)) >= 0).all()
    np.testing.assert_array_equal(distorted(rising, 0), rising)


def test_the_third_harmonic_of_a_whole_replay(tmp_path: Path) -> None:
    """A microphone that takes all alike; of the room, what it does to both tones alone."""
    sf.write(tmp_path / "flat.wav", np.eye(1, 100)[0].astype(np.float32), RATE_HZ, subtype="FLOAT")
    still = {"microphones_from": str(tmp_path), "microphone_snr_db": 200, "loudspeaker_low_hz": 20}

    def level_db(samples: np.ndarray, distortion: float, at_hz: float) -> float:
        heard = replay(
            samples, RATE_HZ, config(distortion=distortion, **still), np.random.default_rng(5)
        )
        return band_db(heard[RATE_HZ // 2 :], RATE_HZ, at_hz - 10, at_hz + 10)

    both = sine(0.2) + sine(0.2, 1500)
    of_room = level_db(both, 0, 1500) - level_db(both, 0, 500)
    found = level_db(sine(0.4), 0.02, 1500) - level_db(sine(0.4), 0.02, 500)
    assert found - of_room == pytest.approx(20 * np.log10(0.02), abs=0.3)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_loudspeaker_falls_by_twelve_decibels_an_octave(rate_hz: int) -> None:
    noise = (0.1 * np.random.default_rng(0).standard_normal(10 * rate_hz)).astype(np.float32)
    quiet_room = {"rt60_s": 0.1, "distortion": 0, "microphone_snr_db": 100}
    found = []
    for low_hz in (20.0, 800.0):  # what differs between the two is the loudspeaker alone
        one = config(loudspeaker_low_hz=low_hz, **quiet_room)
        heard = replay(noise, rate_hz, one, np.random.default_rng(1))
        # Levels against each other far above both edges.
        above = band_db(heard, rate_hz, 2500, 3500)
        at_hz = (100, 200, 800)
        found.append([band_db(heard, rate_hz, at * 0.95, at * 1.05) - above for at in at_hz])
    lost = np.array(found[0]) - found[1]
    # Butterworth of second order: 10 log10(1 + (800 / f)^4), less 0.02 dB at 3 kHz. At 8 kHz the
    # bilinear transform takes 3 kHz further off and the edge for 2.2 % more: 0.3 dB at most.
    np.testing.assert_allclose(lost, [36.1, 24.1, 3.0], atol=0.6)


def lags(rate_hz: int, folder: str | None) -> list[int]:
    """Of three clicks, in either polarity, through eight drawn chains."""
    train = np.zeros(2 * rate_hz, np.float32)
    train[[rate_hz // 10, round(0.73 * rate_hz), round(1.31 * rate_hz)]] = [0.5, 0.4, 0.3]
    one = config(microphones_from=folder)
    return [
        lag(np.abs(replay(train, rate_hz, one, np.random.default_rng(seed))), train)
        for seed in range(8)
    ]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_it_is_lined_up_to_the_sample(tmp_path: Path, rate_hz: int) -> None:
    assert lags(rate_hz, None) == [0] * 8
    # A response that starts late in its file is no delay.
    late = np.zeros(1000)
    late[[500, 505]] = [-0.4, 0.1]
    sf.write(tmp_path / "late.wav", late, rate_hz, subtype="FLOAT")
    assert lags(rate_hz, str(tmp_path)) == [0] * 8


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_measured_microphones_do_not_delay(shared_data: Path, rate_hz: int) -> None:
    # Those that ring have, with the loudspeaker's phase, another sample for their strongest.
    found = np.abs(lags(rate_hz, str(shared_data / "micirp")))
    assert np.median(found) <= 1


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("snr_db", [10, 40])
def test_the_level_is_kept(rate_hz: int, snr_db: float) -> None:
    samples = voice(rate_hz)
    before = samples.copy()
    heard = replay(samples, rate_hz, config(microphone_snr_db=snr_db), np.random.default_rng(0))
    assert heard.dtype == np.float32
    assert db(active_power(heard, rate_hz) / active_power(samples, rate_hz)) == pytest.approx(
        0, abs=0.01
    )
    np.testing.assert_array_equal(samples, before)


@pytest.mark.parametrize("snr_db", [20, 40])
def test_the_microphone_has_its_own_noise(snr_db: float) -> None:
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    phrases = np.where(time_s % 2 < 1, voice(RATE_HZ, 4.0), 0).astype(np.float32)
    pause = slice(round(1.8 * RATE_HZ), round(1.99 * RATE_HZ))
    noisy, clean = (
        replay(
            phrases,
            RATE_HZ,
            config(microphone_snr_db=s, rt60_s=0.15),
            np.random.default_rng(2),
        )
        for s in (snr_db, 150)
    )
    level = db(active_power(clean, RATE_HZ)) - db(float(np.mean(noisy[pause] ** 2.0)))
    assert level == pytest.approx(snr_db, abs=0.6)
    assert np.mean(clean[pause] ** 2.0) < 0.01 * np.mean(noisy[pause] ** 2.0)
    # It is white: as much a bin in the lower half of the band as in the upper one.
    added = noisy - clean
    halves = band_db(added[pause], RATE_HZ, 0, 4000) - band_db(added[pause], RATE_HZ, 4000, 8000)
    assert halves == pytest.approx(0, abs=0.8)


def test_measured_microphones(shared_data: Path) -> None:
    folder = str(shared_data / "micirp")
    samples = voice(44100)
    one, again, other = (
        replay(samples, 44100, config(microphones_from=folder), np.random.default_rng(s))
        for s in (3, 3, 4)
    )
    assert one.tobytes() == again.tobytes() != other.tobytes()
    assert db(active_power(one, 44100) / active_power(samples, 44100)) == pytest.approx(0, abs=0.01)


def test_every_microphone_is_drawn(tmp_path: Path) -> None:
    """Two that differ in the sign of what they take, in rooms of the same seeds."""
    for name, sign in (("one", 1.0), ("two", -1.0)):
        sf.write(tmp_path / f"{name}.wav", np.array([sign, 0.0]), RATE_HZ, subtype="FLOAT")
    click = np.zeros(2000, np.float32)
    click[100] = 1
    one = config(microphones_from=str(tmp_path), microphone_snr_db=100)
    signs = {
        float(np.sign(replay(click, RATE_HZ, one, np.random.default_rng(s))[100]))
        for s in range(10)
    }
    assert signs == {1.0, -1.0}


def test_same_seed_same_bytes() -> None:
    one, again, other = (
        replay(voice(RATE_HZ), RATE_HZ, config(), np.random.default_rng(s)) for s in (1, 1, 2)
    )
    assert one.tobytes() == again.tobytes() != other.tobytes()


@pytest.mark.parametrize("n_samples", [1, 47])
@pytest.mark.parametrize("rate_hz", [8000, 44100])
def test_little_and_silence(n_samples: int, rate_hz: int) -> None:
    for samples in (voice(rate_hz)[-n_samples:], np.zeros(n_samples, np.float32)):
        heard = replay(samples, rate_hz, config(), np.random.default_rng(0))
        assert (heard.shape, heard.dtype) == (samples.shape, np.float32)
        assert np.isfinite(heard).all()
        assert samples.any() == heard.any()


def test_a_folder_without_microphones(tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match="no recordings"):
        replay(voice(8000), 8000, config(microphones_from=str(tmp_path)), np.random.default_rng(0))
