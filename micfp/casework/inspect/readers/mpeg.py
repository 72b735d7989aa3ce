"""Frames of MPEG audio: LAME's tag, how many frames there are, what stands between and behind."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from micfp.audio.sniffing import frame_bytes
from micfp.casework.inspect.inspection import OWN, Field, Group
from micfp.casework.inspect.readers.names import text

_BLOCK_BYTES = 1 << 20
_LONGEST_FRAME = 2881
_ALIKE = (0xFF, 0xFE, 0x0C)  # what headers of one stream share: version, layer, sample rate
_FORMS = {0: "MPEG-2.5", 2: "MPEG-2", 3: "MPEG-1"}
_TAGS = ((b"TAG", "ID3v1"), (b"APETAGEX", "APE"), (b"LYRICSBEGIN", "Lyrics3"), (b"ID3", "ID3v2"))


@dataclass
class _Walk:
    """What was met on the way through the frames."""

    n_frames: int = 0
    sound_bytes: int = 0
    forms: list[bytes] = field(default_factory=list)
    n_gaps: int = 0
    gap_bytes: int = 0
    end: int = 0


def read(file: BinaryIO, size: int) -> Iterator[Field]:
    """Fields of an MP1, MP2 or MP3 file."""
    start = end_of_id3(file)
    file.seek(start)
    first = file.read(_LONGEST_FRAME)
    length = frame_bytes(first)
    if length == 0:
        return
    if start:
        yield Field("ID3v2 [bytes]", start, OWN, Group.container, "byte 0")
    version, layer = first[1] >> 3 & 3, 4 - (first[1] >> 1 & 3)
    mode = ("stereo", "joint stereo", "two channels", "mono")[first[3] >> 6]
    yield Field(
        "first frame", f"{_FORMS[version]} layer {layer}, {mode}", OWN, Group.codec, f"byte {start}"
    )
    tag_place = max(first.find(b"Xing", 0, 64), first.find(b"Info", 0, 64))
    if tag_place >= 0:
        yield from _length_tag(first[:length], tag_place)
    walk = _walk(file, start + (length if tag_place >= 0 else 0), size)
    yield Field("frames", walk.n_frames, OWN, Group.codec, "counted")
    yield Field("forms of frames", max(1, len(walk.forms)), OWN, Group.codec, "counted")
    if walk.n_gaps:
        yield Field("gaps between frames", walk.n_gaps, OWN, Group.container, "counted")
        yield Field("bytes between frames", walk.gap_bytes, OWN, Group.container, "counted")
    yield from _behind(file, walk.end, size)


def end_of_id3(file: BinaryIO) -> int:
    """Byte behind the ID3v2 tag with which a file begins; 0: it has none."""
    file.seek(0)
    head = file.read(10)
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    a, b, c, d = (byte & 127 for byte in head[6:])
    return 10 + (a << 21 | b << 14 | c << 7 | d) + (10 if head[5] & 16 else 0)


def _length_tag(frame: bytes, place: int) -> Iterator[Field]:
    """Fields of a Xing or Info tag that begins there in the first frame, with LAME's part."""
    flags = int.from_bytes(frame[place + 4 : place + 8], "big")
    where = f"{frame[place : place + 4].decode()} tag"
    offset = place + 8
    for bit, name in ((1, "frames as stated"), (2, "bytes as stated")):
        if flags & bit:
            value = int.from_bytes(frame[offset : offset + 4], "big")
            yield Field(name, value, OWN, Group.codec, where)
            offset += 4
    offset += 100 * (flags >> 2 & 1) + 4 * (flags >> 3 & 1)
    lame = frame[offset : offset + 36]
    if len(lame) >= 24 and any(lame[:9]):
        yield Field("encoder", text(lame[:9], "latin-1"), OWN, Group.codec, where)
        delay = lame[21] << 4 | lame[22] >> 4
        padding = (lame[22] & 15) << 8 | lame[23]
        yield Field("encoder delay [samples]", delay, OWN, Group.codec, where)
        yield Field("padding [samples]", padding, OWN, Group.codec, where)
        if lame[10]:
            yield Field("low pass as stated [Hz]", 100 * lame[10], OWN, Group.codec, where)


def _walk(file: BinaryIO, start: int, size: int) -> _Walk:
    """Go from frame to frame; a gap ends where two frames follow one another."""
    walk = _Walk(end=start)
    block, origin, offset, in_gap = b"", start, start, False
    while offset + 7 <= size:
        if offset + 2 * _LONGEST_FRAME > origin + len(block) and origin + len(block) < size:
            file.seek(offset)
            block, origin = file.read(_BLOCK_BYTES), offset
        place = offset - origin
        length = frame_bytes(block[place : place + 7])
        following = place + length
        whole = length and offset + length <= size
        sure = not in_gap or frame_bytes(block[following : following + 7]) > 0
        if whole and sure:
            form = bytes(
                byte & mask for byte, mask in zip(block[place : place + 3], _ALIKE, strict=True)
            )
            form += bytes([block[place + 3] >> 6 == 3])
            if form not in walk.forms and len(walk.forms) < 16:
                walk.forms.append(form)
            if in_gap:
                walk.n_gaps, walk.gap_bytes = walk.n_gaps + 1, walk.gap_bytes + offset - walk.end
            walk.n_frames, walk.sound_bytes = walk.n_frames + 1, walk.sound_bytes + length
            offset += length
            walk.end, in_gap = offset, False
            continue
        in_gap = True
        sync = block.find(b"\xff", place + 1)
        offset = origin + sync if sync >= 0 else origin + max(len(block), place + 1)
    return walk


def _behind(file: BinaryIO, end: int, size: int) -> Iterator[Field]:
    """Tags behind the last frame, and bytes that are none."""
    file.seek(end)
    behind = file.read(1 << 16)
    names = [name for magic, name in _TAGS if magic in behind[: 1 << 16]]
    if names:
        yield Field("tags behind the sound", ", ".join(names), OWN, Group.container, f"byte {end}")
    elif behind.strip(b"\0"):
        yield Field("bytes behind the end", size - end, OWN, Group.container, f"byte {end}")
