"""Finds out what an audio file is, and opens it for libsndfile."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import soundfile as sf

from micfp.audio.boxes import is_cut_off
from micfp.audio.failures import as_sentences
from micfp.audio.header import has_id3_tag, mp3_states_its_length, read_wav_header
from micfp.audio.ogg import ogg_pages
from micfp.audio.wav import wav_head
from micfp.errors import MicfpError

if TYPE_CHECKING:
    from micfp.audio.ffmpeg import Track

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 1_000, 1_536_000
MOST_CHANNELS = 64
_RACY_NS = 2_000_000_000  # a file written this recently may change without a new time stamp
_BLOCK_SAMPLES = 1 << 16
_LONGEST_OGG_PACKET = 8192  # samples: a block of Vorbis; Opus has 120 ms
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
        The header promises more or less than the file holds, pages are missing, or parts were too
        damaged to decode: this is not all of the recording, or not only it.
    track
        Which audio track it is, from 0.
    notes
        What a reader must know of how the file was read, a sentence each.
    """

    path: str
    sample_rate_hz: int
    n_samples: int
    n_channels: int
    codec: str
    truncated: bool
    track: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A file that can be read: by libsndfile, or by FFmpeg where there is a `ffmpeg_track`."""

    info: AudioInfo
    ffmpeg_track: "Track | None" = None

    @property
    def by_ffmpeg(self) -> bool:
        """Whether FFmpeg reads it."""
        return self.ffmpeg_track is not None


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
    """Libsndfile on an open file: it sees no name, so that no extension misleads it."""
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


@dataclass(frozen=True)
class _Found:
    """What the bytes of a file say before anything is decoded."""

    cut: bool
    notes: tuple[str, ...]
    for_ffmpeg: bool  # libsndfile would give a part only, or another rate
    stated_samples: int = 0  # by a WAV header or the last page of an Ogg stream; 0: nothing exact
    links: tuple[int, ...] = (0,)
    unfinished: bool = False
    head: bytes = b""  # in the place of one that was never finished


def _look(path: str) -> _Found:
    """Read the headers: what they promise, and who may decode the file."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        wav = read_wav_header(file)
        if wav is not None:
            if wav.fmt and (len(wav.fmt) < 14 or wav.n_channels == 0):
                raise MicfpError(
                    f"{path}: its format chunk is cut off or says 0 channels; it is damaged, "
                    "record or copy it again"
                )
            if wav.unpadded:
                raise MicfpError(
                    f"{path}: its chunk {wav.unpadded!r} has an odd length and no padding, so that "
                    "programs miss the sound behind it; save it anew with an audio editor"
                )
            if wav.data_bytes == 0 or wav.data_offset >= size:
                raise MicfpError(f"{path}: holds a header and no samples; record or copy it again")
            notes = []
            if wav.unfinished:
                notes.append("its size was never written: it is read to the end of the file")
            if wav.unnamed_bytes:
                notes.append(
                    f"{wav.unnamed_bytes} bytes stand behind the samples that its header speaks of,"
                    " and are not read"
                )
            cut = wav.data_offset + wav.data_bytes > size or wav.unnamed_bytes > 0
            stated = wav.data_bytes // wav.frame_bytes if wav.frame_bytes else 0
            if wav.unfinished and wav.fmt:
                head = wav_head(wav.fmt, 0, 0)[:-4] + b"\xff" * 4
                return _Found(cut, tuple(notes), True, stated, (wav.data_offset,), True, head)
            return _Found(cut, tuple(notes), False, stated)
        if (ogg := ogg_pages(file)) is not None:
            notes = []
            if ogg.n_lost:
                notes.append(f"pages of its Ogg stream are missing or damaged ({ogg.n_lost})")
            if len(ogg.links) > 1:
                notes.append(f"{len(ogg.links)} recordings are chained in it, and read as one")
            broken = ogg.cut or ogg.n_lost > 0
            simple = ogg.ended and ogg.n_streams == 1 and not ogg.is_opus and not broken
            stated = ogg.n_samples if len(ogg.links) == 1 and not broken else 0
            return _Found(broken, tuple(notes), not simple, stated, ogg.links or (0,))
        # Behind an ID3 tag libsndfile may never come back: only MPEG audio that states its length.
        return _Found(is_cut_off(file), (), has_id3_tag(file) and not mp3_states_its_length(file))


