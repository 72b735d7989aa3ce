"""Metadata blocks of a FLAC file (RFC 9639)."""

from collections.abc import Iterator
from typing import BinaryIO

from micfp.casework.inspect.inspection import OWN, Field, Group
from micfp.casework.inspect.readers.names import text
from micfp.casework.inspect.readers.ogg import comments

_KINDS = (
    "STREAMINFO",
    "PADDING",
    "APPLICATION",
    "SEEKTABLE",
    "VORBIS_COMMENT",
    "CUESHEET",
    "PICTURE",
)
_MOST_BLOCKS = 1000
_MOST_BYTES = 1 << 20


def read(file: BinaryIO, size: int) -> Iterator[Field]:
    """Order of the blocks, digest of the sound as the encoder had it, vendor and comments."""
    order = []
    offset = 4
    found: list[Field] = []
    for _ in range(_MOST_BLOCKS):
        file.seek(offset)
        head = file.read(4)
        if len(head) < 4:
            break
        kind, length = head[0] & 127, int.from_bytes(head[1:], "big")
        order.append(_KINDS[kind] if kind < len(_KINDS) else f"block {kind}")
        content = file.read(min(length, _MOST_BYTES)) if kind in (0, 2, 4) else b""
        found += _block(kind, content, length)
        offset += 4 + length
        if head[0] & 128:
            break
    yield Field("order of blocks", " ".join(order[:100]), OWN, Group.container)
    yield from found


def _block(kind: int, content: bytes, length: int) -> Iterator[Field]:
    name = _KINDS[kind] if kind < len(_KINDS) else ""
    if name == "STREAMINFO" and len(content) >= 34:
        bits = ((content[12] & 1) << 4 | content[13] >> 4) + 1
        yield Field("nominal bits", bits, OWN, Group.codec, name)
        if any(content[18:34]):  # zeros: the encoder did not say
            yield Field("MD5 of the sound as stated", content[18:34].hex(), OWN, Group.codec, name)
    elif name == "VORBIS_COMMENT":
        yield from comments(content, name)
    elif name == "APPLICATION":
        yield Field("application block", text(content[:4], "latin-1"), OWN, Group.tags, name)
    elif name == "PADDING":
        yield Field("room [bytes]", length, OWN, Group.container, name)
