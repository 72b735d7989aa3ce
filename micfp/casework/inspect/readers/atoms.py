"""The atoms inside an atom of MP4, QuickTime and 3GP files."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_PARENTS = (
    *(b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta", b"meta", b"ilst", b"smta"),
    b"moof",
)
_MOST_ATOMS = 20_000
_DEEPEST = 12


@dataclass(frozen=True)
class Atom:
    """An atom inside `moov`: names from the outside in, and what stands in it but other atoms."""

    path: tuple[bytes, ...]
    content: bytes

    @property
    def place(self) -> str:
        """Names with dots between."""
        return ".".join(name.decode("latin-1") for name in self.path)


def atoms_in(content: bytes, path: tuple[bytes, ...]) -> Iterator[Atom]:
    """Atoms inside a parent, each before those inside it; ends at what is no atom."""
    offset, count = 0, 0
    while offset + 8 <= len(content) and count < _MOST_ATOMS:
        length, name = struct.unpack_from(">I4s", content, offset)
        if length < 8 or offset + length > len(content):
            return
        body = content[offset + 8 : offset + length]
        inside = path[-1] == b"ilst" or name in _PARENTS
        atom = Atom((*path, name), b"" if inside else body)
        yield atom
        if inside and len(path) < _DEEPEST:
            if name == b"meta" and body[4:8] != b"hdlr":  # of ISO: version and flags come first
                body = body[4:]
            yield from atoms_in(body[4:] if name == b"smta" else body, atom.path)
        offset, count = offset + length, count + 1
