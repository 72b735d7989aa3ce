"""Reads a file by every reader, and holds what they say against each other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from micfp.audio import AudioInfo, decoder_of, isolated, probe
from micfp.casework.inspect.inspection import OWN, Field, Group, Inspection, Value
from micfp.casework.inspect.limits import limited
from micfp.casework.inspect.readers import file_system, mediainfo, mutagen_tags, own
from micfp.casework.inspect.rules.registry import inconsistencies
from micfp.casework.inspect.samples import measure
from micfp.errors import MicfpError, printable, shortened

Reader = Callable[[BinaryIO], Iterable[Field]]


def inspect_file(path: str | Path, track: int | None = None) -> Inspection:
    """Read all that a file says of itself, and measure its samples.

    Memory does not grow with the length of the file. `inspect_each` does it in a process that may
    die of a file.

    Parameters
    ----------
    path
        Any file.
    track
        Audio track whose samples are measured, as in `micfp.audio.probe`.

    Returns
    -------
    Inspection
        With `refused` where the sound cannot be read; fields are those that could be.
    """
    fields: list[Field] = []
    refused = None
    try:
        info = probe(path, track)
    except MicfpError as error:
        info, refused = None, str(error)
    try:
        with open(path, "rb") as file:
            fields += file_system.read(file)
            for name, read in (
                (OWN, own.read),
                (mediainfo.READER, mediainfo.read),
                (mutagen_tags.READER, mutagen_tags.read),
            ):
                fields += _read(name, read, file)
        if info is not None:
            fields += _decoded(info, track)
            fields += measure(info, track, _flac_bits(fields))
    except MicfpError as error:
        refused = str(error)
    except OSError as error:
        refused = refused or f"{path}: cannot be opened ({error.strerror or error})"
    order = list(Group)
    found = tuple(sorted(fields, key=lambda field: order.index(field.group)))
    inspection = Inspection(str(path), found, (), refused)
    return Inspection(str(path), found, inconsistencies(inspection), refused)


def inspect_each(paths: Sequence[str | Path], track: int | None = None) -> Iterator[Inspection]:
    """`inspect_file` of each, in a process that may die of one: that one is refused."""
    found_each = isolated(partial(inspect_file, track=track), paths)
    for path, found in zip(paths, found_each, strict=True):
        if isinstance(found, MicfpError):
            yield Inspection(str(path), (), (), str(found))
        else:
            yield found


def _read(name: str, read: Reader, file: BinaryIO) -> list[Field]:
    """What one reader says; what it fails by, on a damaged file, is a field too."""
    found: list[Field] = []
    file.seek(0)
    try:
        with limited():
            for field in read(file):
                found.append(field)
    except NameError:  # our own
        raise
    except Exception as error:
        said = shortened(printable(f"{type(error).__name__}: {error}"), 200)
        found.append(Field("not read to the end", said, name, Group.file))
    return found


def _flac_bits(fields: Sequence[Field]) -> int:
    """Bits of a sample as FLAC's header has them; 0: another file."""
    stated = (f.value for f in fields if f.place == "STREAMINFO" and f.name == "nominal bits")
    return next((bits for bits in stated if isinstance(bits, int)), 0)


def _decoded(info: AudioInfo, track: int | None) -> Iterator[Field]:
    """What the library that decodes the sound says of it."""
    decoder = decoder_of(info.path, track)
    yield Field("container", decoder.container, decoder.name, Group.container)
    said: tuple[tuple[str, Value], ...] = (
        ("codec", info.codec),
        ("sample rate [Hz]", info.sample_rate_hz),
        ("channels", info.n_channels),
        ("samples", info.n_samples),
        ("duration [s]", round(info.n_samples / info.sample_rate_hz, 6)),
        ("track", info.track),
        ("damaged, cut off, or more than its header says", info.truncated),
        *(("note", note) for note in info.notes),
    )
    for name, value in said:
        yield Field(name, value, decoder.name, Group.codec)
