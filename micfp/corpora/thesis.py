"""The thesis's corpus: `<root>/<date>/<prefix>-<N>.wav`, N = 1..5 the microphone."""

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from micfp.corpora.table import audio_files, label, recordings_table
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import pandas as pd

LAYOUT = "<root>/<date as 2023-02-09>/<prefix>-<1 to 5>.wav"

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAME = re.compile(r"(?P<prefix>.*)-(?P<number>[1-5])\.wav", re.IGNORECASE)


class Microphone(NamedTuple):
    """Labels of one microphone; `model` is make and model."""

    device: str
    make: str
    model: str
    unit: str


MICROPHONES = (
    Microphone("Shure SM7B", "Shure", "Shure SM7B", "1"),
    Microphone("t.bone MB 7 Beta", "t.bone", "t.bone MB 7 Beta", "1"),
    Microphone("1st Neumann KM 184", "Neumann", "Neumann KM 184", "1"),
    Microphone("2nd Neumann KM 184", "Neumann", "Neumann KM 184", "2"),
    Microphone("RODE NT1-A", "RØDE", "RØDE NT1-A", "1"),
)
"""The microphones of the thesis (section 4.1.3) in the order of their numbers, 1 to 5."""


def read(root: Path) -> "pd.DataFrame":
    """Recordings table of the thesis's corpus (section 4.6), or of one laid out like it.

    The date is the session. All five microphones heard one programme a date, at once, and what the
    two programmes share is not on record: content is therefore `programme <date>`, the same for
    the microphones of a date, and not to be told apart from the session. Where a microphone has
    several files on a date, content is `programme <date> <prefix>`.

    Raises MicfpError where root is missing, holds no audio, or an audio file is laid out otherwise.
    """
    matches = [(path, _match(path, root)) for path in audio_files(root)]
    files_of = Counter((path.parent, match["number"]) for path, match in matches)
    dates_with_takes = {folder for (folder, _), count in files_of.items() if count > 1}
    rows = []
    for path, match in matches:
        date = path.parent.name
        take = f" {label(match['prefix'])}" if path.parent in dates_with_takes else ""
        labels = MICROPHONES[int(match["number"]) - 1]._asdict()
        rows.append(
            labels | {"path": str(path), "session": date, "content": f"programme {date}{take}"}
        )
    return recordings_table(rows)


def _match(path: Path, root: Path) -> re.Match[str]:
    match = _NAME.fullmatch(path.name)
    if not match or path.parent.parent != root or not is_date(path.parent.name):
        raise MicfpError(f"{path}: does not fit the thesis's layout {LAYOUT}")
    return match


def is_date(name: str) -> bool:
    """Whether a folder's name is a recording date, as 2023-02-09."""
    return _DATE.fullmatch(name) is not None
