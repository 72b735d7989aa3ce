"""A population of virtual phones: distinct devices, many speakers, rooms and sessions.

Every device, session and recording draws from a generator of its own (`draws.generator`), so that
one more device changes no other, and a device is the same whatever else is rendered. Samples are
made at 48 kHz and leave at the device's own rate, by way of the codec of its recorder.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from micfp.audio import read, resample, write_wav
from micfp.bench.build import COLUMNS
from micfp.bench.draws import generator
from micfp.bench.phone import WORK_HZ, VirtualPhone, draw_phone, recorded
from micfp.bench.speech import sentences, speak
from micfp.config.population import PopulationConfig
from micfp.degrade.files import audio_files
from micfp.errors import MicfpError
from micfp.progress import progress

Samples = NDArray[np.float32]
WORDS_PER_MINUTE = 170
SENTENCE_S = 2.0
"""What a sentence lasts at least."""
VOICES = tuple(
    f"{accent}{variant}"
    for accent in ("en-us", "en-gb-x-gbcwmd", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan")
    for variant in ("", *(f"+f{k}" for k in range(1, 6)), *(f"+m{k}" for k in range(1, 9)))
)
"""Voices of espeak-ng: accents with their variants, 70 of them."""


@dataclass(frozen=True)
class Take:
    """One recording of the population, before it is made.

    Attributes
    ----------
    device, session, slot
        Numbers from 0; a session is one of this device alone, a slot one of its speakers.
    speaker
        Who speaks: what stands before the first dash of a file's name, or a voice of espeak-ng.
    speech
        The file that is heard; None: espeak-ng speaks.
    piece
        Which piece of `take_s` of it; goes round in a file that is too short for it.
    """

    device: int
    session: int
    slot: int
    speaker: str
    speech: Path | None
    piece: int


def takes(config: PopulationConfig, seed: int) -> list[Take]:
    """Every recording of a population, device by device; opens no audio.

    Of sessions with the same speakers, each has another piece of what they say where the file is
    long enough.

    Raises
    ------
    MicfpError
        A folder without speech, or with fewer speakers than a device needs.
    """
    by_speaker = speakers_of(config, seed)
    speakers = list(by_speaker)
    groups = -(-config.sessions // config.sessions_with_same_speakers)
    n_wanted = groups * config.speakers
    if len(speakers) < n_wanted:
        raise MicfpError(
            f"{config.speech_from or 'espeak-ng'}: {len(speakers)} speakers to take, and "
            f"{n_wanted} are wanted for each device: add files, or lower sessions or speakers of "
            "the population"
        )
    found = []
    for device in range(config.n_devices):
        of_whom = "all" if config.common_sessions else str(device)
        rng = generator(seed, "population", config.name, "speakers", of_whom)
        drawn = [speakers[k] for k in rng.choice(len(speakers), n_wanted, replace=False)]
        spoken = [_one_of(by_speaker[one], rng) for one in drawn]
        for session in range(config.sessions):
            group, piece = divmod(session, config.sessions_with_same_speakers)
            for slot in range(config.speakers):
                k = group * config.speakers + slot
                found.append(Take(device, session, slot, drawn[k], spoken[k], piece))
    return found


def _one_of(files: Sequence[Path], rng: np.random.Generator) -> Path | None:
    return files[int(rng.integers(len(files)))] if files else None


def speakers_of(config: PopulationConfig, seed: int) -> dict[str, list[Path]]:
    """The speakers that a population takes, `speaker_part` of all, with their files."""
    by_speaker: dict[str, list[Path]] = {}
    if config.speech_from is None:
        by_speaker = {voice: [] for voice in VOICES}
    else:
        for file in audio_files(str(config.speech_from)):
            by_speaker.setdefault(file.stem.partition("-")[0], []).append(file)
    speakers = sorted(by_speaker)
    part, n_parts = config.speaker_part
    order = generator(seed, "population", "parts of speakers").permutation(len(speakers))
    taken = {speakers[k] for k in order[part::n_parts]}
    return {one: files for one, files in by_speaker.items() if one in taken}


def write_population(config: PopulationConfig, seed: int, out: Path) -> int:
    """Write every recording as WAV with the `recordings.csv` that labels it; return their number.

    A device is its own model, and a session is one of its device alone, but for common ones; what
    is played is named by speaker and piece. The reader `bench` takes the folder.

    Raises
    ------
    MicfpError
        As of `takes` and `render`, and where the folder cannot be written.
    """
    try:
        return _write_population(config, seed, out)
    except OSError as error:
        raise MicfpError(
            f"{out}: the recordings could not be written ({error.strerror or error}); give a "
            "folder that can be written, with room for them"
        ) from None


def _write_population(config: PopulationConfig, seed: int, out: Path) -> int:
    import csv

    planned = takes(config, seed)
    write_takes(config, seed, planned, out)
    with (out / "recordings.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([COLUMNS, *(row_of(config, take) for take in planned)])
    return len(planned)


def write_takes(config: PopulationConfig, seed: int, of: Sequence[Take], out: Path) -> None:
    """Render recordings and write each as WAV, where `row_of` says below a folder.

    Raises
    ------
    MicfpError
        As of `render`.
    """
    sounds = render(config, seed, of)
    for take, (samples, rate_hz) in zip(of, progress(sounds, len(of), config.name), strict=True):
        path = out / row_of(config, take)[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        write_wav(path, samples, rate_hz)


def row_of(config: PopulationConfig, take: Take) -> tuple[str, ...]:
    """What labels a recording, in the order of COLUMNS: path below the folder, device and so on."""
    device = f"{config.name} {take.device:04}".replace("/", "-")
    path = f"{device}/{take.session}-{take.slot}.wav"
    session = f"session {take.session}"
    if not config.common_sessions:
        session = f"{device} {session}"
    return path, device, "virtual", device, "1", session, f"{take.speaker} {take.piece}"


def phone(config: PopulationConfig, seed: int, device: int) -> VirtualPhone:
    """Draw a device of a population, by its number."""
    return draw_phone(config, generator(seed, "population", config.name, "device", str(device)))


def render(
    config: PopulationConfig, seed: int, of: Sequence[Take]
) -> Iterator[tuple[Samples, int]]:
    """Samples (n,) and rate in Hz of each of these recordings, one after the other.

    Raises
    ------
    MicfpError
        A file of speech that cannot be read, or holds no sound.
    """
    for take in of:
        device = phone(config, seed, take.device)
        where = (config.name, str(take.device), str(take.session))
        in_room = (config.name, "all", str(take.session)) if config.common_sessions else where
        room = generator(seed, "population", "session", *in_room)
        rng = generator(seed, "population", "take", *where, str(take.slot))
        yield recorded(device, config.session, _spoken(config, take), room, rng), device.rate_hz


def _spoken(config: PopulationConfig, take: Take) -> Samples:
    """A piece of what a speaker says at 48 kHz, of RMS 1."""
    if take.speech is None:
        whole, rate_hz = _voice(take.speaker, config.take_s * config.sessions_with_same_speakers)
    else:
        whole, rate_hz = read(take.speech, channel=0)
    n_wanted = round(config.take_s * rate_hz)
    n_pieces = max(1, len(whole) // n_wanted)
    start = (take.piece % n_pieces) * n_wanted
    spoken = resample(np.resize(whole[start : start + n_wanted], n_wanted), rate_hz, WORK_HZ)
    with np.errstate(over="ignore"):
        rms = float(np.sqrt(np.mean(spoken**2)))
    if not np.isfinite(rms):
        raise MicfpError(
            f"{take.speech}: its samples are not finite or beyond all sense; record or export the "
            "speech again, or take the file away"
        )
    return spoken / np.float32(max(rms, 1e-9))


@lru_cache(maxsize=256)
def _voice(voice: str, length_s: float) -> tuple[Samples, int]:
    """Sentences by a voice of espeak-ng, each voice beginning with another, for so long or more."""
    texts = sentences()
    n = max(1, round(length_s / SENTENCE_S))
    first = VOICES.index(voice) * n
    said = [(voice, texts[(first + k) % len(texts)]) for k in range(n)]
    spoken, rate_hz = speak(said, WORDS_PER_MINUTE)
    return np.concatenate(spoken), rate_hz
