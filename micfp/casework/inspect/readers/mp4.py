"""Atoms of MP4, QuickTime and 3GP files (ISO/IEC 14496-12; QuickTime File Format)."""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from micfp.audio.boxes import edit_parts, mp4_boxes
from micfp.casework.inspect.inspection import OWN, Field, Group
from micfp.casework.inspect.readers.atoms import Atom, atoms_in
from micfp.casework.inspect.readers.mp4_tags import tags
from micfp.casework.inspect.readers.names import text

_MOST_MOOV_BYTES = 64 << 20
_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_OUTER = (
    *(b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"udta", b"meta", b"uuid"),
    *(b"moof", b"mfra", b"sidx", b"ssix", b"styp", b"pdin", b"prft", b"emsg"),
)
_ROOM = (b"free", b"skip", b"wide")


def read(file: BinaryIO, size: int) -> Iterator[Field]:
    """Order of the atoms, brands, times, handlers, edit lists, tags, and what stands behind."""
    outer = list(mp4_boxes(file))
    order = " ".join(name.decode("latin-1") for name, _, _ in outer[:100])
    yield Field("order of atoms", order, OWN, Group.container)
    yield from _end(outer, size)
    for name, offset, length in outer:
        file.seek(offset)
        whole = file.read(min(length, _MOST_MOOV_BYTES)) if name in (b"ftyp", b"moov") else b""
        if name == b"ftyp":
            yield from _brands(whole[8:])
        elif name == b"moov":
            atoms = list(atoms_in(whole[8:], (b"moov",)))
            yield from _of_moov(atoms)
            yield from tags(atoms)
    parts = edit_parts(file)
    if parts > 1:
        yield Field("parts that an edit list joins", parts, OWN, Group.container, "elst")


def _end(outer: list[tuple[bytes, int, int]], size: int) -> Iterator[Field]:
    """What stands behind the last atom, or lacks of it; random bytes may look like a long one."""
    known = [one for one in outer if one[0] in _OUTER or one[1] + one[2] < size]
    end = max((offset + length for _, offset, length in known), default=0)
    if end < size:
        yield Field("bytes behind the end", size - end, OWN, Group.container, f"byte {end}")
    elif end > size:
        place = known[-1][0].decode("latin-1")
        yield Field("bytes that are missing", end - size, OWN, Group.container, place)


def _brands(content: bytes) -> Iterator[Field]:
    yield Field("major brand", content[:4].decode("latin-1"), OWN, Group.container, "ftyp")
    others = [content[i : i + 4].decode("latin-1") for i in range(8, min(len(content), 200), 4)]
    yield Field("compatible brands", " ".join(others), OWN, Group.container, "ftyp")


def _of_moov(atoms: list[Atom]) -> Iterator[Field]:
    inside = " ".join(atom.path[-1].decode("latin-1") for atom in atoms if len(atom.path) == 2)
    yield Field("order of atoms in moov", inside, OWN, Group.container)
    timescale = 0
    for atom in atoms:
        name, content = atom.path[-1], atom.content
        if name in (b"mvhd", b"tkhd", b"mdhd"):
            yield from _times(atom)
        if name == b"mvhd" and len(content) >= 20:
            timescale = struct.unpack_from(">I", content, 20 if content[0] == 1 else 12)[0]
        elif name == b"hdlr" and len(atom.path) == 4:
            yield Field("handler", _handler(content), OWN, Group.container, atom.place)
        elif name == b"elst":
            yield from _edits(atom, timescale)
        elif name == b"stsd":
            yield from _sample_entry(atom)
        elif name in _ROOM:
            yield Field("room [bytes]", len(content), OWN, Group.container, atom.place)


def _times(atom: Atom) -> Iterator[Field]:
    """Creation and modification, where they were set."""
    form = ">QQ" if atom.content[:1] == b"\x01" else ">II"
    if len(atom.content) < 4 + struct.calcsize(form):
        return
    for name, seconds in zip(
        ("created", "modified"), struct.unpack_from(form, atom.content, 4), strict=True
    ):
        if 0 < seconds < 1 << 33:
            time = (_EPOCH + timedelta(seconds=seconds)).isoformat(timespec="seconds")
            yield Field(name, time, OWN, Group.container, atom.place)


def _handler(content: bytes) -> str:
    kind, name = content[8:12].decode("latin-1"), content[24:]
    if name and name[0] == len(name) - 1:  # QuickTime counts, ISO ends with NUL
        name = name[1:]
    return f"{kind} {text(name)}".strip()


def _edits(atom: Atom, timescale: int) -> Iterator[Field]:
    """What each edit plays: its length and where in the track it begins."""
    content = atom.content
    form = ">Qqi" if content[:1] == b"\x01" else ">Iii"
    count = min(int.from_bytes(content[4:8], "big"), 20, len(content[8:]) // struct.calcsize(form))
    for index in range(count):
        length, start, _ = struct.unpack_from(form, content, 8 + index * struct.calcsize(form))
        seconds = f"{length / timescale:.3f} s" if timescale else f"{length} units"
        said = f"{seconds} of silence" if start < 0 else f"{seconds} from unit {start} of the track"
        yield Field("edit", said, OWN, Group.container, atom.place)


def _sample_entry(atom: Atom) -> Iterator[Field]:
    entry = atom.content[8:]
    if len(entry) < 36 or int.from_bytes(entry[:4], "big") < 36:
        return
    kind = entry[4:8].decode("latin-1")
    channels, bits = struct.unpack_from(">HH", entry, 24)
    rate_hz = struct.unpack_from(">I", entry, 32)[0] >> 16
    if 0 < channels <= 64 and rate_hz:  # of pictures other things stand here
        said = f"{kind}, {channels} channels, {bits} bits, {rate_hz} Hz"
        yield Field("sample entry", said, OWN, Group.codec, atom.place)
