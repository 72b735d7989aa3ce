"""Pink and recorded noise and babble, at every rate: distance, spectrum, what is read."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from scipy.signal import correlate

from micfp.audio import read
from micfp.degrade.noise import babble, pink_noise, recorded_noise
from micfp.errors import MicfpError


def db(power: float) -> float:
    return 10 * float(np.log10(power))


def tone_at(rate_hz: int, seconds: float = 2.0) -> np.ndarray:
    """Power 0.1^2 / 2, -23.01 dB, without pauses."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.1 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four recordings of 3 s at 22.05 kHz, each a tone of its own: 500, 600, 700, 800 Hz."""
    for number, frequency_hz in enumerate((500, 600, 700, 800)):
        time_s = np.arange(3 * 22050) / 22050
        # as loud as 1, 1/2, 1/4 and 1/8: babble makes them alike
        sound = 0.5**number * 0.5 * np.sin(2 * np.pi * frequency_hz * time_s)
        sf.write(tmp_path / f"{number}.wav", sound, 22050, subtype="FLOAT")
    return tmp_path


@pytest.mark.parametrize("rate_hz", [8000, 16000, 32000, 44100])
@pytest.mark.parametrize("colour", ["pink", "recorded", "babble"])
@pytest.mark.parametrize("snr_db", [-10.0, 20.0])
def test_the_ratio_is_exact_whatever_the_noise(
    folder: Path, rate_hz: int, colour: str, snr_db: float
) -> None:
    samples = tone_at(rate_hz)
    noisy = {
        "pink": lambda: pink_noise(samples, rate_hz, snr_db, rng()),
        "recorded": lambda: recorded_noise(samples, rate_hz, snr_db, str(folder), rng()),
        "babble": lambda: babble(samples, rate_hz, snr_db, str(folder), 3, rng()),
    }[colour]()
    assert noisy.dtype == np.float32
    added = noisy.astype(np.float64) - samples
    assert db(np.mean(added**2)) == pytest.approx(-23.01 - snr_db, abs=0.02)


def test_pink_noise_falls_by_3_db_an_octave_from_20_hz_on() -> None:
    samples = tone_at(44100, 40)
    added = pink_noise(samples, 44100, 0, rng()).astype(np.float64) - samples
    power = np.abs(np.fft.rfft(added)) ** 2
    frequency_hz = np.fft.rfftfreq(len(added), 1 / 44100)

    def density_db(low_hz: float, high_hz: float) -> float:
        return db(power[(frequency_hz >= low_hz) & (frequency_hz < high_hz)].mean())

    octaves = [density_db(20 * 2**k, 40 * 2**k) for k in range(10)]
    # bins of 1/40 Hz: 800 in the lowest octave, so each is right to 10 log10(1 + 1/28), 0.15 dB
    np.testing.assert_allclose(np.diff(octaves), -3.01, atol=0.6)
    assert octaves[9] - octaves[0] == pytest.approx(-27.1, abs=0.5)
    # an even density below 20 Hz is that of 20 Hz: above the octave's mean of 1/f, ln 2, by 1.6 dB
    assert density_db(1, 20) - octaves[0] == pytest.approx(1.6, abs=0.8)


def pieces_read(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """What is read from now on."""
    pieces: list[np.ndarray] = []

    def read_and_note(*where: object, **other: object) -> tuple[np.ndarray, int]:
        samples, rate_hz = read(*where, **other)  # type: ignore[arg-type]
        pieces.append(samples)
        return samples, rate_hz

    monkeypatch.setattr("micfp.audio.read", read_and_note)
    return pieces


def test_an_excerpt_is_read_and_not_the_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = rng(9).standard_normal(600_000).astype(np.float32) / 10
    sf.write(tmp_path / "street.wav", long, 16000, subtype="FLOAT")
    pieces = pieces_read(monkeypatch)
    samples = tone_at(16000, 1.0)
    starts = set()
    for seed in range(5):
        noisy = recorded_noise(samples, 16000, 0, str(tmp_path), rng(seed))
        added = noisy.astype(np.float64) - samples
        # what was added is a stretch of the file, at one gain
        where = int(np.argmax(np.abs(correlate(long, added, mode="valid", method="fft"))))
        gain = np.std(added) / np.std(long[where : where + 16000])
        np.testing.assert_allclose(added, gain * long[where : where + 16000], atol=1e-6)
        starts.add(where)
    assert len(starts) == 5
    assert {len(piece) for piece in pieces} == {16001}


def test_a_file_that_is_too_short_goes_round(tmp_path: Path) -> None:
    short = rng(9).standard_normal(1000).astype(np.float32) / 10
    sf.write(tmp_path / "short.wav", short, 16000, subtype="FLOAT")
    samples = tone_at(16000, 1.0)
    added = recorded_noise(samples, 16000, 0, str(tmp_path), rng()).astype(np.float64) - samples
    np.testing.assert_allclose(added[1000:], added[:-1000], atol=1e-6)
    start = int(np.argmax([np.dot(np.roll(short, -k), added[:1000]) for k in range(1000)]))
    gain = np.std(added[:1000]) / np.std(short)
    np.testing.assert_allclose(added[:1000], gain * np.roll(short, -start), atol=1e-6)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100])
