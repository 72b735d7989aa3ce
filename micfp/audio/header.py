"""What must be known of file headers beyond what the decoders tell.

The chunks of RIFF WAVE, RF64/BW64 (EBU Tech 3306), Sony Wave64 and AIFF, to see whether a file
holds as much as its header promises, to copy samples untouched and to write WAV files; the last
page of an Ogg stream (RFC 3533); and the tag that states an MP3's length.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_PCM, _FLOAT, _ALAW, _MULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_MAX_CHUNKS = 10_000


@dataclass(frozen=True)
class WavHeader:
    """Where the samples of a chunked file begin, and their form (`fmt`, empty for AIFF)."""

    fmt: bytes
    data_offset: int
    data_bytes: int

    @property
    def n_channels(self) -> int:
        """Channels as the header has it."""
        return int(struct.unpack_from("<H", self.fmt, 2)[0])

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels, or 0 where the samples have no fixed size."""
        if len(self.fmt) < 16:
            return 0
        tag, channels, _, _, frame, bits = struct.unpack_from("<HHIIHH", self.fmt)
        if tag == _EXTENSIBLE and len(self.fmt) >= 26:
            tag = struct.unpack_from("<H", self.fmt, 24)[0]
        plain = tag in (_PCM, _FLOAT, _ALAW, _MULAW) and frame == channels * ((bits + 7) // 8)
        return int(frame) if plain else 0


def _riff_chunks(file: BinaryIO, form: str, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, offset and size of each chunk, from where `file` stands to `end`."""
    head = struct.calcsize(form)
    position = file.tell()
    for _ in range(_MAX_CHUNKS):
        if position + head > end:
            return
        file.seek(position)
        name, size = struct.unpack(form, file.read(head))
        if head == 24:  # Wave64: the size counts its own head, chunks are aligned to 8 bytes
            yield name[:4], position + head, size - head
            position += max(head, size + 7 & ~7)
        else:
            yield name, position + head, size
            position += head + size + (size & 1)


def read_wav_header(file: BinaryIO) -> WavHeader | None:
    """Read the header of a RIFF, RF64, BW64, Wave64 or AIFF file; None for any other.

    Parameters
    ----------
    file
        Open for reading in binary mode; its position is changed.

    References
    ----------
    EBU Tech 3306 (RF64).
    """
    end = os.fstat(file.fileno()).st_size
    file.seek(0)
    magic = file.read(40)
    if magic[:4] in (b"RIFF", b"RF64", b"BW64") and magic[8:12] == b"WAVE":
        file.seek(12)
        form = "<4sI"
    elif magic[:4] == b"riff" and magic[24:28] == b"wave":
        form = "<16sQ"
    elif magic[:4] == b"FORM" and magic[8:12] in (b"AIFF", b"AIFC"):
        file.seek(12)
        form = ">4sI"
    else:
        return None
    fmt, data64 = b"", None
    for name, offset, size in _riff_chunks(file, form, end):
        file.seek(offset)
        if name == b"fmt ":
            fmt = file.read(min(size, 64))
        elif name == b"ds64" and size >= 16:
            data64 = struct.unpack("<8xQ", file.read(16))[0]
        elif name in (b"data", b"SSND"):
            nothing_follows = int.from_bytes(magic[4:8], "little") + 8 <= offset
            if form == "<4sI" and (size == 0xFFFFFFFF or (size == 0 and nothing_follows)):
                # The size is in ds64, or was never known: a pipe, a recorder that lost power.
                size = end - offset if data64 is None else data64
            return WavHeader(fmt, offset, size)
    return None


def ogg_end_is_missing(file: BinaryIO) -> bool:
    """Whether an Ogg stream stops without the page that is marked as its last."""
    file.seek(0)
    if file.read(4) != b"OggS":
        return False
    file.seek(max(0, os.fstat(file.fileno()).st_size - 2 * 65_307))  # the largest page: 65 307
    tail = file.read()
    last = tail.rfind(b"OggS\0")
    return not tail[last + 5 : last + 6] or not tail[last + 5] & 4


def mp3_states_its_length(file: BinaryIO) -> bool:
    """Whether the first MP3 frame is a Xing/Info/VBRI tag, which has the number of samples."""
    file.seek(0)
    head = file.read(10)
    start = 0
    if head[:3] == b"ID3" and len(head) == 10:
        a, b, c, d = head[6:]
        start = 10 + (a << 21 | b << 14 | c << 7 | d)
    file.seek(start)
    frame = file.read(1024)
    return any(tag in frame for tag in (b"Xing", b"Info", b"VBRI"))
