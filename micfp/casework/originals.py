"""The audio files that a log speaks of: where they are, and whether they are what they were."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from micfp.casework.files import LoggedFile

State = Literal["same", "changed", "missing", "unreadable"]


@dataclass(frozen=True)
class Original:
    """A file of the log, looked for.

    Attributes
    ----------
    path
        Where it is, or was looked for first.
    state
        "same": it has the digest of the log; "changed": another one; "missing": nothing is there.
        "unreadable": it may not be read.
    """

    path: Path
    state: State


def original(file: LoggedFile, case: Path) -> Original:
    """Look for a file of the log of a case.

    Where it was when it was asked about, seen from here and from the folder of the case; else
    under its name beside the case, as when both were sent together.
    """
    given = Path(file.path)
    places = [given, case.parent / given, case.parent / given.name]
    first: Original | None = None
    for number, place in enumerate(places):
        if not place.is_file():
            continue
        try:
            with open(place, "rb") as opened:
                same = hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256
        except OSError:
            first = first or Original(place, "unreadable")
            continue
        if same:
            return Original(place, "same")
        if number < 2:  # of the same name alone, it may be another recording
            first = first or Original(place, "changed")
    return first or Original(given, "missing")