def test_recorded_noise_keeps_its_pitch_at_another_rate(folder: Path, rate_hz: int) -> None:
    found = set()
    samples = tone_at(rate_hz)
    for seed in range(12):
        noisy = recorded_noise(samples, rate_hz, 0, str(folder), rng(seed))
        spectrum = np.abs(np.fft.rfft((noisy - samples) * np.hanning(len(samples))))
        found.add(int(np.argmax(spectrum)) / 2)  # 2 s: bins of 1/2 Hz
    assert found == {500, 600, 700, 800}  # files are drawn, all of them sooner or later


def voices_of(noisy: np.ndarray, samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Amplitudes at 500, 600, 700 and 800 Hz of what was added in 2 s."""
    window = np.hanning(len(samples))
    spectrum = np.abs(np.fft.rfft((noisy - samples) * window)) * 2 / window.sum()
    return spectrum[[1000, 1200, 1400, 1600]]


@pytest.mark.parametrize("n_voices", [2, 3, 4])
def test_babble_is_of_different_voices_all_as_loud(folder: Path, n_voices: int) -> None:
    samples = tone_at(16000)
    noisy = babble(samples, 16000, 0, str(folder), n_voices, rng(1))
    amplitudes = voices_of(noisy, samples, 16000)
    heard = amplitudes[amplitudes > 1e-3]
    # the power 0.1^2 / 2 is shared out evenly: each voice a sine of 0.1 / sqrt(n)
    assert len(heard) == n_voices
    np.testing.assert_allclose(heard, 0.1 / np.sqrt(n_voices), rtol=0.01)


def test_babble_of_more_voices_than_there_are(folder: Path) -> None:
    with pytest.raises(MicfpError, match=r"4 recordings, and babble of 5 was wanted"):
        babble(tone_at(16000), 16000, 0, str(folder), 5, rng())


def test_a_folder_without_recordings(tmp_path: Path) -> None:
    for adding in (
        lambda: recorded_noise(tone_at(16000), 16000, 0, str(tmp_path), rng()),
        lambda: babble(tone_at(16000), 16000, 0, str(tmp_path / "none"), 2, rng()),
    ):
        with pytest.raises(MicfpError, match="no recordings"):
            adding()


def test_silent_noise_adds_nothing(tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav"):
        sf.write(tmp_path / name, np.zeros(5000), 16000)
    samples = tone_at(16000)
    np.testing.assert_array_equal(recorded_noise(samples, 16000, 0, str(tmp_path), rng()), samples)
    np.testing.assert_array_equal(babble(samples, 16000, 0, str(tmp_path), 2, rng()), samples)


@pytest.mark.parametrize("n_samples", [1, 47, 8000])
@pytest.mark.parametrize("rate_hz", [8000, 44100])
def test_any_noise_on_little_and_silence(folder: Path, n_samples: int, rate_hz: int) -> None:
    for samples in (tone_at(rate_hz)[:n_samples], np.zeros(n_samples, np.float32)):
        before = samples.copy()
        for seed in (1, 2):
            once, again = (
                (
                    pink_noise(samples, rate_hz, 0, rng(seed)),
                    recorded_noise(samples, rate_hz, 0, str(folder), rng(seed)),
                    babble(samples, rate_hz, 0, str(folder), 2, rng(seed)),
                )
                for _ in range(2)
            )
            for one, same in zip(once, again, strict=True):
                assert one.shape == samples.shape
                assert one.dtype == np.float32
                assert np.isfinite(one).all()
                assert one.tobytes() == same.tobytes()
                assert samples.any() or not one.any()
        np.testing.assert_array_equal(samples, before)


def test_draws_differ(folder: Path) -> None:
    samples = tone_at(16000)
    for one, other in (
        (pink_noise(samples, 16000, 0, rng(seed)) for seed in (1, 2)),
        (babble(samples, 16000, 0, str(folder), 2, rng(seed)) for seed in (1, 2)),
        (recorded_noise(samples, 16000, 0, str(folder), rng(seed)) for seed in (1, 2)),
    ):
        assert one.tobytes() != other.tobytes()


def test_of_real_streets_and_people(shared_data: Path) -> None:
    samples = tone_at(16000, 5)
    for noisy in (
        recorded_noise(samples, 16000, 10, str(shared_data / "noise"), rng()),
        babble(samples, 16000, 10, str(shared_data / "speech"), 6, rng()),
    ):
        added = noisy.astype(np.float64) - samples
        assert db(np.mean(added**2)) == pytest.approx(-33.01, abs=0.02)
        assert np.abs(added).max() > 3 * added.std()  # no tone, no silence
