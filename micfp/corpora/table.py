"""What all readers share: the table's columns, the audio files, clean labels."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.corpora.listing import AUDIO_SUFFIXES, left_out_in_words, list_audio
from micfp.errors import MicfpError, printable

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("path", "device", "make", "model", "unit", "session", "content")


CHECK = "check the path (in a parameter file: corpus.root)"
FORMULA = ("=", "+", "-", "@", "\t")
"""What a cell begins with that a spreadsheet computes."""


def audio_files(root: Path) -> list[Path]:
    """All audio files under a folder, sorted by path: see `list_audio`.

    Raises MicfpError where `root` is missing, is no folder, may not be read or holds no audio.
    """
    if not root.exists():
        raise MicfpError(f"{root}: there is no such folder of recordings; {CHECK}")
    if not root.is_dir():
        raise MicfpError(f"{root}: is a file, and this reader needs the folder of the recordings")
    listing = list_audio(root)
    if not listing.audio:
        said = f"; {left_out_in_words(listing.left_out, root)}" if listing.left_out else ""
        raise MicfpError(
            f"{root}: holds no audio file (nothing that begins as one, or has a suffix of "
            f"{', '.join(AUDIO_SUFFIXES)}){said}"
        )
    return list(listing.audio)


def label(text: str) -> str:
    """A name as a label: composed unicode (NFC), single spaces, none at the ends.

    What cannot be shown is escaped, and what a spreadsheet would take for a formula is quoted.
    """
    name = printable(" ".join(unicodedata.normalize("NFC", text).split()))
    return f"'{name}" if name.startswith(FORMULA) else name


def columns_of(target: str) -> tuple[str, ...]:
    """The columns of a recordings table: COLUMNS, and the target where it is none of them."""
    return COLUMNS if target in COLUMNS else (*COLUMNS, target)


def recordings_table(
    rows: Iterable[Mapping[str, str]], columns: Sequence[str] = COLUMNS
) -> "pd.DataFrame":
    """The recordings table: a row per recording, columns of str, sorted by path.

    Paths are objects where one is not UTF-8. A label that a row lacks is "": unknown.
    """
    import pandas as pd

    ordered = sorted(rows, key=lambda row: row["path"])
    table = pd.DataFrame(
        {column: [row.get(column, "") for row in ordered] for column in columns}, dtype=object
    )
    texts = [column for column in columns if column != "path" or table["path"].map(is_utf8).all()]
    return table.astype(dict.fromkeys(texts, "str"))


def is_utf8(path: str) -> bool:
    """Whether a path can be written as text: a file system takes any bytes for a name."""
    return not any("\ud800" <= character <= "\udfff" for character in path)


def refuse_shared_names(device_of: Mapping[str, str], where: Path) -> None:
    """Refuse two devices whose names a person would take for one.

    Arguments: `device_of`: the device's label by the name it has on disk; `where`: for the message.
    Raises MicfpError where two names give the same label, or labels that differ in case only.
    """
    first: dict[str, str] = {}
    for raw, device in device_of.items():
        other = first.setdefault(device.casefold(), raw)
        if other != raw:
            raise MicfpError(
                f"{where}: {other!r} and {raw!r} both name the device {device!r}; "
                "give them names that differ, or put one device's files together"
            )
