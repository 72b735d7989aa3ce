"""A case: enrolled devices, their references, and a log of all that was done, in one file.

Several processes may write it in turn, and each change is whole or none.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import micfp
from micfp.casework import log
from micfp.casework.database import open_database, reading, transaction
from micfp.casework.failures import as_sentences, damaged
from micfp.casework.files import LoggedFile, logged
from micfp.casework.log import Entry, Row
from micfp.casework.names import check_new, device_name
from micfp.casework.reference import Device, Reference
from micfp.casework.rows import COLUMNS, reference_of, row_of
from micfp.errors import MicfpError, shown
from micfp.fingerprint.weighed.listening import Recording

DEFAULT = Path("case.micfp")


class OtherDeviceError(MicfpError):
    """A file is a reference of another device, the owner."""

    def __init__(self, path: str, owner: str) -> None:
        super().__init__(
            f"{path}: is enrolled as {shown(owner)}, and a recording is of one device: remove that "
            "one, or leave this file out"
        )


class Case:
    """An open case; `open_case` gives one.

    Attributes
    ----------
    path
        Of its file.
    begun_in_empty
        Whether there was a file of 0 bytes before: perhaps what a disk left of a case.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, begun_in_empty: bool) -> None:
        self.path = path
        self.begun_in_empty = begun_in_empty
        self._connection = connection

    @property
    def model_sha256(self) -> str | None:
        """Digest of the fingerprint model that it is of; None before the first reference."""
        with as_sentences(self.path):
            return self._model_sha256()

    def check_model(self, model_sha256: str) -> None:
        """Raise MicfpError where the case is of another model than the one with this digest."""
        own = self.model_sha256
        if own is not None and own != model_sha256:
            raise MicfpError(
                f"{self.path}: is of another fingerprint model ({own[:12]}) than this one "
                f"({model_sha256[:12]}), and their fingerprints do not compare: give that model by "
                "--fingerprint, or enrol into a new case"
            )

    def references(self) -> list[Reference]:
        """Every reference, in the order in which they were added.

        Raises
        ------
        MicfpError
            A value that is none: the file is damaged.
        """
        columns = ", ".join(f"reference.{name}" for name in COLUMNS)
        with as_sentences(self.path):
            rows = self._connection.execute(
                f"SELECT device.name, {columns} FROM reference "
                "JOIN device ON device.id = reference.device ORDER BY reference.id"
            )
            try:
                return [reference_of(*row) for row in rows]
            except ValueError as error:
                raise damaged(self.path, str(error)) from None

    def devices(self) -> list[Device]:
        """Enrolled devices, in the order in which they were added, with their references."""
        of_device: dict[str, list[Reference]] = {}
        for reference in self.references():
            of_device.setdefault(reference.device, []).append(reference)
        return [Device(name, tuple(some)) for name, some in of_device.items()]

    def devices_and_entry(self, model_sha256: str) -> tuple[list[Device], int]:
        """Enrolled devices, and the number of the log's last entry when they were these.

        Parameters
        ----------
        model_sha256
            Digest of the fingerprint model by which they are asked about.

        Raises
        ------
        MicfpError
            They are of another model; the file is damaged.
        """
        self.check_model(model_sha256)
        with as_sentences(self.path), reading(self._connection):
            (number,) = self._connection.execute("SELECT max(number) FROM log").fetchone()
            return self.devices(), int(number or 0)

    def enrolled(self, model_sha256: str) -> tuple[list[Device], int]:
        """`devices_and_entry` of one device or more; MicfpError where nobody is enrolled."""
        devices, number = self.devices_and_entry(model_sha256)
        if not devices:
            raise MicfpError(
                f"{self.path}: no device is enrolled; micfp enroll NAME AUDIO... does it"
            )
        return devices, number

    def add_reference(self, name: str, recording: Recording, model_sha256: str) -> bool:
        """Keep a recording as a reference of a device, which is added where it is new.

        Parameters
        ----------
        name
            The device's.
        recording
            What is kept.
        model_sha256
            Digest of the model that took its fingerprint.

        Returns
        -------
        False where the device has this file already: it is not kept twice.

        Raises
        ------
        OtherDeviceError
            Another device has this file.
        MicfpError
            No name, one that differs from another by its case alone, another model, a file that
            may not be written, a full disk: the case is what it was.
        """
        name = device_name(name)
        with self._transaction():
            self.check_model(model_sha256)
            owner = self._owner(recording.sha256)
            if owner == name:
                return False
            if owner is not None:
                raise OtherDeviceError(recording.path, owner)
            check_new(name, self._names())
            execute = self._connection.execute
            execute("INSERT OR IGNORE INTO device (name) VALUES (?)", (name,))
            execute("INSERT OR IGNORE INTO meta VALUES ('model_sha256', ?)", (model_sha256,))
            (device,) = execute("SELECT id FROM device WHERE name = ?", (name,)).fetchone()
            added = Reference(name, recording, _now(), micfp.__version__, model_sha256)
            row = row_of(added)
            marks = ", ".join("?" * (len(row) + 1))
            execute(
                f"INSERT INTO reference (device, {', '.join(COLUMNS)}) VALUES ({marks})",
                (device, *row),
            )
            self._log(
                "enroll", {"device": name}, added.as_record(), [logged(recording, vectors=False)]
            )
        return True

    def remove(self, name: str) -> int:
        """Forget a device; returns how many references it had.

        Raises
        ------
        MicfpError
            There is no such device; the file may not be written.
        """
        name = device_name(name)
        with self._transaction():
            execute = self._connection.execute
            found = execute("SELECT id FROM device WHERE name = ?", (name,)).fetchone()
            if found is None:
                there = ", ".join(self._names()) or "none"
                raise MicfpError(f"{self.path}: has no device {shown(name)}; there are: {there}")
            count = execute("DELETE FROM reference WHERE device = ?", found).rowcount
            execute("DELETE FROM device WHERE id = ?", found)
            if not self._names():  # nothing of that model is left
                execute("DELETE FROM meta WHERE key = 'model_sha256'")
            self._log("remove", {"device": name}, {"device": name, "removed": count}, ())
        return count

    def record(
        self,
        kind: str,
        question: Mapping[str, Any],
        answer: Mapping[str, Any],
        files: Sequence[LoggedFile],
    ) -> int:
        """Write what was asked and answered into the log; returns the number of the entry.

        Parameters
        ----------
        kind
            The command: lower-case letters.
        question
            What was asked and by which parameters; plain data.
        answer
            As `--json` prints it.
        files
            The recordings that were asked about.

        Raises
        ------
        MicfpError
            The file may not be written, a full disk, an answer of more than 16 million characters:
            the case is what it was.
        """
        with self._transaction():
            return self._log(kind, question, answer, files)

    def log_rows(self) -> list[Row]:
        """The log as it is kept, whatever is in it."""
        with as_sentences(self.path):
            return list(log.rows(self._connection))

    def made(self) -> dict[str, str]:
        """When and by which version of micfp it was begun, as the log's first entry has it."""
        wanted = "SELECT key, value FROM meta WHERE key IN ('made', 'micfp_version')"
        with as_sentences(self.path):
            return {str(key): str(value) for key, value in self._connection.execute(wanted)}

    def entries(self) -> list[Entry]:
        """Every entry of the log, in order.

        Raises
        ------
        MicfpError
            One that is none: the file is damaged.
        """
        try:
            return [log.entry_of(row) for row in self.log_rows()]
        except ValueError as error:
            raise damaged(self.path, str(error)) from None

    def _log(
        self,
        kind: str,
        question: Mapping[str, Any],
        answer: Mapping[str, Any],
        files: Sequence[LoggedFile],
    ) -> int:
        return log.append(self._connection, kind, question, answer, files)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Write all or nothing, while no other process writes."""
        with as_sentences(self.path), transaction(self._connection):
            yield

    def _model_sha256(self) -> str | None:
        found = self._connection.execute("SELECT value FROM meta WHERE key = 'model_sha256'")
        row = found.fetchone()
        return None if row is None else str(row[0])

    def _names(self) -> list[str]:
        return [str(name) for (name,) in self._connection.execute("SELECT name FROM device")]

    def _owner(self, sha256: str) -> str | None:
        row = self._connection.execute(
            "SELECT device.name FROM reference JOIN device ON device.id = reference.device "
            "WHERE sha256 = ?",
            (sha256,),
        ).fetchone()
        return None if row is None else str(row[0])


@contextmanager
def open_case(path: Path = DEFAULT, create: bool = False) -> Iterator[Case]:
    """Open a case.

    Parameters
    ----------
    path
        Its file.
    create
        Begin one where there is none. Then the case is to be written: MicfpError where it may
        not be.

    Raises
    ------
    MicfpError
        There is none; the file is empty, damaged, another program's, another version's, or may
        not be read.
    """
    connection, begun_in_empty = open_database(path, create)
    try:
        yield Case(path, connection, begun_in_empty)
    finally:
        connection.close()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
