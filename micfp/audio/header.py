"""What must be known of file headers beyond what the decoders tell.

The chunks of RIFF WAVE, RF64/BW64 (EBU Tech 3306), Sony Wave64 and AIFF, to see whether a file
holds as much as its header promises, and to copy samples untouched; and the tag that states an
MP3's length.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_PCM, _FLOAT, _ALAW, _MULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_MAX_CHUNKS = 10_000
_MOST_TAG_BYTES = 4096  # behind an MP3, where nothing says that it is a tag


@dataclass(frozen=True)
class WavHeader:
    """Where the samples of a chunked file begin, and their form (`fmt`, empty for AIFF and RIFX).

    Attributes
    ----------
    data_bytes
        As the header states them; what there is where it states none.
    unfinished
        The size was never filled in: the samples go to the end of the file.
    unnamed_bytes
        Bytes behind the samples that are no chunk: the header speaks of a part only.
    unpadded
        Name of a chunk of odd length that the next one follows without padding; "": none.
    """

    fmt: bytes
    data_offset: int
    data_bytes: int
    unfinished: bool = False
    unnamed_bytes: int = 0
    unpadded: str = ""

    @property
    def n_channels(self) -> int:
        """Channels as the header has it."""
        return int(struct.unpack_from("<H", self.fmt, 2)[0]) if len(self.fmt) >= 4 else 0

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
        if head == 8 and not _is_name(name):  # an odd chunk that was not padded?
            file.seek(position - 1)
            earlier, its_size = struct.unpack(form, file.read(head))
            if _is_name(earlier):
                position, name, size = position - 1, earlier, its_size
        if head == 24:  # Wave64: the size counts its own head, chunks are aligned to 8 bytes
            yield name[:4], position + head, size - head
            position += max(head, size + 7 & ~7)
        else:
            yield name, position + head, size
            position += head + size + (size & 1)


def _is_name(name: bytes) -> bool:
    return all(32 <= byte < 127 for byte in name)


def _is_placeholder(size: int) -> bool:
    """Whether a size is one that programs write which cannot know it (SoX: 0x7FFFF000)."""
    if size > 0xFFFFFFFF:  # of 64 bits
        return size >= 1 << 62
    return 0x7FFFF000 - 64 <= size <= 0x7FFFFFFF or size >= 0xFFFFFF00


def _are_chunks(file: BinaryIO, start: int, end: int) -> bool:
    """Whether nothing but chunks with names stands between two places; padding may lack.

    What remains at the end may be less than the head of a chunk.
    """
    position = start
    while position + 8 <= end:
        file.seek(position)
        name, size = struct.unpack("<4sI", file.read(8))
        if not _is_name(name) or position + 8 + size > end:
            if position & 1 or position == start:
                return False
            position -= 1  # an odd chunk that was not padded
            file.seek(position)
            name, size = struct.unpack("<4sI", file.read(8))
            if not _is_name(name) or position + 8 + size > end:
                return False
        position += 8 + size + (size & 1)
    return True


def _chunk_form(magic: bytes) -> str:
    """Form of the head of each chunk, of the first 40 bytes of a file; "": not of chunks."""
    if magic[:4] in (b"RIFF", b"RF64", b"BW64") and magic[8:12] == b"WAVE":
        return "<4sI"
    if magic[:4] == b"riff" and magic[24:28] == b"wave":
        return "<16sQ"
    return ">4sI" if magic[:4] + magic[8:12] in (b"RIFXWAVE", b"FORMAIFF", b"FORMAIFC") else ""


def wav_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, offset of the content and its size, of each chunk that `read_wav_header` walks over.

    Parameters
    ----------
    file
        Open for reading in binary mode; its position is changed. Another file has no chunks.
    """
    file.seek(0)
    form = _chunk_form(file.read(40))
    if form:
        file.seek(40 if form == "<16sQ" else 12)
        yield from _riff_chunks(file, form, os.fstat(file.fileno()).st_size)


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
    form = _chunk_form(magic)
    if not form:
        return None
    file.seek(40 if form == "<16sQ" else 12)
    fmt, data64, unpadded, before = b"", None, "", (b"", 0, 0)
    for name, offset, size in _riff_chunks(file, form, end):
        if before[2] & 1 and offset == sum(before[1:]) + 8 and form != "<16sQ":
            unpadded = before[0].decode("ascii", "replace")
        before = (name, offset, size)
        file.seek(offset)
        if name == b"fmt " and form[0] == "<":
            fmt = file.read(min(size, 64))
        elif name == b"ds64" and size >= 16 and offset + 16 <= end:
            data64 = struct.unpack("<8xQ", file.read(16))[0]
        elif name in (b"data", b"SSND"):
            unfinished = False
            if form == "<4sI" and magic[:4] != b"RIFF" and (data64 or size in (0, 0xFFFFFFFF)):
                size = data64 or 0  # RF64; 0: never filled in
            if form[0] == "<" and _is_placeholder(size):
                size = end - offset  # a pipe, whose length the writer could not know
            elif form == "<4sI" and size == 0 and not _are_chunks(file, offset, end):
                size, unfinished = end - offset, True  # a recorder that lost power
            behind = offset + size + (size & 1)
            unnamed = 0
            if form == "<4sI" and behind + 8 <= end and not _are_chunks(file, behind, end):
                unnamed = end - behind
            return WavHeader(fmt, offset, size, unfinished, unnamed, unpadded)
    return None


def has_id3_tag(file: BinaryIO) -> bool:
    """Whether the file begins with an ID3v2 tag."""
    file.seek(0)
    return file.read(3) == b"ID3"


def mp3_states_its_length(file: BinaryIO) -> bool:
    """Whether the first MP3 frame is a Xing or Info tag that speaks of the whole file.

    The tag has the number of samples and of bytes; where more sound stands behind these bytes,
    files were joined, and it speaks of the first.
    """
    file.seek(0)
    head = file.read(10)
    start = 0
    if head[:3] == b"ID3" and len(head) == 10:
        a, b, c, d = head[6:]
        start = 10 + (a << 21 | b << 14 | c << 7 | d)
    file.seek(start)
    frame = file.read(1024)
    place = max(frame.find(b"Xing"), frame.find(b"Info"))
    if place < 0 or len(frame) < place + 16:
        return False
    flags, _, n_bytes = struct.unpack_from(">III", frame, place + 4)
    if flags & 3 != 3:
        return False
    file.seek(start + n_bytes)
    behind = file.read(_MOST_TAG_BYTES)
    if len(behind) < _MOST_TAG_BYTES or behind.startswith((b"TAG", b"APETAGEX", b"LYRICSBEGIN")):
        return True
    file.seek(-160, os.SEEK_END)  # an APE tag may have a footer alone, and an ID3v1 tag behind it
    return b"APETAGEX" in file.read()
