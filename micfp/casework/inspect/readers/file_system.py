"""What the file system says of a file, and its digest."""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from micfp.casework.inspect.inspection import OWN, Field, Group

READER = "file system"
_BLOCK_BYTES = 1 << 20


def read(file: BinaryIO) -> Iterator[Field]:
    """Size and times, which say when this copy was written, and SHA-256 of all bytes."""
    status = os.fstat(file.fileno())
    yield Field("size [bytes]", status.st_size, READER, Group.file)
    yield Field("file modified", _time(status.st_mtime), READER, Group.file, "mtime")
    yield Field("file status changed", _time(status.st_ctime), READER, Group.file, "ctime")
    born = getattr(status, "st_birthtime", None)  # macOS
    if born is not None:
        yield Field("file created", _time(born), READER, Group.file, "birthtime")
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(_BLOCK_BYTES):
        digest.update(block)
    yield Field("SHA-256", digest.hexdigest(), OWN, Group.file, "all bytes")


def _time(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):  # a file system may hold any number
        return f"{seconds:.0f} s from 1970"
