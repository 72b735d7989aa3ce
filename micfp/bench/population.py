"""A population of virtual phones: distinct devices, many speakers, rooms and sessions.

Every device, session and recording draws from a generator of its own (`draws.generator`), so that
one more device changes no other, and a device is the same whatever else is rendered. Samples are
made at 48 kHz and leave at the device's own rate, by way of the codec of its recorder.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from micfp.bench.draws import generator
from micfp.bench.phone import VirtualPhone, draw_phone, recorded
from micfp.config.population import PopulationConfig
from micfp.errors import MicfpError

if TYPE_CHECKING:
    pass

Samples = NDArray[np.float32]
WORK_HZ = 48_000
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Take:
    """One recording of the population, before it is made.

    Attributes
    ----------
    device, session
        Numbers from 0; a session is one of this device alone.
    speech
        The file that is heard.
    piece
        Which piece of `take_s` of it; goes round in a file that is too short for it.
    """

    device: int
    session: int
    slot: int
    speech: Path
    piece: int

    @property
    def speaker(self) -> str:
        """What stands before the first dash of the file's name, as in LibriSpeech."""
        return self.speech.stem.partition("-")[0]


def takes(config: PopulationConfig, seed: int) -> list[Take]:
    """Every recording of a population, device by device; opens no audio.

    Of sessions with the same speakers, each has another piece of what they say where the file is
    long enough.

    Raises
    ------
    MicfpError
        A folder without speech, or with fewer speakers than a device needs.
    """
    files = speech_files(config, seed)
    by_speaker: dict[str, list[Path]] = {}
    for file in files:
        by_speaker.setdefault(file.stem.partition("-")[0], []).append(file)
    speakers = list(by_speaker)
    groups = -(-config.sessions // config.sessions_with_same_speakers)
    n_wanted = groups * config.speakers
    if len(speakers) < n_wanted:
        raise MicfpError(
            f"{config.speech_from}: {len(speakers)} speakers to take, and {n_wanted} are wanted "
            "for each device: add files, or lower sessions or speakers of the population"
        )
    found = []
    for device in range(config.n_devices):
        of_whom = "all" if config.common_sessions else str(device)
        rng = generator(seed, "population", config.name, "speakers", of_whom)
        drawn = [speakers[k] for k in rng.choice(len(speakers), n_wanted, replace=False)]
        spoken = [by_speaker[one][rng.integers(len(by_speaker[one]))] for one in drawn]
        for session in range(config.sessions):
            group, piece = divmod(session, config.sessions_with_same_speakers)
            for slot in range(config.speakers):
                speech = spoken[group * config.speakers + slot]
                found.append(Take(device, session, slot, speech, piece))
    return found


def speech_files(config: PopulationConfig, seed: int) -> list[Path]:
    """Files of the speakers that a population takes: `speaker_part` of all, dealt by the seed."""
    from micfp.degrade.files import audio_files

    if config.speech_from is None:
        raise MicfpError(
            "population.speech_from names no folder: give one of recordings of speech, one file or "
            "more per speaker, named SPEAKER-....flac"
        )
    files = audio_files(str(config.speech_from))
    speakers = sorted({file.stem.partition("-")[0] for file in files})
    part, n_parts = config.speaker_part
    order = generator(seed, "population", "parts of speakers").permutation(len(speakers))
    taken = {speakers[k] for k in order[part::n_parts]}
    return [file for file in files if file.stem.partition("-")[0] in taken]


def phone(config: PopulationConfig, seed: int, device: int) -> VirtualPhone:
    """Draw a device of a population, by its number."""
    return draw_phone(config, generator(seed, "population", config.name, "device", str(device)))


def render(
    config: PopulationConfig, seed: int, of: Sequence[Take]
) -> Iterator[tuple[Samples, int]]:
    """Samples (n,) and rate in Hz of each of these recordings, one after the other."""
    for take in of:
        device = phone(config, seed, take.device)
        where = (config.name, str(take.device), str(take.session))
        in_room = (config.name, "all", str(take.session)) if config.common_sessions else where
        room = generator(seed, "population", "session", *in_room)
        rng = generator(seed, "population", "take", *where, str(take.slot))
        yield recorded(device, config.session, _spoken(config, take), room, rng), device.rate_hz


def _spoken(config: PopulationConfig, take: Take) -> Samples:
    """A piece of a speaker's file at 48 kHz, of RMS 1."""
    from micfp.audio import probe, read, resample

    info = probe(take.speech)
    n_wanted = round(config.take_s * info.sample_rate_hz)
    n_pieces = max(1, info.n_samples // n_wanted)
    start = (take.piece % n_pieces) * n_wanted
    piece = read(take.speech, start, min(start + n_wanted, info.n_samples), channel=0)[0]
    spoken = resample(np.resize(piece, n_wanted), info.sample_rate_hz, WORK_HZ)
    return spoken / np.float32(max(float(np.sqrt(np.mean(spoken**2))), 1e-9))
