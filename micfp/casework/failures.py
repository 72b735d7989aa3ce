"""What SQLite raises of the file of a case, as one sentence."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from micfp.errors import MicfpError, shortened

_READ_ONLY = "may not be written here; check permissions of the file and its folder"
# Names of errors begin so; the first that fits is said.
_SENTENCES = (
    ("SQLITE_NOTADB", "is no case: it is not even a database; give the file of a case"),
    ("SQLITE_FULL", "the disk is full; free some space and try again: nothing is lost"),
    ("SQLITE_READONLY", _READ_ONLY),
    ("SQLITE_CANTOPEN", "cannot be opened or made here; check permissions of the file's folder"),
    ("SQLITE_PERM", "may not be opened; check its permissions"),
    ("SQLITE_BUSY", "another process is writing to it; try again"),
    ("SQLITE_LOCKED", "another process is writing to it; try again"),
    ("SQLITE_IOERR", "the disk failed, or is full; look after it, and try again"),
)


@contextmanager
def as_sentences(path: Path) -> Iterator[None]:
    """Raise what SQLite says of a file as a MicfpError."""
    try:
        yield
    except sqlite3.ProgrammingError:  # nothing of the file is amiss
        raise MicfpError(
            f"{path}: this case was opened and closed again; ask while it is open, inside of `with "
            "micfp.open_case(...) as case:`"
        ) from None
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        for begin, sentence in _SENTENCES:
            if name.startswith(begin):
                raise MicfpError(f"{path}: {sentence}") from None
        raise damaged(path, str(error)) from None


def damaged(path: Path, reason: str) -> MicfpError:
    """The sentence of a file that does not hold what a case holds."""
    reason = shortened(" ".join(reason.split()), 200)
    return MicfpError(f"{path}: is damaged ({reason}); copy it again, or enrol into a new case")


def read_only(path: Path) -> MicfpError:
    """The sentence of a file that may not be written."""
    return MicfpError(f"{path}: {_READ_ONLY}")
