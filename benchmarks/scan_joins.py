"""Recordings of two halves, of which it is known what changes between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from micfp.audio import read, resample
from micfp.bench.draws import generator
from micfp.bench.population import Take, render, takes
from micfp.config.audio import CorpusConfig
from micfp.config.population import PopulationConfig
from micfp.corpora import read_corpus
from micfp.degrade import Degradation, Sound, degrade
from micfp.degrade.registry import DEGRADATIONS

SEED = 16
"""That of the shipped model: speakers are parted alike."""
CHOOSING = np.random.default_rng(16).permutation(30)[:15]
"""Phones that choose, of all by name (docs/design/fingerprint.md)."""
PIECE_S, FADE_S = (3.5, 5.5), (0.005, 0.05)
HALF_S, N_DEVICES = 5.0, 6
Rng = np.random.Generator


@dataclass(frozen=True)
class Join:
    """A recording of two halves.

    Attributes
    ----------
    sound
        The whole.
    time_s
        When the second half begins; the middle of a cross-fade.
    what
        What changes: nothing, speaker, device, device and speaker, room, noise or codec.
    devices
        Names of those of both halves.
    by
        By what it changes: a name of a degradation, or nothing.
    """

    sound: Sound
    time_s: float
    what: str
    devices: tuple[str, str]
    by: str = ""


def chain(*sections: dict[str, Any]) -> list[Degradation]:
    """A chain of degradations."""
    return [DEGRADATIONS[one["kind"]].section.model_validate(one) for one in sections]


def joined(
    a: Sound, b: Sound, length_s: tuple[float, float], fade_s: float = 0.0
) -> tuple[Sound, float]:
    """The beginning of one sound, then the end of another as loud as it; and when."""
    second = b.samples if b.rate_hz == a.rate_hz else resample(b.samples, b.rate_hz, a.rate_hz)
    first = a.samples[: round(length_s[0] * a.rate_hz)]
    second = second[-round(length_s[1] * a.rate_hz) :]
    rms = [float(np.sqrt(np.mean(np.square(one)))) for one in (first, second)]
    second = second * np.float32(rms[0] / max(rms[1], 1e-9))
    n = round(fade_s * a.rate_hz)
    rising = np.linspace(0, 1, n, dtype=np.float32)
    across = first[len(first) - n :] * (1 - rising) + second[:n] * rising
    samples = np.concatenate([first[: len(first) - n], across, second[n:]])
    return a.having(np.clip(samples, -1, 1)), len(first) / a.rate_hz - fade_s / 2


class Phones:
    """Real phones of CCNU_Mobile."""

    def __init__(self, data: Path) -> None:
        root = data / "ccnu_mobile"
        table = read_corpus(CorpusConfig(name="phones", reader="ccnu_mobile", root=root))
        self.paths = {(one.device, one.content): Path(one.path) for one in table.itertuples()}
        names = sorted(table["device"].unique())
        self.choosing = [names[k] for k in CHOOSING]
        self.judging = [one for one in names if one not in self.choosing]
        mp3, opus = {"kind": "mp3", "kbit_s": 64}, {"kind": "opus", "kbit_s": 24}
        street = {"kind": "noise", "colour": "recorded", "recordings_from": str(data / "noise")}
        self.conditions = {
            "clean": (chain(), chain()),
            "cross-fades of 5-50 ms": (chain(), chain()),
            "MP3 64 after": (chain(), chain(mp3)),
            "MP3 64 before and after": (chain(mp3), chain(mp3)),
            "Opus 24 after": (chain(), chain(opus)),
            "street 20 dB": (chain(), chain({**street, "snr_db": 20})),
        }

    def sound(self, device: str, utterance: str) -> Sound:
        """One utterance of a phone."""
        return _read(self.paths[device, utterance])

    def joins(
        self, devices: Sequence[str], condition: str, count: int, *, same: bool, utterances: str
    ) -> Iterator[Join]:
        """Joins of two utterances, by two phones or by one."""
        before, after = self.conditions[condition]
        for k in range(count):
            rng = generator(SEED, "scan", condition, str(same), str(k))
            first, other = rng.choice(len(devices), 2, replace=False)
            names = (devices[first], devices[first if same else other])
            spoken = rng.permutation(list(utterances))[:2]
            fade_s = rng.uniform(*FADE_S) if condition.startswith("cross-fades") else 0.0
            halves = [
                degrade(self.sound(name, str(one)), before, rng)
                for name, one in zip(names, spoken, strict=True)
            ]
            lengths_s = (rng.uniform(*PIECE_S), rng.uniform(*PIECE_S))
            whole, time_s = joined(halves[0], halves[1], lengths_s, fade_s)
            what = "nothing" if same else "device"
            yield Join(degrade(whole, after, rng), time_s, what, names)


@lru_cache(maxsize=60)
def _read(path: Path) -> Sound:
    return Sound(*read(path, channel=0))


def virtual_joins(data: Path, name: str, part: tuple[int, int], number: int) -> Iterator[Join]:
    """Joins of six virtual phones that were in two rooms, with two speakers in each.

    `number` draws phones, rooms and speakers. Both halves of a sentence are the speaker's own.
    """
    config = PopulationConfig(
        name=f"{name} {number}",
        n_devices=N_DEVICES,
        sessions=2,
        speakers=2,
        common_sessions=True,
        take_s=2 * HALF_S,
        speech_from=data / "speech",
        speaker_part=part,
    )
    listed = takes(config, SEED)
    sounds = zip(listed, render(config, SEED, listed), strict=True)
    of = {_place(one): Sound(*made) for one, made in sounds}
    for device in range(N_DEVICES):
        name_of = [f"{config.name} {k}" for k in range(N_DEVICES)]
        other = (device + 1 + number % (N_DEVICES - 1)) % N_DEVICES
        alike = {
            "nothing": (device, 0, 0),
            "speaker": (device, 0, 1),
            "room": (device, 1, 0),
            "device": (other, 0, 0),
            "device and speaker": (other, 0, 1),
            "device and room": (other, 1, 0),
        }
        for what, second in alike.items():
            whole, time_s = joined(of[device, 0, 0], of[second], (HALF_S, HALF_S))
            yield Join(whole, time_s, what, (name_of[device], name_of[second[0]]))
        rng = generator(SEED, "scan", name, str(number), str(device))
        yield from _one_sided(data, of[device, 0, 0], name_of[device], rng)


def pair_joins(data: Path, name: str, part: tuple[int, int], number: int) -> Iterator[Join]:
    """Joins of two virtual phones that were in one room, with two speakers.

    Cheap, and each number has other speakers: how speakers differ is learned from many pairs alone.
    """
    config = PopulationConfig(
        name=f"{name} pair {number}",
        n_devices=2,
        sessions=1,
        speakers=2,
        common_sessions=True,
        take_s=2 * HALF_S,
        speech_from=data / "speech",
        speaker_part=part,
    )
    listed = takes(config, SEED)
    sounds = zip(listed, render(config, SEED, listed), strict=True)
    of = {(one.device, one.slot): Sound(*made) for one, made in sounds}
    for device in (0, 1):
        for second in of:
            changes = [("device", second[0] != device), ("speaker", second[1] != device)]
            what = " and ".join(word for word, is_so in changes if is_so) or "nothing"
            whole, time_s = joined(of[device, device], of[second], (HALF_S, HALF_S))
            names = (f"{config.name} {device}", f"{config.name} {second[0]}")
            yield Join(whole, time_s, what, names)


def _place(take: Take) -> tuple[int, int, int]:
    return take.device, take.session, take.slot


def _one_sided(data: Path, sound: Sound, device: str, rng: Rng) -> Iterator[Join]:
    """The second half of a recording degraded, or the first."""
    street = {"kind": "noise", "colour": "recorded", "recordings_from": str(data / "noise")}
    measured = {"kind": "measured_room", "rooms_from": str(data / "rooms")}
    by = {
        "white noise 20 dB": ("noise", {"kind": "noise", "snr_db": 20}),
        "street 20 dB": ("noise", {**street, "snr_db": 20}),
        "street 10 dB": ("noise", {**street, "snr_db": 10}),
        "simulated room 0.4 s": ("room", {"kind": "simulated_room", "rt60_s": 0.4}),
        "measured room": ("room", measured),
        "MP3 64": ("codec", {"kind": "mp3", "kbit_s": 64}),
        "MP3 32": ("codec", {"kind": "mp3", "kbit_s": 32}),
        "Opus 24": ("codec", {"kind": "opus", "kbit_s": 24}),
    }
    for name, (what, section) in by.items():
        changed = degrade(sound, chain(section), rng)
        halves = (sound, changed) if rng.random() < 0.5 else (changed, sound)
        whole, time_s = joined(*halves, (HALF_S, HALF_S))
        yield Join(whole, time_s, what, (device, device), name)
