"""How much sound a container promises, beside what the file holds.

AU, CAF, NIST SPHERE, VOC, AVI, ASF (WMA), Matroska (MKV, WebM) and MP4 (MOV, M4A, 3GP) state the
size of what they hold; `header.py` and `ogg.py` look at the others. Sizes that were never filled in
(a pipe, a live stream) promise nothing.
"""

import os
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

_MOST_BOXES = 100_000
_MOST_INDEX_BYTES = 64 << 20
_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_MATROSKA, _MATROSKA_SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80g"
_UNKNOWN_32 = 0xFFFFFFFF


def is_cut_off(file: BinaryIO) -> bool:
    """Whether the file ends before what its container says it holds; False for other files.

    Parameters
    ----------
    file
        Open for reading in binary mode; its position is changed.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    head = file.read(4096)
    try:
        return _promised_bytes(file, head, size) > size
    except struct.error:  # ends inside its own header
        return True


def _promised_bytes(file: BinaryIO, head: bytes, size: int) -> int:
    if head[:4] == b".snd":
        offset, data = struct.unpack_from(">II", head, 4)
        return 0 if data == _UNKNOWN_32 else int(offset + data)
    if head[:4] == b"caff":
        return _end_of_caf(file, size)
    if head[:7] == b"NIST_1A":
        return _end_of_nist(head)
    if head[:20] == b"Creative Voice File\x1a":
        return _end_of_voc(file, head, size)
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return _end_of_avi(file, size)
    if head[:16] == _ASF_HEADER:
        return _end_of_asf(head)
    if head[:4] == _MATROSKA:
        return _end_of_matroska(head)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return max((offset + length for _, offset, length in mp4_boxes(file)), default=0)
    return 0


def mp4_boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, offset and length of each outer box of an MP4 file (ISO/IEC 14496-12, 4.2)."""
    size = os.fstat(file.fileno()).st_size
    offset = 0
    for _ in range(_MOST_BOXES):
        file.seek(offset)
        head = file.read(16)
        if len(head) < 8:
            return
        length, name = struct.unpack_from(">I4s", head)
        if length == 1 and len(head) == 16:
            length = struct.unpack_from(">Q", head, 8)[0]
        elif length == 0:  # to the end of the file
            length = size - offset
        if length < 8 or not re.fullmatch(rb"[ -~\xa9]{4}", name):
            return
        yield name, offset, length
        offset += length


def edit_parts(file: BinaryIO) -> int:
    """Most parts of the sound that one edit list of an MP4 file joins (ISO/IEC 14496-12, 8.6.6)."""
    most = 0
    for name, offset, length in mp4_boxes(file):
        if name != b"moov":
            continue
        file.seek(offset)
        content = file.read(min(length, _MOST_INDEX_BYTES))
        for match in re.finditer(rb"elst([\0\1])\0\0\0", content):
            form, start = (
                (">Iii", match.end() + 4) if match[1] == b"\0" else (">Qqi", match.end() + 4)
            )
            count = int.from_bytes(content[match.end() : start], "big")
            entries = content[start : start + min(count, 1000) * struct.calcsize(form)]
            whole = entries[: len(entries) // struct.calcsize(form) * struct.calcsize(form)]
            most = max(most, sum(entry[1] >= 0 for entry in struct.iter_unpack(form, whole)))
    return most


def _end_of_caf(file: BinaryIO, size: int) -> int:
    offset = 8
    for _ in range(_MOST_BOXES):
        file.seek(offset)
        head = file.read(12)
        if len(head) < 12:
            return offset
        name, length = struct.unpack(">4sq", head)
        if length < 0:  # data of unknown length: to the end
            return 0
        offset += 12 + int(length)
        if name == b"data" or offset > size:
            return offset
    return 0


def _end_of_nist(head: bytes) -> int:
    def number(name: bytes) -> int:
        found = re.search(rb"\n" + name + rb" -i (\d{1,15})\b", head)
        return int(found[1]) if found else 0

    if re.search(rb"shorten|wavpack|shortpack", head):  # packed: sizes are of what comes out
        return 0
    samples = number(b"sample_count") * number(b"channel_count") * number(b"sample_n_bytes")
    return int(head[8:16]) + samples if samples and head[8:16].strip().isdigit() else 0


def _end_of_voc(file: BinaryIO, head: bytes, size: int) -> int:
    offset = struct.unpack_from("<H", head, 20)[0]
    for _ in range(_MOST_BOXES):
        if offset >= size:
            return int(offset)
        file.seek(offset)
        block = file.read(4)
        if block[:1] in (b"", b"\0"):  # the end mark
            return 0
        if len(block) < 4:
            return size + 1
        offset += 4 + int.from_bytes(block[1:], "little")
    return 0


def _end_of_avi(file: BinaryIO, size: int) -> int:
    offset = 0
    while offset + 12 <= size:
        file.seek(offset)
        name, length = struct.unpack("<4sI", file.read(8))
        if name != b"RIFF" or length in (0, _UNKNOWN_32):
            return 0
        offset += 8 + length + (length & 1)
    return offset - 1  # the last byte may be padding that was left out


def _end_of_asf(head: bytes) -> int:
    place = head.find(_ASF_FILE_PROPERTIES)
    if place < 0:
        return 0
    file_bytes, flags = struct.unpack_from("<Q40xI", head, place + 40)
    return 0 if flags & 1 else int(file_bytes)  # 1: broadcast, sizes are not valid


def _end_of_matroska(head: bytes) -> int:
    """End of the segment (RFC 8794: EBML sizes; all ones: unknown)."""
    place = head.find(_MATROSKA_SEGMENT)
    if place < 0 or place + 5 > len(head) or not head[place + 4]:
        return 0
    start = place + 4
    length = 9 - head[start].bit_length()
    number = int.from_bytes(head[start : start + length], "big") & ((1 << 7 * length) - 1)
    unknown = number == (1 << 7 * length) - 1
    return 0 if unknown else start + length + number
