"""Chunks of WAV, RF64, Wave64 and AIFF files: order, sizes, format, notes of recorders."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from micfp.audio.header import read_wav_header, wav_chunks
from micfp.casework.inspect.inspection import OWN, Field, Group
from micfp.casework.inspect.readers.names import tag, text

_MOST_SHOWN = 100
_MOST_BYTES = 1 << 20  # of a chunk of notes
_BEXT = ((0, 256, "description"), (256, 32, "originator"), (288, 32, "originator reference"))
_FORM_TAGS = {1: "PCM", 2: "MS ADPCM", 3: "float", 6: "A-law", 7: "mu-law", 17: "IMA ADPCM"}
_EXTENSIBLE = 0xFFFE
_XML = (b"iXML", b"axml", b"_PMX")


def read(file: BinaryIO, size: int) -> Iterator[Field]:
    """Fields of a file that `micfp.audio.header.read_wav_header` knows."""
    chunks = list(wav_chunks(file))
    order = " ".join(text(name, "latin-1") for name, _, _ in chunks[:_MOST_SHOWN])
    yield Field("order of chunks", order, OWN, Group.container)
    file.seek(0)
    magic = file.read(12)
    if magic[:4] in (b"RIFF", b"RIFX", b"FORM"):
        stated = struct.unpack("<I" if magic[:4] == b"RIFF" else ">I", magic[4:8])[0]
        yield Field("size in the header [bytes]", stated + 8, OWN, Group.container, "byte 4")
    header = read_wav_header(file)
    if header is not None:
        yield Field("sound [bytes]", header.data_bytes, OWN, Group.container, "data")
        missing = header.data_offset + header.data_bytes - size
        if missing > 0:
            yield Field("bytes that are missing", missing, OWN, Group.container, "data")
        if header.unnamed_bytes:
            place = f"byte {size - header.unnamed_bytes}"
            yield Field("bytes behind the end", header.unnamed_bytes, OWN, Group.container, place)
        yield from _fmt(header.fmt)
    last = max((offset + length for _, offset, length in chunks), default=size)
    if header is not None and not header.unnamed_bytes and size > last + 1:
        yield Field("bytes behind the end", size - last, OWN, Group.container, f"byte {last}")
    for name, offset, length in chunks:
        if name in (b"bext", b"LIST", b"ANNO", b"AUTH", b"NAME", *_XML):
            file.seek(offset)
            yield from _notes(name, file.read(min(length, _MOST_BYTES)))


def _fmt(fmt: bytes) -> Iterator[Field]:
    if len(fmt) < 16:
        return
    form, channels, rate_hz, byte_rate, frame, bits = struct.unpack_from("<HHIIHH", fmt)
    if form == _EXTENSIBLE and len(fmt) >= 26:
        valid, mask, form = struct.unpack_from("<HIH", fmt, 18)
        yield Field("channel mask", f"0x{mask:x}", OWN, Group.codec, "fmt")
        yield Field("valid bits", valid, OWN, Group.codec, "fmt")
    said = f"{_FORM_TAGS.get(form, f'form 0x{form:04x}')}, {channels} channels, {bits} bits"
    yield Field("sample entry", f"{said}, {rate_hz} Hz", OWN, Group.codec, "fmt")
    if form in (1, 3, 6, 7):
        yield Field("bytes a second", byte_rate, OWN, Group.codec, "fmt")
        yield Field("bytes a second as computed", rate_hz * frame, OWN, Group.codec, "fmt")


def _notes(name: bytes, content: bytes) -> Iterator[Field]:
    if name == b"bext":
        yield from _bext(content)
    elif name == b"LIST" and content[:4] == b"INFO":
        yield from _info(content[4:])
    elif name in _XML:
        yield Field(text(name), text(content), OWN, Group.tags, text(name))
    elif name != b"LIST":
        yield tag(text(name), text(content), OWN, text(name))


def _bext(content: bytes) -> Iterator[Field]:
    """EBU Tech 3285: the broadcast extension, which field recorders write."""
    for start, length, name in _BEXT:
        if said := text(content[start : start + length], "latin-1"):
            yield tag(name, said, OWN, f"bext {name}")
    date, time = text(content[320:330], "latin-1"), text(content[330:338], "latin-1")
    if date:
        yield Field("created", f"{date} {time}".strip(), OWN, Group.tags, "bext")
    if history := text(content[602:], "latin-1"):
        yield Field("coding history", history, OWN, Group.tags, "bext")


def _info(content: bytes) -> Iterator[Field]:
    offset = 0
    while offset + 8 <= len(content):
        key, length = struct.unpack_from("<4sI", content, offset)
        if said := text(content[offset + 8 : offset + 8 + length]):
            yield tag(text(key, "latin-1"), said, OWN, f"LIST INFO {text(key, 'latin-1')}")
        offset += 8 + length + (length & 1)