def _by_libsndfile(path: str, found: _Found) -> AudioInfo | None:
    """What libsndfile reads to the last sample; None: another decoder must."""
    try:
        with sound_file(path) as sound:
            codec = _CODECS.get(sound.subtype, sound.subtype.lower())
            if sound.format == "FLAC":
                codec = codec.replace("pcm", "flac")
            # libsndfile takes all that follows in a Wave64 file for samples.
            n_samples = min(sound.frames, found.stated_samples or sound.frames)
            if n_samples == 0:
                return None
            info = AudioInfo(
                path, sound.samplerate, n_samples, sound.channels, codec, found.cut,
                notes=found.notes,
            )  # fmt: skip
            if codec == "mp3":
                with opened(path) as file:
                    if not mp3_states_its_length(file):
                        return None
            is_packed = sound.format == "FLAC" or codec == "mp3" or codec.startswith("alac")
            if is_packed and not _decodes(sound):
                return None
            sound.seek(n_samples - 1)
            return info if len(sound.read(1)) == 1 else None
    except sf.LibsndfileError:
        return None


def _decodes(sound: sf.SoundFile) -> bool:
    """Whether every frame decodes: libsndfile gives up at the first that is damaged."""
    block = np.empty((_BLOCK_SAMPLES, sound.channels), np.float32)
    position = 0
    while n_samples := sound.buffer_read_into(block, "float32"):
        position += n_samples
    return position == int(sound.frames)


def _examined(path: str, track_index: int | None) -> Source:
    with as_sentences(path):
        found = _look(path)
        if track_index in (None, 0) and not found.for_ffmpeg:
            info = _by_libsndfile(path, found)
            if info is not None:
                _check_form(path, info.sample_rate_hz, info.n_channels)
                return Source(info)
        from micfp.audio import ffmpeg

        track = ffmpeg.probe(path, track_index, found.links, found.head)
    _check_form(path, track.sample_rate_hz, track.n_channels)
    damaged = track.damaged and not found.unfinished
    notes = list(found.notes)
    if damaged:
        notes.append("parts of it could not be decoded")
    if track.has_parts:
        notes.append("its edit list has several parts, which are cut to whole packets")
    if track.n_tracks > 1:
        notes.append(f"of {track.n_tracks} audio tracks, track {track.index} is read")
    n_samples = track.n_samples
    if 0 < n_samples - found.stated_samples <= _LONGEST_OGG_PACKET and found.stated_samples > 0:
        n_samples = found.stated_samples  # what the last packet holds beyond is padding
    info = AudioInfo(
        path,
        track.sample_rate_hz,
        n_samples,
        track.n_channels,
        track.codec,
        found.cut or damaged or n_samples < _promised_by_mp3(path),
        track.index,
        tuple(notes),
    )
    return Source(info, track)


def _promised_by_mp3(path: str) -> int:
    """Samples that the tag of an MP3 file promises; 0: it has none."""
    with opened(path) as file:
        if not mp3_states_its_length(file):
            return 0
    try:
        with sound_file(path) as sound:
            return int(sound.frames) if sound.format == "MP3" else 0
    except sf.LibsndfileError:
        return 0


def _check_form(path: str, sample_rate_hz: int, n_channels: int) -> None:
    if n_channels > MOST_CHANNELS:
        raise MicfpError(
            f"{path}: has {n_channels} channels, and at most {MOST_CHANNELS} are read; take out "
            "those that matter"
        )
    if not LOWEST_RATE_HZ <= sample_rate_hz <= HIGHEST_RATE_HZ:
        raise MicfpError(
            f"{path}: its header says {sample_rate_hz} Hz, and {LOWEST_RATE_HZ} to "
            f"{HIGHEST_RATE_HZ} Hz are read; it is damaged, record or copy it again"
        )


@lru_cache(maxsize=4096)
def _examined_before(path: str, track_index: int | None, *_identity: int) -> Source:
    return _examined(path, track_index)


def examine(path: str | Path, track_index: int | None = None) -> Source:
    """Find out what a file holds and which library reads it, or remember it; see `probe`."""
    status = _stat(path)
    if time.time_ns() - status.st_mtime_ns < _RACY_NS:
        return _examined(str(path), track_index)
    return _examined_before(
        str(path),
        track_index,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
        status.st_dev,
    )


def probe(path: str | Path, track: int | None = None) -> AudioInfo:
    """Find out what an audio file holds.

    WAV and Vorbis take milliseconds; the others (Opus, M4A and MP4, MKV, WebM, AMR, ADTS AAC...)
    are decoded once to count, and FLAC and MP3 to find damage. The answer is remembered until the
    file changes.

    Parameters
    ----------
    path
        Any audio file, or a video with an audio track.
    track
        The audio track, from 0; None: the first that decodes and is not silent throughout.

    Raises
    ------
    MicfpError
        No such file, a folder, unreadable, empty, not audio, no such track, no samples, a sample
        rate outside 1 kHz to 1.536 MHz, more than 64 channels, a change of form on the way.
    """
    return examine(path, track).info
