"""Finds out what an audio file is, for audio.py, and opens it for libsndfile."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import soundfile as sf

from micfp.audio import header as audio_header
from micfp.errors import MicfpError

_RACY_NS = 2_000_000_000  # a file written this recently may change without a new time stamp
_CODECS = {
    "PCM_U8": "pcm_u8",
    "PCM_S8": "pcm_s8",
    "PCM_16": "pcm_s16",
    "PCM_24": "pcm_s24",
    "PCM_32": "pcm_s32",
    "FLOAT": "float32",
    "DOUBLE": "float64",
    "ULAW": "mulaw",
    "MPEG_LAYER_III": "mp3",
}


@dataclass(frozen=True)
class AudioInfo:
    """What a file holds.

    `n_samples` counts one channel and is what can be read. `codec` is the form of the samples, e.g.
    `pcm_s16`, `pcm_s24`, `pcm_u8`, `float32`, `flac_s16`, `mp3`, `vorbis`, `opus`, `aac`, `amr_nb`.
    `truncated`: the header promises more than is there, or parts were too damaged to decode.
    """

    path: str
    sample_rate_hz: int
    n_samples: int
    n_channels: int
    codec: str
    truncated: bool


@dataclass(frozen=True)
class Source:
    """A file that can be read, and by which library."""

    info: AudioInfo
    by_ffmpeg: bool


class _SoundFile(sf.SoundFile):  # type: ignore[misc]
    """soundfile, without its seek after every read.

    That seek costs time, and spoils the next frames of an MP3 with variable bit rate.
    """

    def seekable(self) -> bool:
        """Deny what soundfile asks only to keep a write position."""
        return False


@contextmanager
def opened(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for reading in binary mode; MicfpError where that fails."""
    try:
        file = open(path, "rb", buffering=0)  # noqa: SIM115
    except PermissionError:
        raise MicfpError(f"{path}: may not be read; give yourself the right to (chmod)") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MicfpError(f"{path}: cannot be opened ({reason})") from None
    with file:
        yield file


@contextmanager
def sound_file(path: str | Path) -> Iterator[sf.SoundFile]:
    """libsndfile on an open file: it sees no name, so that no extension misleads it."""
    with (
        opened(path) as file,
        _SoundFile(file.fileno(), closefd=False) as sound,
    ):
        yield sound


def _stat(path: str | Path) -> os.stat_result:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        raise MicfpError(f"{path}: no such file; check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MicfpError(f"{path}: cannot be opened ({reason})") from None
    if stat.S_ISDIR(found.st_mode):
        raise MicfpError(f"{path}: is a folder; give an audio file")
    if not stat.S_ISREG(found.st_mode):
        raise MicfpError(f"{path}: is not a regular file; give an audio file")
    if found.st_size == 0:
        raise MicfpError(f"{path}: is empty (0 bytes); record or copy it again")
    return found


def _by_libsndfile(path: str) -> tuple[AudioInfo, bool] | None:
    """What libsndfile says, and whether it can be trusted to the last sample; None: unknown."""
    with opened(path) as file:
        header = audio_header.read_wav_header(file)
        size = os.fstat(file.fileno()).st_size
        cut = header is not None and header.data_offset + header.data_bytes > size
        cut = cut or audio_header.ogg_end_is_missing(file)
        mp3_length = audio_header.mp3_states_its_length(file)
    if header is not None and header.fmt and header.n_channels == 0:
        raise MicfpError(
            f"{path}: its header says 0 channels; it is damaged, record or copy it again"
        )
    try:
        with sound_file(path) as sound:
            if header is not None and sound.frames == 0:
                if header.data_bytes and header.data_offset < size:
                    return None
                raise MicfpError(f"{path}: holds a header and no samples; record or copy it again")
            codec = _CODECS.get(sound.subtype, sound.subtype.lower())
            if sound.format == "FLAC":
                codec = codec.replace("pcm", "flac")
            info = AudioInfo(path, sound.samplerate, sound.frames, sound.channels, codec, bool(cut))
            if codec == "mp3" and not mp3_length:
                return None
            sound.seek(sound.frames - 1)
            return info, len(sound.read(1)) == 1
    except sf.LibsndfileError:
        return (info, False) if "info" in locals() else None


def _examined(path: str) -> Source:
    found = _by_libsndfile(path)
    if found is not None and found[1]:
        return Source(found[0], by_ffmpeg=False)
    from micfp.audio import ffmpeg as audio_ffmpeg

    track = audio_ffmpeg.probe(path)
    promised = found[0].n_samples if found is not None else 0
    truncated = not track.complete or track.n_samples < promised < 2**62
    return Source(
        AudioInfo(
            path, track.sample_rate_hz, track.n_samples, track.n_channels, track.codec, truncated
        ),
        by_ffmpeg=True,
    )


@lru_cache(maxsize=4096)
def _examined_before(path: str, *_identity: int) -> Source:
    return _examined(path)


def examine(path: str | Path) -> Source:
    """Find out what a file holds, or remember it; see `micfp.audio.probe`."""
    found = _stat(path)
    if time.time_ns() - found.st_mtime_ns < _RACY_NS:
        return _examined(str(path))
    identity = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)
    return _examined_before(str(path), *identity)
