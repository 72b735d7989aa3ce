"""What entries of the log say, read with types; what a stranger wrote into one is checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from micfp.casework.files import LoggedFile, Text
from micfp.casework.log import Entry
from micfp.casework.rows import Digest
from micfp.evidence.calibration import Population
from micfp.fingerprint.embedding.model import Sitting

Number = Annotated[float, Field(ge=-1000, le=1000)]
Seconds = Annotated[float, Field(ge=0, le=1e9)]
Interval = Annotated[list[Number], Field(min_length=2, max_length=2)]
Model = TypeVar("Model", bound=BaseModel)


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)


class Question(_Read):
    """By what a question was asked, beside the recordings; see `asking.question_of`."""

    sitting: Sitting
    population: Population
    channel: Literal["mean"] | Annotated[int, Field(ge=0)]
    track: int | None
    fingerprint_sha256: Digest
    calibration_sha256: Digest
    enrolled_by: int = 0
    """Number of the last entry before the devices were read; 0: none were needed."""


class ConditionalOn(_Read):
    """On what an LR hangs, beside the recordings; see `Weighing.conditional_on`."""

    calibration: str
    fingerprint_sha256: Digest
    sitting: Sitting
    proposition: Literal["model", "unit"]
    population: str
    bounds_log10: Interval
    bounded_by: str


class RankedDevice(_Read):
    """An enrolled device and its LR."""

    device: Text
    log10_lr: Number
    interval: Interval


class Identified(_Read):
    """An answer of `micfp identify`."""

    path: Text
    answer: Text | None
    ranking: list[RankedDevice]
    none_of_these: Number | None
    refused: Text | None
    quality: dict[str, float] | None
    conditional_on: ConditionalOn
    warnings: list[Text]


class Verified(_Read):
    """An answer of `micfp verify`."""

    a: Text
    b: Text
    log10_lr: Number | None
    interval: Interval | None
    refused: Text | None
    conditional_on: ConditionalOn
    warnings: list[Text]


class _Inspect(_Read):
    track: int | None


class ScannedChange(_Read):
    """A place at which something changed; see `scan.track.Change`."""

    time_s: Seconds
    interval_s: Annotated[list[Seconds], Field(min_length=2, max_length=2)]
    track: Text
    log10_lr: Number | None
    what: Text
    beside: list[Text]


class ScannedSegment(_Read):
    """A stretch, and who made it; see `scan.found.Segment`."""

    start_s: Seconds
    stop_s: Seconds
    device: Text | None


class Scanned(_Read):
    """An answer of `micfp scan`."""

    path: Text
    duration_s: Seconds
    changes: list[ScannedChange]
    segments: list[ScannedSegment]
    refused: Text | None
    warnings: list[Text]


class InspectedField(_Read):
    """What one reader says; see `inspect.inspection.Field`."""

    name: Text
    value: str | int | float | bool | list[int | float]
    reader: Text
    place: Text = ""


class Inspected(_Read):
    """An answer of `micfp inspect`."""

    fields: list[InspectedField]
    inconsistencies: list[Text]
    refused: Text | None = None


class _Enrolment(_Read):
    device: Text
    model_sha256: Digest


@dataclass(frozen=True)
class Enrolment:
    """A reference that was added, as the log says it.

    Attributes
    ----------
    entry
        Of the log.
    device
        Its name.
    model_sha256
        Digest of the model that took its fingerprint.
    file
        Its recording, with what was heard.
    """

    entry: Entry
    device: str
    model_sha256: str
    file: LoggedFile


@dataclass(frozen=True)
class IdentifyEntry:
    """A question which of the enrolled devices made a recording, and its answer."""

    entry: Entry
    question: Question
    answer: Identified
    file: LoggedFile


@dataclass(frozen=True)
class ScanEntry:
    """A recording that was scanned, and by what."""

    entry: Entry
    question: Question
    file: LoggedFile


@dataclass(frozen=True)
class InspectEntry:
    """A file that was inspected, and the track whose samples were measured."""

    entry: Entry
    track: int | None
    file: LoggedFile


@dataclass(frozen=True)
class VerifyEntry:
    """A question whether one device made two recordings, and its answer."""

    entry: Entry
    question: Question
    answer: Verified
    files: tuple[LoggedFile, LoggedFile]


def enrolled(entries: Sequence[Entry]) -> list[Enrolment]:
    """What is enrolled after some entries, the first ones of a log.

    Raises
    ------
    ValueError
        An entry that does not say it.
    """
    there: list[Enrolment] = []
    for entry in entries:
        if entry.kind == "enroll":
            there.append(enrolment(entry))
        elif entry.kind == "remove":
            name = entry.question.get("device")
            there = [one for one in there if one.device != name]
    return there


def enrolment(entry: Entry) -> Enrolment:
    """An entry of the kind "enroll", read; ValueError where it is none."""
    said = _read(_Enrolment, entry, entry.answer)
    (file,) = _files(entry, 1)
    return Enrolment(entry, said.device, said.model_sha256, file)


def identify_entry(entry: Entry) -> IdentifyEntry:
    """An entry of the kind "identify", read; ValueError where it is none."""
    (file,) = _files(entry, 1)
    return IdentifyEntry(entry, *_asked(entry, Identified), file)


def verify_entry(entry: Entry) -> VerifyEntry:
    """An entry of the kind "verify", read; ValueError where it is none."""
    a, b = _files(entry, 2)
    return VerifyEntry(entry, *_asked(entry, Verified), (a, b))


def scanned(entry: Entry) -> Scanned:
    """What an entry of the kind "scan" answers; ValueError where it is none."""
    return _read(Scanned, entry, entry.answer)


def inspected(entry: Entry) -> Inspected:
    """What an entry of the kind "inspect" answers; ValueError where it is none."""
    return _read(Inspected, entry, entry.answer)


def scan_entry(entry: Entry) -> ScanEntry:
    """An entry of the kind "scan", read; ValueError where it is none."""
    (file,) = _files(entry, 1)
    return ScanEntry(entry, _read(Question, entry, entry.question), file)


def inspect_entry(entry: Entry) -> InspectEntry:
    """An entry of the kind "inspect", read; ValueError where it is none."""
    (file,) = _files(entry, 1)
    inspected(entry)
    return InspectEntry(entry, _read(_Inspect, entry, entry.question).track, file)


def _asked(entry: Entry, answer: type[Model]) -> tuple[Question, Model]:
    return _read(Question, entry, entry.question), _read(answer, entry, entry.answer)


def _files(entry: Entry, wanted: int) -> tuple[LoggedFile, ...]:
    if len(entry.files) != wanted:
        raise ValueError(f"entry {entry.number} of the log has another number of recordings")
    return entry.files


def _read(model: type[Model], entry: Entry, plain: Any) -> Model:
    try:
        return model.model_validate(dict(plain))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"entry {entry.number} of the log: {where}: {first['msg']}") from None
