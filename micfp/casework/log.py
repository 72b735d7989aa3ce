"""The log of a case: what was done and asked, entry by entry, each chained to the one before.

An entry's digest covers the digest of the entry before it and its own text. So whoever changes,
takes out or puts in an entry must write all that follow anew; a digest that is kept elsewhere, as
a report states it, shows that too.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import micfp
from micfp.casework.files import LoggedFile, as_plain, read_plain
from micfp.casework.reference import read_time, written_time
from micfp.errors import MicfpError

BEFORE_THE_FIRST = "0" * 64
"""What stands in place of the digest before the first entry."""
LONGEST_ENTRY = 1 << 24  # characters: the answer to a question about some 100 000 devices
TABLE = (
    "CREATE TABLE log (number INTEGER PRIMARY KEY, entry TEXT NOT NULL, sha256 TEXT NOT NULL)",
    "CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log "
    "BEGIN SELECT RAISE(ABORT, 'an entry of the log is never changed'); END",
    "CREATE TRIGGER log_is_not_shortened BEFORE DELETE ON log "
    "BEGIN SELECT RAISE(ABORT, 'an entry of the log is never removed'); END",
    # Replacing a row runs no trigger of deletion.
    "CREATE TRIGGER log_is_appended_to BEFORE INSERT ON log "
    "WHEN new.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM log) "
    "BEGIN SELECT RAISE(ABORT, 'an entry of the log comes after the last one'); END",
)


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    number: int = Field(gt=0)
    time: str
    kind: str = Field(pattern=r"^[a-z]{1,40}$")
    micfp: str
    question: dict[str, Any]
    answer: dict[str, Any]
    files: list[dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """An entry as it is kept: its number, its text and its digest."""

    number: int
    text: str
    sha256: str


@dataclass(frozen=True)
class Entry:
    """What was done or asked.

    Attributes
    ----------
    number
        From 1.
    time
        In UTC, to the second.
    kind
        The command: "begin", "enroll", "remove", "identify", "verify", and others.
    micfp_version
        What did it.
    question
        What was asked, and by which parameters; plain data.
    answer
        As `--json` prints it; plain data.
    files
        The recordings that it was about.
    sha256
        Its digest, and so that of all before it.
    """

    number: int
    time: datetime
    kind: str
    micfp_version: str
    question: Mapping[str, Any]
    answer: Mapping[str, Any]
    files: tuple[LoggedFile, ...]
    sha256: str


def append(
    connection: sqlite3.Connection,
    kind: str,
    question: Mapping[str, Any],
    answer: Mapping[str, Any],
    files: Sequence[LoggedFile] = (),
) -> int:
    """Write an entry after the last one, within a transaction; returns its number.

    Raises
    ------
    MicfpError
        It is too long.
    """
    last = connection.execute(
        "SELECT number, sha256 FROM log ORDER BY number DESC LIMIT 1"
    ).fetchone()
    number, before = (0, BEFORE_THE_FIRST) if last is None else last
    text = canonical(
        {
            "number": number + 1,
            "time": written_time(datetime.now(UTC)),
            "kind": kind,
            "micfp": micfp.__version__,
            "question": question,
            "answer": answer,
            "files": [as_plain(one) for one in files],
        }
    )
    if len(text) > LONGEST_ENTRY:
        raise MicfpError(
            f"an answer of {len(text)} characters does not go into the log of a case, which takes "
            f"{LONGEST_ENTRY}; ask about fewer devices at once"
        )
    connection.execute(
        "INSERT INTO log VALUES (?, ?, ?)", (number + 1, text, chained(before, text))
    )
    return int(number) + 1


def canonical(record: Mapping[str, Any]) -> str:
    """Plain data as JSON of which there is one writing alone: ASCII, keys in order, no space."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False, default=str)


def chained(before: str, text: str) -> str:
    """Digest of an entry that follows on one with the digest `before`."""
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def rows(connection: sqlite3.Connection) -> Iterator[Row]:
    """Every row of the log, whatever it holds."""
    for number, text, sha256 in connection.execute("SELECT * FROM log ORDER BY number"):
        yield Row(number, str(text), str(sha256))


def broken_links(kept: Sequence[Row]) -> list[str]:
    """What is wrong with the chain, a sentence each; none where it holds."""
    if not kept:
        return ["the log is empty: not even the beginning of the case is in it"]
    found = []
    before = BEFORE_THE_FIRST
    for expected, row in enumerate(kept, 1):
        if row.number != expected:
            found.append(f"entry {expected} of the log is missing")
            break
        try:
            good = chained(before, row.text) == row.sha256
        except UnicodeEncodeError:
            good = False
        if not good:
            found.append(
                f"entry {row.number} of the log, or its digest, is not what was written, or does "
                "not follow on the entry before it"
            )
        before = row.sha256
    return found


def entry_of(row: Row) -> Entry:
    """What a row says.

    Raises
    ------
    ValueError
        It is no entry.
    """
    try:
        found = _Written.model_validate(json.loads(row.text))
        files = tuple(map(read_plain, found.files))
        time = read_time(found.time)
        if found.number != row.number:
            raise ValueError(f"was written as entry {found.number}")
    except (ValidationError, ValueError, RecursionError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise ValueError(f"entry {row.number} of the log: {reason}") from None
    return Entry(
        row.number, time, found.kind, found.micfp, found.question, found.answer, files, row.sha256
    )
