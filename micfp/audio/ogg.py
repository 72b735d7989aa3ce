"""The pages of an Ogg file (RFC 3533): what streams it holds, and whether pages are missing."""

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

_HEAD = struct.Struct("<4sBBqIIIB")
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class OggPages:
    """What the pages say.

    Attributes
    ----------
    links
        Byte at which each of the recordings begins that are chained one behind the other.
    n_streams
        Logical streams, side by side or one after the other.
    is_opus
        The first stream is Opus.
    n_lost
        Pages that the numbers of their neighbours miss.
    cut
        The file ends within a page.
    ended
        The last page is marked as such.
    n_samples
        Length as the last page states it, of one recording with one stream; else 0.
    """

    links: tuple[int, ...]
    n_streams: int
    is_opus: bool
    n_lost: int
    cut: bool
    ended: bool
    n_samples: int


def ogg_pages(file: BinaryIO) -> OggPages | None:
    """Walk through the pages of an Ogg file; None for another one.

    Parameters
    ----------
    file
        Open for reading in binary mode; its position is changed.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    if file.read(4) != b"OggS":
        return None
    file.seek(0)
    numbers: dict[int, int] = {}  # the last page of each stream
    links: list[int] = []
    n_lost, cut, is_opus, begins, ended, granule, skipped = 0, False, False, False, False, 0, 0
    block, origin, offset = b"", 0, 0
    while offset < size:
        if offset + 65_307 > origin + len(block):  # the largest page
            file.seek(offset)
            block, origin = file.read(_BLOCK_BYTES), offset
        place = offset - origin
        if len(block) - place < _HEAD.size or block[place : place + 4] != b"OggS":
            following = block.find(b"OggS", place + 1)
            if following < 0:
                cut = cut or len(block) - place < _HEAD.size
                offset = origin + max(len(block) - 3, place + 1)
                if origin + len(block) >= size:
                    break
                continue
            n_lost, offset = n_lost + 1, origin + following
            continue
        _, _, flags, position, serial, number, _, n_lacing = _HEAD.unpack_from(block, place)
        body = place + _HEAD.size + n_lacing
        length = body - place + sum(block[place + _HEAD.size : body])
        if flags & 2:
            if not begins:
                links.append(offset)
            if len(numbers) == 0 and block[body : body + 8] == b"OpusHead":
                is_opus, skipped = True, int.from_bytes(block[body + 10 : body + 12], "little")
        elif serial in numbers and number > numbers[serial] + 1:
            n_lost += number - numbers[serial] - 1
        begins, ended, numbers[serial] = bool(flags & 2), bool(flags & 4), number
        granule = position if position >= 0 else granule  # -1: no packet ends on the page
        offset += length
        cut = offset > size
    n_samples = max(0, granule - skipped) if len(numbers) == 1 else 0
    return OggPages(tuple(links), len(numbers), is_opus, n_lost, cut, ended, n_samples)
