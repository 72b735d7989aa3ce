"""Finds out what an audio file is, and opens it for libsndfile."""

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

from micfp.audio.header import mp3_states_its_length, ogg_end_is_missing, read_wav_header
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

    Attributes
    ----------
    n_samples
        Samples of one channel that can be read.
    codec
        Form of the samples, e.g. `pcm_s16`, `pcm_s24`, `pcm_u8`, `float32`, `flac_s16`, `mp3`,
        `vorbis`, `opus`, `aac`, `amr_nb`.
    truncated
        The header promises more than the file holds, or parts were too damaged to decode.
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
        status = os.stat(path)
    except FileNotFoundError:
        raise MicfpError(f"{path}: no such file; check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MicfpError(f"{path}: cannot be opened ({reason})") from None
    if stat.S_ISDIR(status.st_mode):
        raise MicfpError(f"{path}: is a folder; give an audio file")
    if not stat.S_ISREG(status.st_mode):
        raise MicfpError(f"{path}: is not a regular file; give an audio file")
    if status.st_size == 0:
        raise MicfpError(f"{path}: is empty (0 bytes); record or copy it again")
    return status


def _by_libsndfile(path: str) -> tuple[AudioInfo, bool] | None:
    """What libsndfile says, and whether it can be trusted to the last sample; None: unknown."""
    with opened(path) as file:
        header = read_wav_header(file)
        size = os.fstat(file.fileno()).st_size
        cut = header is not None and header.data_offset + header.data_bytes > size
        cut = cut or ogg_end_is_missing(file)
        mp3_length = mp3_states_its_length(file)
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
    by_libsndfile = _by_libsndfile(path)
    if by_libsndfile is not None and by_libsndfile[1]:
        return Source(by_libsndfile[0], by_ffmpeg=False)
    from micfp.audio import ffmpeg

    track = ffmpeg.probe(path)
    promised = by_libsndfile[0].n_samples if by_libsndfile is not None else 0
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
    """Find out what a file holds and which library reads it, or remember it; see `probe`."""
    status = _stat(path)
    if time.time_ns() - status.st_mtime_ns < _RACY_NS:
        return _examined(str(path))
    return _examined_before(
        str(path),
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
        status.st_dev,
    )


def probe(path: str | Path) -> AudioInfo:
    """Find out what an audio file holds.

    WAV, FLAC, Ogg, MP3 with a length tag, MP4 and M4A take milliseconds; files without an exact
    length (MKV, WebM, AMR, ADTS AAC) are decoded once to count. The answer is remembered until
    the file changes.

    Parameters
    ----------
    path
        Any audio file, or a video with an audio track.

    Raises
    ------
    MicfpError
        No such file, a folder, unreadable, empty, not audio, no track, no samples.
    """
    return examine(path).info
