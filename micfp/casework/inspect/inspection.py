"""What was read of a file, as plain values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Value = str | int | float | bool | tuple[int, ...] | tuple[float, ...]

OWN = "micfp"
"""Reader of what micfp reads by itself, byte by byte."""


class Group(StrEnum):
    """What a field is about; the order in which fields are shown."""

    file = "file"
    container = "container"
    codec = "codec"
    tags = "tags"
    samples = "samples"


@dataclass(frozen=True)
class Field:
    """One thing that one reader says of a file.

    Attributes
    ----------
    name
        In plain words, the same from every reader: `encoder`, `created`, `model`. A tag for which
        there is no such word has its own name.
    value
        As the reader gives it; of text at most 4000 characters.
    reader
        Who says so, with its version: `micfp` (bytes), `MediaInfo 24.12`, `mutagen 1.48.1`,
        `libsndfile-1.2.2`, `file system`.
    group
        What it is about.
    place
        Where in the file it stands: an atom, a chunk, a tag, a byte; "" for the whole of it.
    """

    name: str
    value: Value
    reader: str
    group: Group
    place: str = ""

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {
            "group": self.group.value,
            "name": self.name,
            "value": value,
            "reader": self.reader,
            "place": self.place,
        }


@dataclass(frozen=True)
class Inspection:
    """All that was read of a file.

    Attributes
    ----------
    path
        As it was given.
    fields
        In the order of groups. One name may stand in several: readers differ, tags repeat.
    inconsistencies
        Sentences on what does not fit together. Each says what it is consistent with; all that
        is read here can be forged, and nothing of it is proof.
    refused
        Why the sound could not be read, a sentence that names the file; or None. What could be read
        of the file all the same stands in `fields`.
    """

    path: str
    fields: tuple[Field, ...]
    inconsistencies: tuple[str, ...] = ()
    refused: str | None = None

    def values(self, name: str) -> tuple[Value, ...]:
        """Values of all fields of a name, each once."""
        return tuple(dict.fromkeys(field.value for field in self.fields if field.name == name))

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "path": self.path,
            "fields": [field.as_record() for field in self.fields],
            "inconsistencies": list(self.inconsistencies),
            "refused": self.refused,
        }
