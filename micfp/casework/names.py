"""Names of enrolled devices: one that a person tells from every other."""

import unicodedata
from collections.abc import Sequence

from micfp.errors import MicfpError, printable, shown

LONGEST = 200  # characters


def device_name(text: str) -> str:
    """A name as it is kept: composed characters (NFC), without space around it.

    Raises
    ------
    MicfpError
        Nothing but space, more than 200 characters, or some that cannot be seen.

    >>> device_name(" e\u0301tude ")
    'étude'
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise MicfpError("a device needs a name: give one that is not empty")
    if len(name) > LONGEST:
        raise MicfpError(f"a name of {len(name)} characters: give at most {LONGEST}")
    if printable(name) != name:
        raise MicfpError(f"{shown(name)}: a name has no line breaks or other controls; change it")
    return name


def check_new(name: str, names: Sequence[str]) -> None:
    """Refuse a name that differs from another by capitals alone: nobody would tell them apart."""
    for other in names:
        if other != name and other.casefold() == name.casefold():
            raise MicfpError(
                f"{shown(name)}: there is a device {shown(other)}: give that name, or another one"
            )
