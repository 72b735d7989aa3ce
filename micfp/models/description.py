"""Descriptions beside models: small JSON files, which may come from a stranger."""

import json
import stat
from pathlib import Path
from typing import Any

MOST_BYTES = 4_000_000  # one of a thousand devices has 100 kB


def read_description(path: Path) -> Any:
    """What a JSON file holds.

    Raises
    ------
    FileNotFoundError
        where there is none
    ValueError, OSError
        that says what is wrong with it: no regular file, too large, too deep, no JSON
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is no regular file")
    with open(path, "rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES} bytes")
    try:
        return json.loads(content.decode(), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it has too many levels in each other") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"it holds {constant}, which is no number")
