"""Scans by the devices of a case, whose log keeps what was found."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from micfp.audio import Channel
from micfp.casework.asking import Asked, keep, question_of
from micfp.casework.case_file import Case
from micfp.casework.files import logged_path
from micfp.casework.scan.found import Scan
from micfp.casework.scan.scanning import scan_each
from micfp.fingerprint.weighed.weighing import Weighing


def scan_in_case(
    case: Case,
    paths: Sequence[Path],
    weighing: Weighing,
    channel: Channel = "mean",
    track: int | None = None,
    out: Path | None = None,
) -> Iterator[Asked[Scan]]:
    """Scan recordings; segments are named after the devices of a case, where there are any.

    Parameters are those of `scanning.scan_each`. Each scan is recorded before it is said; where the
    case may not be written, it is said all the same.

    Raises
    ------
    MicfpError
        The case is of another model.
    """
    devices, enrolled_by = case.devices_and_entry(weighing.loaded.sha256)
    references = {one.name: one.fingerprints for one in devices}
    question = question_of(weighing, channel, track) | {"enrolled_by": enrolled_by}
    for found in scan_each(paths, weighing, references, channel, track, out):
        file = logged_path(found.path)
        yield Asked(found, keep(case, "scan", question, found.as_record(), [file]))
