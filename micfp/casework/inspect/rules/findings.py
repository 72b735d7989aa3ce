"""Fields as rules ask for them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from micfp.casework.inspect.inspection import OWN, Field, Inspection, Value
from micfp.errors import shortened


class Findings:
    """The fields of a file, by name."""

    def __init__(self, inspection: Inspection) -> None:
        self.path = inspection.path
        self.fields = inspection.fields

    def all(self, name: str, reader: str = "") -> list[Value]:
        """Values of a name, each once, of readers that begin so."""
        found = (f.value for f in self.fields if f.name == name and f.reader.startswith(reader))
        return list(dict.fromkeys(found))

    def first(self, name: str, reader: str = "") -> Value | None:
        """The first value of a name."""
        return next(iter(self.all(name, reader)), None)

    def number(self, name: str, reader: str = "") -> float | None:
        """The first value of a name that is a number."""
        values = self.all(name, reader)
        return next((v for v in values if isinstance(v, int | float)), None)

    def texts(self, name: str) -> list[str]:
        """Values of a name that are text, short enough for a sentence."""
        return [shortened(v, 100) for v in self.all(name) if isinstance(v, str)]

    @property
    def container(self) -> str:
        """Name of the container by its bytes; "" where they tell of none."""
        return str(self.first("container", OWN) or "")

    @property
    def codec(self) -> str:
        """Codec as micfp.audio calls it; "" where the sound is not read."""
        found = (f.value for f in self.fields if f.name == "codec" and f.reader[:3] == "lib")
        return str(next(found, ""))

    @property
    def rate_hz(self) -> float:
        """Sample rate of the decoded sound; 0 where it is not read."""
        return self.number("sample rate [Hz]", "lib") or 0

    def where(self, pattern: str) -> list[Field]:
        """Fields whose name, place or value, as text, match a pattern."""
        asked = re.compile(pattern, re.IGNORECASE)
        return [f for f in self.fields if asked.search(f"{f.name}\n{f.place}\n{f.value}")]

    def time(self, name: str, is_of: Callable[[Field], bool]) -> datetime | None:
        """The first time of a name among some fields; without a zone it is taken for UTC."""
        for field in self.fields:
            if field.name == name and is_of(field):
                try:
                    found = datetime.fromisoformat(str(field.value))
                except ValueError:
                    continue
                return found if found.tzinfo else found.replace(tzinfo=UTC)
        return None


Rule = Callable[[Findings], str | None]
"""Gives one sentence where something does not fit together, or None."""
