"""The database that a case is: its form, and how a file is opened without trust in it.

A schema that is not exactly ours (a trigger, a view) is refused before a row is read, and so is a
journal that would make SQLite delete another file.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import micfp
from micfp.casework import log
from micfp.casework.failures import as_sentences, read_only
from micfp.casework.reference import written_time
from micfp.errors import MicfpError

APPLICATION_ID = 0x6D696366  # "micf"
FORM = 2
"""Higher when tables become others."""
BUSY_S = 30.0  # a writer holds the file for milliseconds
LONGEST_VALUE = log.LONGEST_ENTRY + 1024  # bytes
SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    "CREATE TABLE reference (id INTEGER PRIMARY KEY, "
    "device INTEGER NOT NULL REFERENCES device (id), path NOT NULL, sha256 TEXT NOT NULL UNIQUE, "
    "added TEXT NOT NULL, micfp_version TEXT NOT NULL, model_sha256 TEXT NOT NULL, "
    "sample_rate_hz INTEGER NOT NULL, n_samples INTEGER NOT NULL, parameters TEXT NOT NULL, "
    "active_s REAL NOT NULL, duration_s REAL NOT NULL, bandwidth_hz REAL NOT NULL, "
    "snr_db REAL NOT NULL, vectors BLOB NOT NULL, vectors_sha256 TEXT NOT NULL)",
    *log.TABLE,
)
# What SQLite advises for files of strangers; and of a device that is removed nothing stays.
_PRAGMAS = ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "secure_delete = ON")
# The last 8 bytes of a journal that names another file.
_NAMES_ANOTHER = bytes.fromhex("d9d505f920a163d7")


def open_database(path: Path, create: bool) -> tuple[sqlite3.Connection, bool]:
    """Open the database of a case; a damaged one, or one that is no case, is refused.

    Parameters
    ----------
    path
        Its file.
    create
        Begin one where there is none or an empty one. Then it is to be written.

    Returns
    -------
    A connection without transactions of its own, and whether there was a file of 0 bytes.
    """
    size_bytes = _size_bytes(path)
    if not create:
        _check_there(path, size_bytes)
    elif size_bytes is not None:
        _check_writable(path)
    _check_journal(path)
    with as_sentences(path):
        connection = _connect(path, "rwc" if create else "rw")
        try:
            begun = create and _begin(path, connection)
            _check_form(path, connection)
        except BaseException:
            connection.close()
            raise
    return connection, begun and size_bytes == 0


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all or nothing, while no other process writes."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def reading(connection: sqlite3.Connection) -> Iterator[None]:
    """Read several things of one and the same state, whoever writes meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


def _size_bytes(path: Path) -> int | None:
    """Size of a regular file; None where there is nothing."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MicfpError(f"{path}: cannot be opened ({error.strerror})") from None
    if not stat.S_ISREG(status.st_mode):
        raise MicfpError(f"{path}: is no regular file; give the file of a case")
    return status.st_size


def _check_there(path: Path, size_bytes: int | None) -> None:
    if size_bytes is None:
        raise MicfpError(
            f"no {path} here: enrol first (micfp enroll NAME AUDIO...), or give --case"
        )
    if size_bytes == 0:
        raise MicfpError(
            f"{path}: is empty (0 bytes): no device is enrolled in it; enrol, or copy it again"
        )


def _check_writable(path: Path) -> None:
    """Refuse at once what SQLite refuses when the first recording has been listened to."""
    if not (os.access(path, os.W_OK) and os.access(path.resolve().parent, os.W_OK)):
        raise read_only(path)


def _check_journal(path: Path) -> None:
    """Refuse a journal that names another file: SQLite would delete that file."""
    journal = Path(f"{path.resolve()}-journal")
    try:
        with open(journal, "rb") as file:
            file.seek(-len(_NAMES_ANOTHER), 2)
            if file.read() != _NAMES_ANOTHER:
                return
    except OSError:  # none, or a shorter one
        return
    raise MicfpError(f"{journal}: is no journal of micfp's; delete it")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", BUSY_S, isolation_level=None, uri=True
    )
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _begin(path: Path, connection: sqlite3.Connection) -> bool:
    """Write the tables of a new case; False where the file holds something already."""
    with transaction(connection):
        if _size_bytes(path):  # another process may have been faster: only now nobody else writes
            return False
        _write_tables(connection)
        made = {"made": written_time(datetime.now(UTC)), "micfp_version": micfp.__version__}
        connection.executemany("INSERT INTO meta VALUES (?, ?)", made.items())
        log.append(connection, "begin", {}, made)
    return True


def _write_tables(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORM}")
    for statement in SCHEMA:
        connection.execute(statement)


def _check_form(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse what is not a whole case of this form."""
    if _number(connection, "application_id") != APPLICATION_ID:
        raise MicfpError(f"{path}: is a database of another program, and no case of micfp's")
    form = _number(connection, "user_version")
    if form != FORM:
        raise MicfpError(
            f"{path}: is a case of form {form}, and this micfp ({micfp.__version__}) knows form "
            f"{FORM}: use the version that made it, or enrol into a new case"
        )
    if _schema(connection) != _own_schema():
        raise MicfpError(
            f"{path}: its tables are not those of a case: another program changed them; enrol "
            "into a new case"
        )
    (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise sqlite3.DatabaseError(said)


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    (number,) = connection.execute(f"PRAGMA {pragma}").fetchone()
    return int(number)


def _schema(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name")
    return rows.fetchall()


def _own_schema() -> list[tuple[object, ...]]:
    connection = sqlite3.connect(":memory:")
    try:
        _write_tables(connection)
        return _schema(connection)
    finally:
        connection.close()
