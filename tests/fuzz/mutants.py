"""Damages recordings: the same seed and index make the same damage."""

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Random = np.random.Generator

_NAME = re.compile(rb"[A-Za-z0-9 ]{4}")  # chunks, boxes, atoms: sizes and rates stand beside them
_HEADER_BYTES = 512
_MOST_BYTES = 400_000
_TAGS = (b"LIST", b"JUNK", b"free", b"fact", b"bext", b"cue ", b"udta", b"meta", b"data", b"fmt ")


@dataclass(frozen=True)
class Mutant:
    """A damaged recording.

    name: of the original; damage: what was done to it, in order.
    """

    name: str
    damage: tuple[str, ...]
    content: bytes


def make_mutant(originals: Mapping[str, bytes], seed: int, index: int) -> Mutant:
    """Damage one of the originals in one to four ways."""
    rng = np.random.default_rng([seed, index])
    name = str(rng.choice(sorted(originals)))
    content, damage = bytearray(originals[name]), []
    for _ in range(min(4, int(rng.geometric(0.55)))):
        if not content:
            break
        do = _DAMAGES[int(rng.choice(len(_DAMAGES), p=_SHARES))]
        content = do(content, rng, originals)[:_MOST_BYTES]
        damage.append(do.__name__.strip("_"))
    return Mutant(name, tuple(damage), bytes(content))


# --- what is drawn --------------------------------------------------------------------------------


def _place(content: bytes, rng: Random) -> int:
    """A byte: of the header or of the end, where indices and tags stand, or of anywhere."""
    kind, n = rng.random(), len(content)
    if kind < 0.5:
        return int(rng.integers(min(n, _HEADER_BYTES)))
    return int(rng.integers(max(0, n - 2 * _HEADER_BYTES), n)) if kind < 0.6 else _anywhere(n, rng)


def _anywhere(n: int, rng: Random) -> int:
    return int(rng.integers(n))


def _length(n: int, rng: Random) -> int:
    """From 1 to n, short ones as often as long ones."""
    return max(1, min(n, int(np.exp(rng.uniform(0, np.log(n + 1))))))


def _run(content: bytes, rng: Random) -> slice:
    start = _place(content, rng)
    return slice(start, start + _length(len(content) - start, rng))


def _field_near_a_name(content: bytes, rng: Random) -> int:
    """Where a number may stand: up to 40 bytes behind a name of four letters, or before it."""
    names = [found.start() for found in _NAME.finditer(bytes(content))]
    if not names:
        return _place(content, rng)
    # The first names are of the header, the last of the index; sound has some by chance.
    few = names[:24] + names[-24:] if rng.random() < 0.8 else names
    place = few[_anywhere(len(few), rng)] + int(rng.choice([-4, 4, 8, rng.integers(-4, 41)]))
    return min(max(0, place), len(content) - 1)


# --- damages --------------------------------------------------------------------------------------


def _number(content: bytearray, rng: Random, originals: Mapping[str, bytes]) -> bytearray:
    """Another number where a size, a rate or a count may stand."""
    place = _field_near_a_name(content, rng) if rng.random() < 0.6 else _place(content, rng)
    n_bytes = min(int(rng.choice([1, 2, 4, 4, 8])), len(content) - place)
    order = "little" if rng.random() < 0.5 else "big"
    top = 256**n_bytes
    before = int.from_bytes(content[place : place + n_bytes], order)  # type: ignore[arg-type]
    choices = [
        0, 1, 2, top - 1, top // 2 - 1, top // 2, top - 2,
        before + 1, before - 1, before * 2, before // 2,
        1 << int(rng.integers(8 * n_bytes)), int.from_bytes(rng.bytes(n_bytes), "little"),
    ]  # fmt: skip
    value = choices[_anywhere(len(choices), rng)] % top
    content[place : place + n_bytes] = value.to_bytes(n_bytes, order)  # type: ignore[arg-type]
    return content


