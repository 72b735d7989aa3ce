"""Times that a file states, against each other and against the file system."""

from datetime import timedelta

from micfp.casework.inspect.inspection import Field
from micfp.casework.inspect.rules.findings import Findings, Rule

_ZONES = timedelta(hours=26)
"""Clocks without a zone differ by so much, and a phone may state its own for UTC."""
_HEADER = "moov.mvhd"


def _of_header(field: Field) -> bool:
    return field.place == _HEADER


def _of_device(field: Field) -> bool:
    return field.place.endswith("com.apple.quicktime.creationdate") or field.place == "bext"


def created_after_modified(findings: Findings) -> str | None:
    """The container was made after it was changed for the last time."""
    created = findings.time("created", _of_header)
    modified = findings.time("modified", _of_header)
    if created is None or modified is None or created <= modified:
        return None
    return (
        f"states that it was created ({created:%Y-%m-%d %H:%M:%S}) after it was last modified "
        f"({modified:%Y-%m-%d %H:%M:%S}): consistent with times that were changed, or a clock that "
        "was set back"
    )


def created_after_the_file(findings: Findings) -> str | None:
    """The container states a later time than the file system has of it, by more than zones."""
    created = findings.time("created", lambda f: _of_header(f) or _of_device(f))
    written = findings.time("file modified", lambda f: True)
    if created is None or written is None or created <= written + _ZONES:
        return None
    return (
        f"states that it was created on {created:%Y-%m-%d}, and the file system has it from "
        f"{written:%Y-%m-%d}: consistent with a wrong clock, or times that were changed"
    )


def device_and_header_differ(findings: Findings) -> str | None:
    """The device's own time and that of the header are days apart."""
    header = findings.time("created", _of_header)
    device = findings.time("created", _of_device)
    if header is None or device is None or abs(header - device) <= _ZONES:
        return None
    return (
        f"was created on {device:%Y-%m-%d} by the device's tag and on {header:%Y-%m-%d} by its "
        "header: consistent with a file that was exported later, or with tags that were changed"
    )


RULES: tuple[Rule, ...] = (
    created_after_modified,
    created_after_the_file,
    device_and_header_differ,
)
