"""Tags of MP4, QuickTime and 3GP: iTunes' list, QuickTime's keys, user data, Samsung's."""

from collections.abc import Iterator, Sequence

from micfp.casework.inspect.inspection import OWN, Field, Group
from micfp.casework.inspect.readers.atoms import Atom
from micfp.casework.inspect.readers.names import tag, text

_UTF_8, _UTF_16 = 1, 2
_3GPP = (b"titl", b"auth", b"perf", b"dscp", b"cprt", b"gnre", b"albm")
_SAMSUNG = (b"smta", b"SDLN", b"saut", b"svss", b"mdln")
_MOST_KEYS = 1000


def tags(atoms: Sequence[Atom]) -> Iterator[Field]:
    """All tags of the atoms inside `moov`, in their order."""
    keys: list[str] = []
    own_name: list[str] = []  # mean and name of an iTunes tag of a name of its own
    for atom in atoms:
        name, parent, content = atom.path[-1], atom.path[-2], atom.content
        if name == b"keys" and parent == b"meta":
            keys = _keys(content)
        elif parent == b"----" and name in (b"mean", b"name"):
            own_name = [text(content[4:])] if name == b"mean" else [*own_name, text(content[4:])]
        elif name == b"data" and atom.path[-3] == b"ilst":
            key = own_name[-1] if parent == b"----" and own_name else _key(parent, keys)
            yield tag(key, _data(content), OWN, _place(atom.place, key))
        elif parent == b"udta" and name[:1] == b"\xa9" and len(content) > 4:
            key = name.decode("latin-1")
            yield tag(key, text(content[4:]), OWN, atom.place)
        elif parent == b"udta" and name in _3GPP and len(content) > 6:
            yield tag(name.decode(), _3gpp_text(content[6:]), OWN, atom.place)
        if name in _SAMSUNG:
            if name in (b"mdln", b"saut"):
                yield tag(f"smta.{name.decode()}", text(content), OWN, atom.place)
            yield Field("Samsung's atom", name.decode(), OWN, Group.tags, atom.place)


def _keys(content: bytes) -> list[str]:
    names: list[str] = []
    offset = 8
    while offset + 8 <= len(content) and len(names) < _MOST_KEYS:
        size = int.from_bytes(content[offset : offset + 4], "big")
        if size < 8:
            break
        names.append(text(content[offset + 8 : offset + size]))
        offset += size
    return names


def _key(name: bytes, keys: list[str]) -> str:
    """Of QuickTime's metadata the name is a number, counted from 1, in the list of keys."""
    index = int.from_bytes(name, "big")
    return keys[index - 1] if 0 < index <= len(keys) else name.decode("latin-1")


def _place(place: str, key: str) -> str:
    """Where a tag stands: its list, and its key, which is a number there or lies deeper."""
    return f"{place.split('.ilst.')[0]}.ilst: {key}"


def _data(content: bytes) -> str:
    kind, value = int.from_bytes(content[:4], "big"), content[8:]
    if kind == _UTF_8:
        return text(value)
    if kind == _UTF_16:
        return text(value, "utf-16-be")
    if kind in (0, 21, 22) and len(value) <= 8:  # numbers
        return str(int.from_bytes(value, "big", signed=kind == 21))
    return f"{len(value)} bytes"


def _3gpp_text(raw: bytes) -> str:
    if raw[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return text(raw, "utf-16")
    return text(raw)
