"""The headers of the first stream of an Ogg file (RFC 3533, RFC 7845, Vorbis I)."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from micfp.audio.ogg import ogg_pages
from micfp.casework.inspect.inspection import OWN, Field, Group
from micfp.casework.inspect.readers.names import tag, text

_MOST_BYTES = 1 << 20
_COMMENTS = ((b"OpusTags", 8), (b"\x03vorbis", 7), (b"\x04", 4), (b"", 0))
_MOST_COMMENTS = 1000


def read(file: BinaryIO, size: int) -> Iterator[Field]:
    """Streams, links, vendor and comments, and what the Opus header says of the recording."""
    pages = ogg_pages(file)
    if pages is None:
        return
    for name, value in (
        ("streams", pages.n_streams),
        ("recordings that are chained", len(pages.links)),
        ("pages that are missing", pages.n_lost),
        ("last page is marked as such", pages.ended),
    ):
        yield Field(name, value, OWN, Group.container, "pages")
    file.seek(0)
    packets = first_packets(file.read(_MOST_BYTES))
    if packets and packets[0][:8] == b"OpusHead" and len(packets[0]) >= 18:
        channels, skipped, rate_hz, gain = struct.unpack_from("<BHIh", packets[0], 9)
        yield Field("rate of the recording as stated [Hz]", rate_hz, OWN, Group.codec, "OpusHead")
        yield Field("channels as stated", channels, OWN, Group.codec, "OpusHead")
        yield Field("samples to skip", skipped, OWN, Group.codec, "OpusHead")
        if gain:
            yield Field("gain of the header [dB]", gain / 256, OWN, Group.codec, "OpusHead")
    if len(packets) > 1:
        for beginning, length in _COMMENTS:
            if packets[1].startswith(beginning):
                yield from comments(packets[1][length:], text(beginning[-8:], "latin-1") or "tags")
                return
    if pages.links and (start := pages.links[0]):
        yield Field("bytes before the first page", start, OWN, Group.container)


def first_packets(content: bytes) -> list[bytes]:
    """Give the first two packets of the first stream."""
    packets: list[bytes] = []
    part, offset, serial = b"", content.find(b"OggS"), None
    while offset >= 0 and offset + 27 <= len(content) and len(packets) < 2:
        of_page, n_lacing = content[offset + 14 : offset + 18], content[offset + 26]
        lacing = content[offset + 27 : offset + 27 + n_lacing]
        place = offset + 27 + n_lacing
        serial = serial or of_page
        for size in lacing if of_page == serial else b"":
            part += content[place : place + size]
            place += size
            if size < 255:
                packets.append(part)
                part = b""
        offset = offset + 27 + n_lacing + sum(lacing)
        offset = offset if content[offset : offset + 4] == b"OggS" else -1
    return packets[:2]


def comments(content: bytes, place: str) -> Iterator[Field]:
    """Vendor and comments, as Vorbis, Opus, Speex and FLAC have them."""
    length = int.from_bytes(content[:4], "little")
    if len(content) < 8 or length > len(content) - 8:
        return
    yield Field("encoder", text(content[4 : 4 + length]), OWN, Group.tags, f"{place} vendor")
    offset = 8 + length
    count = int.from_bytes(content[4 + length : offset], "little")
    for _ in range(min(count, _MOST_COMMENTS)):
        length = int.from_bytes(content[offset : offset + 4], "little")
        if offset + 4 + length > len(content):
            return
        key, _, value = text(content[offset + 4 : offset + 4 + length]).partition("=")
        yield tag(key, value, OWN, f"{place} {key}")
        offset += 4 + length
    if offset < len(content):
        yield Field("room [bytes]", len(content) - offset, OWN, Group.container, place)
