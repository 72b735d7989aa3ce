"""What a report speaks of, taken from a case whose log holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from micfp.casework.answers import (
    Enrolment,
    IdentifyEntry,
    Inspected,
    Scanned,
    VerifyEntry,
    enrolled,
    enrolment,
    identify_entry,
    inspected,
    scanned,
    verify_entry,
)
from micfp.casework.calibrations import calibration_of
from micfp.casework.case_file import Case
from micfp.casework.custody import broken
from micfp.casework.failures import damaged
from micfp.casework.files import LoggedFile
from micfp.casework.log import Entry
from micfp.casework.reference import Reference
from micfp.errors import MicfpError, printable, shortened
from micfp.evidence.calibration import Calibration

Asked = IdentifyEntry | VerifyEntry
LONGEST_NAME = 48  # characters of a name in a table


@dataclass(frozen=True)
class Contents:
    """A case, read.

    Attributes
    ----------
    path
        Of its file.
    entries
        The log, one or more.
    asked
        Its questions about devices, in order.
    scans, inspections
        What was found inside recordings, and what files say of themselves, in order.
    enrolments
        All that were enrolled, also what was removed since.
    references
        What is enrolled now, by the digest of the recording.
    calibrations
        By their digests, all that questions were weighed by; None: it is not here.
    """

    path: Path
    entries: tuple[Entry, ...]
    asked: tuple[Asked, ...]
    scans: tuple[tuple[Entry, Scanned], ...]
    inspections: tuple[tuple[Entry, Inspected], ...]
    enrolments: tuple[Enrolment, ...]
    references: Mapping[str, Reference]
    calibrations: Mapping[str, Calibration | None]

    def enrolled_at(self, entry: int) -> list[Enrolment]:
        """What was enrolled after so many entries."""
        return enrolled(self.entries[:entry])

    def is_removed(self, one: Enrolment) -> bool:
        """Whether a reference was removed since."""
        kept = self.references.get(str(one.file.sha256))
        return kept is None or kept.device != one.device


def read_contents(case: Case, calibration: Path | None) -> Contents:
    """Read a case for a report.

    Parameters
    ----------
    case
        The case.
    calibration
        A calibration that answers may be of, beside those that `calibration_of` looks for.

    Raises
    ------
    MicfpError
        The case is not what was written: there is no report of it.
    """
    if wrong := broken(case):
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise MicfpError(
            f"{case.path}: is not what was written, and there is no report of it: {wrong[0]}"
            f"{more}; micfp case verify says all"
        )
    entries = case.entries()
    try:
        asked: list[Asked] = []
        for entry in entries:
            if entry.kind == "identify":
                asked.append(identify_entry(entry))
            elif entry.kind == "verify":
                asked.append(verify_entry(entry))
        scans = [(entry, scanned(entry)) for entry in entries if entry.kind == "scan"]
        inspections = [(entry, inspected(entry)) for entry in entries if entry.kind == "inspect"]
        enrolments = [enrolment(entry) for entry in entries if entry.kind == "enroll"]
    except ValueError as error:
        raise damaged(case.path, str(error)) from None
    digests = dict.fromkeys(one.question.calibration_sha256 for one in asked)
    return Contents(
        case.path,
        tuple(entries),
        tuple(asked),
        tuple(scans),
        tuple(inspections),
        tuple(enrolments),
        {one.recording.sha256: one for one in case.references()},
        {sha256: calibration_of(sha256, calibration) for sha256 in digests},
    )


def files_asked(one: Asked) -> tuple[LoggedFile, ...]:
    """The recordings of a question."""
    return (one.file,) if isinstance(one, IdentifyEntry) else one.files


def name_of(path: object) -> str:
    """A file's name without its folder, printable, and not too long for a table."""
    return shortened(printable(Path(str(path)).name or path), LONGEST_NAME)


def device_of(name: object) -> str:
    """A device's name, printable, and not too long for a table."""
    return shortened(printable(name), LONGEST_NAME)
