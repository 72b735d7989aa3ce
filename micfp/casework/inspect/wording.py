"""An inspection as a person reads it: a table in groups, then what does not fit together."""

from collections.abc import Sequence

from micfp.casework.inspect.inspection import Field, Group, Inspection, Value
from micfp.errors import printable, shortened

_LONGEST = 72  # characters of a value
CAREFUL = "all of this can be forged: consistent with, never proof"


def as_text(inspection: Inspection) -> str:
    """Lines of a table: name, value, readers, and where it stands."""
    lines = [inspection.path]
    for group in Group:
        rows = _rows([field for field in inspection.fields if field.group is group])
        if rows:
            lines.append(f"  {group.value}")
            widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
            lines += [
                f"    {name:<{widths[0]}}  {value:<{widths[1]}}  {readers}"
                for name, value, readers in rows
            ]
    lines.append("  consistency")
    lines += [f"    {sentence}" for sentence in inspection.inconsistencies]
    lines.append(
        f"    {CAREFUL}"
        if inspection.inconsistencies
        else "    no rule found anything amiss in what was read"
    )
    if inspection.refused is not None:
        lines.append(f"    refused: {inspection.refused}")
    return "\n".join(map(printable, lines))


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


def value_in_words(value: Value) -> str:
    """A value as a person reads it, in 72 characters at most."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return shortened(text, _LONGEST)
