"""Questions to a case, whose answers its log keeps: nobody can ask until an answer pleases."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from micfp.audio import Channel
from micfp.casework.case_file import Case
from micfp.casework.files import LoggedFile, logged, logged_path
from micfp.errors import MicfpError
from micfp.fingerprint.weighed.identify import Identification, identify_each
from micfp.fingerprint.weighed.listening import Recording
from micfp.fingerprint.weighed.verify import Verification
from micfp.fingerprint.weighed.verify import verify as weigh
from micfp.fingerprint.weighed.weighing import Weighing

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Asked(Generic[Answer]):
    """What is said of a recording.

    Attributes
    ----------
    answer
        It.
    not_recorded
        Why the log does not have it, a sentence; None: it has.
    """

    answer: Answer
    not_recorded: str | None


def identify(
    case: Case,
    paths: Sequence[Path],
    weighing: Weighing,
    channel: Channel = "mean",
    track: int | None = None,
) -> Iterator[Asked[Identification]]:
    """Identify recordings by the devices of a case; each answer is recorded before it is said.

    Parameters are those of `identify_each`. Where the case may not be written, it is answered all
    the same.

    Raises
    ------
    MicfpError
        The case is of another model, or nobody is enrolled in it.
    """
    devices, enrolled_by = case.enrolled(weighing.loaded.sha256)
    references = {one.name: one.fingerprints for one in devices}
    question = question_of(weighing, channel, track) | {"enrolled_by": enrolled_by}
    for found in identify_each(references, paths, weighing, channel, track):
        file = _logged(found.path, found.recording)
        said = found.as_record(weighing)
        yield Asked(found, keep(case, "identify", question, said, [file]))


def verify(
    case: Case,
    a: Path,
    b: Path,
    weighing: Weighing,
    channel: Channel = "mean",
    track: int | None = None,
) -> tuple[Verification, str | None]:
    """Weigh whether one device made two recordings, and record the answer in a case.

    Parameters and answer are those of `micfp.fingerprint.weighed.verify`; beside the answer, why
    the log does not have it, or None.
    """
    found = weigh(a, b, weighing, channel, track)
    names = found.a, found.b
    files = [_logged(*one) for one in zip(names, found.recordings, strict=True)]
    question = question_of(weighing, channel, track)
    return found, keep(case, "verify", question, found.as_record(weighing), files)


def question_of(weighing: Weighing, channel: Channel, track: int | None) -> dict[str, Any]:
    """Plain data: by what a question is asked, beside the recordings."""
    return {
        "sitting": weighing.sitting,
        "population": weighing.population,
        "channel": channel,
        "track": track,
        "fingerprint_sha256": weighing.loaded.sha256,
        "calibration_sha256": weighing.calibration_sha256,
    }


def _logged(path: str, recording: Recording | None) -> LoggedFile:
    return logged_path(path) if recording is None else logged(recording, vectors=True)


def keep(
    case: Case,
    kind: str,
    question: Mapping[str, Any],
    said: Mapping[str, Any],
    files: Sequence[LoggedFile],
) -> str | None:
    """Record what was asked and answered; returns why it could not be, a sentence, or None.

    Parameters are those of `Case.record`.
    """
    try:
        case.record(kind, question, said, files)
    except MicfpError as error:
        return str(error)
    return None