def _name(content: bytearray, rng: Random, originals: Mapping[str, bytes]) -> bytearray:
    """Another name of a chunk or box: an unknown one, or one of another place."""
    names = [found.start() for found in _NAME.finditer(bytes(content))]
    if not names:
        return _flips(content, rng, originals)
    first, other = (names[_anywhere(min(len(names), 40), rng)] for _ in range(2))
    new = bytes(content[other : other + 4]) if rng.random() < 0.7 else rng.bytes(4)
    content[first : first + 4] = new
    return content


def _tag(content: bytearray, rng: Random, originals: Mapping[str, bytes]) -> bytearray:
    """A tag in front, behind, or between, with a size that is right or not."""
    body = rng.bytes(_length(300, rng))
    size = len(body) if rng.random() < 0.5 else int(rng.choice([0, 1, 127, 2**31 - 1, 2**32 - 1]))
    kind = rng.random()
    if kind < 0.3:
        sync_safe = bytes(size >> shift & 127 for shift in (21, 14, 7, 0))
        return bytearray(b"ID3\3\0\0" + sync_safe + body) + content
    if kind < 0.5:
        return content + b"TAG" + body[:125].ljust(125, b"\0")
    if kind < 0.6:
        return content + b"APETAGEX" + struct.pack("<4I", 2000, size, 1, 0) + bytes(8)
    order = "<" if rng.random() < 0.5 else ">"
    tag, number = _TAGS[_anywhere(len(_TAGS), rng)], struct.pack(f"{order}I", size)
    place = int(rng.choice([12, 36, _place(content, rng), len(content)]))
    head = tag + number if order == "<" else number + tag
    return content[:place] + head + body + content[place:]


def _truncation(content: bytearray, rng: Random, originals: Mapping[str, bytes]) -> bytearray:
    """The beginning of the file, or (seldom) its end."""
    place = _place(content, rng) if rng.random() < 0.4 else _anywhere(len(content), rng)
    return content[place:] if rng.random() < 0.15 else content[:place]


def _splice(content: bytearray, rng: Random, originals: Mapping[str, bytes]) -> bytearray:
    """Two files in one: one behind the other, a head with another body, a piece in the middle."""
    other = originals[str(rng.choice(sorted(originals)))]
    kind = rng.random()
    if kind < 0.25:
        return content + other
    if kind < 0.6:
        place = _place(content, rng)
        return content[:place] + other[place if rng.random() < 0.5 else _place(other, rng) :]
    start = _place(content, rng)
    return content[:start] + other[_run(other, rng)] + content[start:]


def _deletion(content: bytearray, rng: Random, originals: Mapping[str, bytes]) -> bytearray:
    del content[_run(content, rng)]
    return content


def _duplication(content: bytearray, rng: Random, originals: Mapping[str, bytes]) -> bytearray:
    run = _run(content, rng)
    return content[: run.stop] + content[run] * int(rng.integers(1, 4)) + content[run.stop :]


def _swap(content: bytearray, rng: Random, originals: Mapping[str, bytes]) -> bytearray:
    """Two neighbouring runs change places."""
    a, b, c = sorted(_place(content, rng) for _ in range(3))
    return content[:a] + content[b:c] + content[a:b] + content[c:]


def _flips(content: bytearray, rng: Random, originals: Mapping[str, bytes]) -> bytearray:
    for _ in range(_length(30, rng)):
        content[_place(content, rng)] ^= 1 << int(rng.integers(8))
    return content


def _overwriting(content: bytearray, rng: Random, originals: Mapping[str, bytes]) -> bytearray:
    """A run of zeros, of ones, or of random bytes."""
    run = _run(content, rng)
    n = run.stop - run.start
    content[run] = (bytes(n), b"\xff" * n, rng.bytes(n))[int(rng.integers(3))]
    return content


_Damage = Callable[[bytearray, Random, Mapping[str, bytes]], bytearray]
_WEIGHTS: dict[_Damage, float] = {
    _number: 8,
    _name: 1,
    _tag: 1,
    _truncation: 2,
    _splice: 2,
    _deletion: 2,
    _duplication: 1,
    _swap: 1,
    _flips: 3,
    _overwriting: 2,
}
_DAMAGES = list(_WEIGHTS)
_SHARES = np.array(list(_WEIGHTS.values())) / sum(_WEIGHTS.values())
