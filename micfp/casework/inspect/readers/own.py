"""What micfp reads by itself: the container by its first bytes, and what is inside."""

import os
from collections.abc import Callable, Iterator
from typing import BinaryIO

from micfp.audio.sniffing import HEAD_BYTES
from micfp.casework.inspect.inspection import OWN, Field, Group
from micfp.casework.inspect.readers import chunks, containers, flac, mp4, mpeg, ogg, strings

_READERS: tuple[tuple[tuple[str, ...], Callable[[BinaryIO, int], Iterator[Field]]], ...] = (
    (containers.MP4_KINDS, mp4.read),
    (containers.CHUNK_KINDS, chunks.read),
    (("Ogg",), ogg.read),
    (("FLAC",), flac.read),
    (("MPEG audio",), mpeg.read),
)


def read(file: BinaryIO) -> Iterator[Field]:
    """Container, what its own reader says, and the names of encoders that stand anywhere."""
    size = os.fstat(file.fileno()).st_size
    start = mpeg.end_of_id3(file)
    file.seek(start)
    head = file.read(HEAD_BYTES)
    kind = containers.container_of(head)
    if kind:
        yield Field("container", kind, OWN, Group.container, f"byte {start}")
        for kinds, reader in _READERS:
            if kind.startswith(kinds) and (start == 0 or reader is mpeg.read):
                yield from reader(file, size)
    yield from strings.read(file)
