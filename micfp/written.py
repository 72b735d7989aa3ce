"""Files that are written whole or not at all, and folders that can be written."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from micfp.errors import MicfpError


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a path to write to, which becomes `path` where the block ends well, and vanishes else.

    What is at `path` already stays where writing fails; an OSError is passed on.
    """
    part = path.with_name(f".{os.getpid()}-{time.monotonic_ns()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()


@contextmanager
def written_whole(path: Path, what: str = "it") -> Iterator[Path]:
    """`beside`, of which a failure is one sentence.

    Parameters
    ----------
    path
        Where the file shall be.
    what
        What the sentence calls it.

    Raises
    ------
    MicfpError
        It cannot be written there.
    """
    try:
        with beside(path) as part:
            yield part
    except OSError as error:
        reason = error.strerror or error
        raise MicfpError(f"{path}: {what} could not be written there ({reason})") from None


@contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """Make a folder, and write files into it within the block.

    Raises
    ------
    MicfpError
        It cannot be made, or something cannot be written into it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        reason = error.strerror or error
        raise MicfpError(f"{folder}: cannot be written ({reason}); give another folder") from None


def check_writable(folder: Path) -> None:
    """Make a folder and write into it, so that nobody works for hours and then cannot.

    Raises
    ------
    MicfpError
        As `writing_into`.
    """
    from tempfile import TemporaryFile

    with writing_into(folder), TemporaryFile(dir=folder):
        pass
