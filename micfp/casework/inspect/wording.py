"""An inspection as a person reads it: in short, what does not fit together, a table in groups."""

from collections.abc import Iterable, Sequence
from typing import Any

from micfp.casework.inspect.inspection import Field, Group, Inspection
from micfp.errors import printable, shortened

_LONGEST = 72  # characters of a value
# What the first line says of the sound: name, whose word (the first reader's, or that of the last,
# the decoder), before, after.
_SOUND = (
    ("container", 0, "", ""),
    ("codec", 0, "", ""),
    ("sample rate [Hz]", -1, "", " Hz"),
    ("channels", -1, "channels: ", ""),
    ("duration [s]", -1, "", " s"),
    ("bandwidth [Hz]", -1, "sound up to ", " Hz"),
)
_TRACES = ("encoder", "make", "model", "software", "created", "location")
CAREFUL = "all of this can be forged: consistent with, never proof"
NOTHING_AMISS = "no rule found anything amiss in what was read"
NOT_GENUINE = "that does not make a file genuine"


def as_text(inspection: Inspection) -> str:
    """Lines: in short, what does not fit together, a table of name, value, readers and place."""
    lines = [inspection.path]
    if inspection.refused is not None:
        lines.append(f"  refused: {inspection.refused}")
    if short := in_short((field.name, field.value) for field in inspection.fields):
        lines += ["  in short", *(f"    {line}" for line in short)]
    lines += _consistency(inspection)
    for group in Group:
        rows = _rows([field for field in inspection.fields if field.group is group])
        if rows:
            lines.append(f"  {group.value}")
            widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
            lines += [
                f"    {name:<{widths[0]}}  {value:<{widths[1]}}  {readers}"
                for name, value, readers in rows
            ]
    return "\n".join(map(printable, lines))


def _consistency(inspection: Inspection) -> list[str]:
    """What does not fit together; no line where nothing could be held against anything."""
    if inspection.inconsistencies:
        said = [*inspection.inconsistencies, CAREFUL]
    elif inspection.refused is None:
        said = [f"{NOTHING_AMISS}; {NOT_GENUINE}"]
    else:
        return []
    return ["  consistency", *(f"    {sentence}" for sentence in said)]


def in_short(fields: Iterable[tuple[str, Any]]) -> list[str]:
    """What most people look for, a line each: the sound, who wrote it, when, on which device.

    Parameters
    ----------
    fields
        Name and value of each field, in the order of the inspection. Of encoder, device and time
        all that readers say stands there.
    """
    said: dict[str, dict[str, None]] = {}
    for name, value in fields:
        said.setdefault(name, {})[value_in_words(value)] = None
    sound = [
        f"{before}{list(said[name])[which]}{after}"
        for name, which, before, after in _SOUND
        if name in said
    ]
    traces = [f"{name}: {' / '.join(said[name])}" for name in _TRACES if name in said]
    return [*([", ".join(sound)] if sound else []), *traces]


def _rows(fields: Sequence[Field]) -> list[tuple[str, str, str]]:
    """Readers that say the same of one thing share a row."""
    readers: dict[tuple[str, str], list[str]] = {}
    for field in fields:
        said = readers.setdefault((field.name, value_in_words(field.value)), [])
        by = f"{field.reader} ({field.place})" if field.place else field.reader
        if by not in said:
            said.append(by)
    return [
        (printable(name), printable(value), shortened(printable(", ".join(by)), 120))
        for (name, value), by in readers.items()
    ]


def value_in_words(value: Any) -> str:
    """A value of a field as a person reads it, in 72 characters at most."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
    return shortened(text, _LONGEST)
