"""Sounds inside and outside what was validated, as docs/design/evidence.md lists them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from micfp.audio import read, resample
from micfp.bench.population import render, takes
from micfp.config.audio import CorpusConfig
from micfp.config.population import PopulationConfig
from micfp.corpora import read_corpus
from micfp.degrade.chain import degrade
from micfp.degrade.files import audio_files
from micfp.degrade.kind import Sound
from micfp.degrade.noise import ACTIVE_MARGIN, FRAME_S, active_power, pink_noise
from micfp.degrade.registry import Degradation
from micfp.errors import MicfpError

Rng = np.random.Generator
Float32 = NDArray[np.float32]

SEED, LENGTHS_S, PLACES = 17, (1.0, 5.0), 50
N_CHOOSING, N_JUDGING, TAKE_S = 240, 60, 10.0
CHOOSING = np.random.default_rng(16).permutation(30)[:15]
SILENT_PHONE = "vivo X7"
MUSIC_PLACES = 100
SPEECH_S, AMONG_S = 0.2, 3.0
"""Length of little speech, and of the sound that it is put into."""
TONE_DBFS, TONE_SNR_DB = -20.0, 40.0
DTMF_HZ = [(row, column) for row in (697, 770, 852, 941) for column in (1209, 1336, 1477)]


@dataclass(frozen=True)
class Recording:
    """A sound, and where it comes from: phones, virtual, vivo X7, music or LibriSpeech.

    Of the phones also the device, and the utterance that it recorded.
    """

    source: str
    sound: Sound
    device: str = ""
    utterance: str = ""


@dataclass(frozen=True)
class Try:
    """What became of a piece of a recording."""

    recording: Recording
    length_s: float
    sound: Sound


@dataclass(frozen=True)
class Condition:
    """What becomes of a piece; `is_inside` is None where it counts for neither goal."""

    group: str
    name: str
    is_inside: bool | None
    made: Callable[[Sound, Rng], Sound]


def recordings(data: Path, choose: bool) -> list[Recording]:
    """Speech of the phones and virtual phones that choose thresholds, or of those that judge."""
    corpus = CorpusConfig(name="phones", reader="ccnu_mobile", root=data / "ccnu_mobile")
    table = read_corpus(corpus)
    devices = sorted(table["device"].unique())
    chosen = {devices[k] for k in CHOOSING}
    found = []
    for row in table.itertuples():
        if (row.device in chosen) == choose:
            source = row.device if row.device == SILENT_PHONE else "phones"
            sound = Sound(*_first_channel(Path(row.path)))
            found.append(Recording(source, sound, row.device, row.content))
    population = PopulationConfig(
        name="refusals choose" if choose else "refusals judge 2",
        n_devices=N_CHOOSING if choose else N_JUDGING,
        sessions=1,
        speakers=1,
        take_s=TAKE_S,
        speech_from=data / "speech",
        speaker_part=(0 if choose else 1, 2),
    )
    for samples, rate_hz in render(population, SEED, takes(population, SEED)):
        found.append(Recording("virtual", Sound(samples, rate_hz)))
    return found


def music(data: Path) -> list[Recording]:
    """Each place of each piece of music counts as a recording of its own, of 10 s."""
    found = []
    for number, path in enumerate(audio_files(str(data / "music"))):
        samples, rate_hz = _first_channel(path)
        rng = np.random.default_rng([SEED, number])
        n = round(TAKE_S * rate_hz)
        for start in rng.integers(len(samples) - n, size=MUSIC_PLACES):
            found.append(Recording("music", Sound(samples[start : start + n], rate_hz)))
    return found


def libri_speech(data: Path) -> list[Recording]:
    """The files of `data/speech` as they are."""
    files = audio_files(str(data / "speech"))
    return [Recording("LibriSpeech", Sound(*_first_channel(path))) for path in files]


def _first_channel(path: Path) -> tuple[Float32, int]:
    samples, rate_hz = read(path, channel=0)
    return samples, rate_hz


def piece(sound: Sound, length_s: float, rng: Rng) -> Sound:
    """So much of a recording, from a drawn place at which half of the frames are active."""
    n, frame = round(length_s * sound.rate_hz), round(FRAME_S * sound.rate_hz)
    if len(sound.samples) <= n:
        return sound
    least = active_power(sound.samples, sound.rate_hz) / ACTIVE_MARGIN
    best, most = sound.samples[:n], -1.0
    for start in rng.integers(len(sound.samples) - n, size=PLACES):
        samples = sound.samples[start : start + n]
        frames = samples[: n // frame * frame].reshape(-1, frame)
        active = float((np.square(frames).mean(axis=1) >= least).mean())
        if active >= 0.5:
            return sound.having(samples)
        if active > most:
            best, most = samples, active
    return sound.having(best)


def conditions(data: Path) -> list[Condition]:
    """Every condition, in the order of docs/design/evidence.md."""
    street = {"kind": "noise", "colour": "recorded", "recordings_from": str(data / "noise")}
    babble = {"kind": "noise", "colour": "babble", "recordings_from": str(data / "speech")}
    pcm = [{"kind": "resample", "rate_hz": 8000}, {"kind": "bit_depth", "bits": 16}]
    reduced = {"kind": "noise_reduction"}
    inside = {
        "clean": [],
        "mp3-64": [{"kind": "mp3", "kbit_s": 64}],
        "aac-64": [{"kind": "aac", "kbit_s": 64}],
        "opus-16": [{"kind": "opus", "kbit_s": 16}],
        "opus-24": [{"kind": "opus", "kbit_s": 24}],
        "street-20": [street | {"snr_db": 20}],
        "street-10": [street | {"snr_db": 10}],
        "pcm-8k": pcm,
        "g711-mu": [{"kind": "g711", "law": "mu"}],
        "gsm": [{"kind": "gsm"}],
        "amr-12.2": [{"kind": "amr_nb", "kbit_s": 12.2}],
        "room-0.4s": [{"kind": "simulated_room", "rt60_s": 0.4}],
    }
    neither = {
        "higher-4": [{"kind": "pitch_shift", "percent": 4}],
        "reduced, then opus-24": [reduced, {"kind": "opus", "kbit_s": 24}],
        "babble at -5 dB": [babble | {"snr_db": -5}],
        "amr-4.75": [{"kind": "amr_nb", "kbit_s": 4.75}],
        "white-10": [{"kind": "noise", "snr_db": 10}],
        "pink-10": [{"kind": "noise", "colour": "pink", "snr_db": 10}],
    }
    found = [Condition("inside", name, True, _chain(chain)) for name, chain in inside.items()]
    found.append(Condition("noise reduction", "reduced", False, _chain([reduced])))
    percents = (-20, -12, -8, 8, 12, 20)
    for group, kind in (("pitch", "pitch_shift"), ("tempo", "time_stretch")):
        for percent in percents:
            made = _chain([{"kind": kind, "percent": percent}])
            found.append(Condition(group, f"{group} {percent:+d} %", False, made))
    for percent in percents:
        found.append(Condition("speed", f"speed {percent:+d} %", False, partial(_faster, percent)))
    for name, made in (
        ("0.2 s alone", _little),
        ("0.2 s in digital silence", _little_in_silence),
        ("0.2 s in noise", _little_in_noise),
    ):
        found.append(Condition("little speech", name, False, made))
    white, pink = {"kind": "noise"}, {"kind": "noise", "colour": "pink"}
    for name, noise in (("white", white), ("pink", pink), ("street", street)):
        for snr_db in (-2, -5, -10):
            made = _chain([noise | {"snr_db": snr_db}])
            found.append(Condition("noise", f"{name} at {snr_db} dB", False, made))
    for name, made in (
        ("zeros", lambda sound, rng: sound.having(np.zeros_like(sound.samples))),
        ("dither", _dither),
        ("white noise alone", partial(_alone, white)),
        ("pink noise alone", partial(_alone, pink)),
        ("street noise alone", partial(_alone, street)),
    ):
        found.append(Condition("silence", name, False, made))
    for name in TONES:
        found.append(Condition("tones", name, False, partial(_tone, name)))
        noisy = partial(_tone_in_noise, name)
        found.append(Condition("tones", f"{name}, in noise", False, noisy))
    found += [Condition("neither", name, None, _chain(chain)) for name, chain in neither.items()]
    return found


def tries(sounds: list[Recording], condition: Condition, number: int) -> Iterator[Try]:
    """Every try of a condition, the `number`-th of all.

    A recording whose rate the condition cannot have is left out.
    """
    for index, recording in enumerate(sounds):
        for length_s in LENGTHS_S:
            milliseconds = round(1000 * length_s)
            cut = piece(
                recording.sound, length_s, np.random.default_rng([SEED, index, milliseconds])
            )
            rng = np.random.default_rng([SEED, index, milliseconds, number])
            try:
                made = condition.made(cut, rng)
            except MicfpError:  # AAC has no 64 kbit/s at 8 kHz
                continue
            yield Try(recording, length_s, made)


def _chain(chain: list[dict[str, Any]]) -> Callable[[Sound, Rng], Sound]:
    sections = TypeAdapter(list[Degradation]).validate_python(chain)
    return lambda sound, rng: degrade(sound, sections, rng)


def _faster(percent: int, sound: Sound, rng: Rng) -> Sound:
    return sound.having(resample(sound.samples, 100 + percent, 100))


def _little(sound: Sound, rng: Rng) -> Sound:
    n = round(SPEECH_S * sound.rate_hz)
    start = (len(sound.samples) - n) // 2
    return sound.having(sound.samples[start : start + n])


def _little_in_silence(sound: Sound, rng: Rng) -> Sound:
    speech = _little(sound, rng).samples
    around = round(AMONG_S * sound.rate_hz) - len(speech)
    return sound.having(np.pad(speech, (around // 2, around - around // 2)))


def _little_in_noise(sound: Sound, rng: Rng) -> Sound:
    return sound.having(pink_noise(_little_in_silence(sound, rng).samples, sound.rate_hz, 40, rng))


def _dither(sound: Sound, rng: Rng) -> Sound:
    n = len(sound.samples)
    steps = np.round(rng.uniform(-0.5, 0.5, n) + rng.uniform(-0.5, 0.5, n))
    return sound.having((steps / 32768).astype(np.float32))


def _alone(noise: dict[str, Any], sound: Sound, rng: Rng) -> Sound:
    """Noise as loud as the speech that it takes the place of."""
    mixed = _chain([noise | {"snr_db": 0}])(sound, rng)
    return sound.having(mixed.samples - sound.samples)


def _tone(name: str, sound: Sound, rng: Rng) -> Sound:
    return sound.having(_tone_samples(name, len(sound.samples), sound.rate_hz))


@lru_cache(maxsize=16)
def _tone_samples(name: str, n: int, rate_hz: int) -> Float32:
    samples = TONES[name](np.arange(n) / rate_hz, float(rate_hz))
    samples *= 10 ** (TONE_DBFS / 20) / np.sqrt(np.mean(np.square(samples)))
    return samples.astype(np.float32)


def _tone_in_noise(name: str, sound: Sound, rng: Rng) -> Sound:
    clean = _tone(name, sound, rng)
    return sound.having(pink_noise(clean.samples, sound.rate_hz, TONE_SNR_DB, rng))


def _sine(hz: float, time_s: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    return np.sin(2 * np.pi * hz * time_s)


def _harmonics(
    hz: float, n: int, time_s: NDArray[np.float64], rate_hz: float
) -> NDArray[np.float64]:
    """A sawtooth of n partials, of those below half the rate."""
    partials = [k for k in range(1, n + 1) if k * hz < rate_hz / 2]
    return np.sum([np.sin(2 * np.pi * k * hz * time_s) / k for k in partials], axis=0)


def _chord(time_s: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    return np.sum([_harmonics(hz, 6, time_s, rate_hz) for hz in (220.0, 277.2, 329.6)], axis=0)


def _sweep(time_s: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    """Each octave takes as long as any other."""
    low_hz, high_hz = 100.0, rate_hz / 4
    octaves = np.log(high_hz / low_hz)
    share = time_s / time_s[-1]
    return np.sin(2 * np.pi * low_hz * time_s[-1] / octaves * (np.exp(octaves * share) - 1))


def _dtmf(time_s: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    digit = (time_s / 0.15).astype(int) % len(DTMF_HZ)
    row_hz, column_hz = np.array(DTMF_HZ)[digit].T
    both = np.sin(2 * np.pi * row_hz * time_s) + np.sin(2 * np.pi * column_hz * time_s)
    return both * (time_s % 0.15 < 0.1)


TONES = {
    "sine of 200 Hz": partial(_sine, 200),
    "sine of 1000 Hz": partial(_sine, 1000),
    "sine of 3000 Hz": partial(_sine, 3000),
    "sawtooth of 150 Hz": partial(_harmonics, 150, 1000),
    "sweep": _sweep,
    "DTMF": _dtmf,
    "chord": _chord,
}
