"""Every number of a log once more, from the audio files: what a second examiner does."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from micfp.audio import Channel, isolated
from micfp.casework.answers import (
    Enrolment,
    Question,
    enrolled,
    enrolment,
    identify_entry,
    inspect_entry,
    scan_entry,
    verify_entry,
)
from micfp.casework.calibrations import weighing_of
from micfp.casework.case_file import Case
from micfp.casework.failures import damaged
from micfp.casework.files import HeardIn, LoggedFile
from micfp.casework.inspect.inspecting import inspect_each
from micfp.casework.inspect.readers import file_system
from micfp.casework.log import Entry
from micfp.casework.originals import original
from micfp.casework.rows import digest_of
from micfp.casework.scan.scanning import scan_each
from micfp.errors import MicfpError, printable
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model_file import GOLDEN_DB, SHIPPED, Loaded, load_model
from micfp.fingerprint.embedding.spectra import Float32
from micfp.fingerprint.weighed.compare import Devices
from micfp.fingerprint.weighed.identify import answered
from micfp.fingerprint.weighed.listening import Heard, listen
from micfp.fingerprint.weighed.verify import verified
from micfp.fingerprint.weighed.weighing import Weighing

WITHIN, WITHIN_SHARE = 0.005, 0.001
"""How far a number may be from that of the log, or which share of it: half of the last digit that
is printed of a log10 LR. Another processor rounds other digits."""
NOT_COMPARED = ("path", "a", "b", "warnings", "what")
"""Keys of answers that are no result: where a file was, and sentences."""
State = Literal["same", "different", "not repeated"]


@dataclass(frozen=True)
class Repeated:
    """What became of an entry.

    Attributes
    ----------
    number, kind
        Of the entry.
    about
        Its recordings.
    state
        Whether its numbers came out again.
    reason
        What is different, or why it was not repeated; None of "same".
    largest
        Greatest difference between a number and that of the log.
    """

    number: int
    kind: str
    about: str
    state: State
    reason: str | None = None
    largest: float = 0.0

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return dict(vars(self))

    def as_text(self) -> str:
        """What a person reads."""
        said = f"entry {self.number}, {self.kind} {self.about}: {self.state}"
        return printable(said if self.reason is None else f"{said}: {self.reason}")


class _NotRepeatedError(MicfpError):
    """Why an entry cannot be repeated here."""


class _DifferentError(MicfpError):
    """What came out differently."""


def repeat(
    case: Case, fingerprint: Path | None = None, calibration: Path | None = None
) -> Iterator[Repeated]:
    """Take the fingerprints of all recordings of a log anew, and answer all its questions again.

    Parameters
    ----------
    case
        The case; it is not written to.
    fingerprint, calibration
        Files; None: those that micfp has, or `calibration.json` of the working directory.

    Raises
    ------
    MicfpError
        The log is damaged; there is no such model.
    """
    again = _Again(case, load_model(fingerprint or SHIPPED), calibration)
    for entry in again.entries:
        if entry.kind in ("begin", "remove"):  # which have no numbers
            continue
        about = ", ".join(one.path for one in entry.files)
        done = Repeated(entry.number, entry.kind, about, "same")
        try:
            yield replace(done, largest=again.entry(entry))
        except _DifferentError as error:
            yield replace(done, state="different", reason=str(error))
        except _NotRepeatedError as error:
            yield replace(done, state="not repeated", reason=str(error))
        except ValueError as error:
            raise damaged(case.path, str(error)) from None


class _Again:
    """A case, and what was heard of its recordings anew."""

    def __init__(self, case: Case, model: Loaded, calibration: Path | None) -> None:
        self.entries = case.entries()
        self._path = case.path
        self._model = model
        self._calibration = calibration
        self._kept = {one.recording.sha256: one.recording.fingerprint for one in case.references()}
        self._heard: dict[object, Heard | MicfpError] = {}

    def entry(self, entry: Entry) -> float:
        """Repeat an entry; returns the greatest difference of a number."""
        if entry.kind == "enroll":
            return self._enrolment(enrolment(entry))
        if entry.kind == "identify":
            return self._identify(entry)
        if entry.kind == "verify":
            return self._verify(entry)
        if entry.kind == "scan":
            return self._scan(entry)
        if entry.kind == "inspect":
            return self._inspect(entry)
        raise _NotRepeatedError(f"this version of micfp knows no `{entry.kind}`")

    def _enrolment(self, one: Enrolment) -> float:
        kept = self._kept.get(str(one.file.sha256))
        heard = self._reference(one)
        return _compared_heard(one.file, heard, None if kept is None else kept.vectors)

    def _identify(self, entry: Entry) -> float:
        asked = identify_entry(entry)
        weighing = self._weighing(asked.question)
        heard = self._listened(asked.file, asked.question)
        if isinstance(heard, MicfpError):
            return _refused_as_before(asked.answer.refused, heard)
        devices = self._devices(asked.question)
        compared = Devices(weighing.loaded.model, list(devices.values()), weighing.sitting)
        found = answered(list(devices), compared, heard, weighing)
        return max(
            _compared_heard(asked.file, heard, None),
            _compared(entry.answer, found.as_record(weighing)),
        )

    def _verify(self, entry: Entry) -> float:
        asked = verify_entry(entry)
        weighing = self._weighing(asked.question)
        a, b = (self._listened(file, asked.question) for file in asked.files)
        if isinstance(a, MicfpError):
            return _refused_as_before(asked.answer.refused, a)
        if isinstance(b, MicfpError):
            return _refused_as_before(asked.answer.refused, b)
        return max(
            _compared_heard(asked.files[0], a, None),
            _compared_heard(asked.files[1], b, None),
            _compared(entry.answer, verified(a, b, weighing).as_record(weighing)),
        )

    def _scan(self, entry: Entry) -> float:
        asked = scan_entry(entry)
        question = asked.question
        path = self._original(asked.file)
        weighing, devices = self._weighing(question), self._devices(question)
        found = next(scan_each([path], weighing, devices, question.channel, question.track))
        return _compared(entry.answer, found.as_record())

    def _inspect(self, entry: Entry) -> float:
        asked = inspect_entry(entry)
        found = next(inspect_each([self._original(asked.file)], asked.track)).as_record()
        return _compared(_without_copy(entry.answer), _without_copy(found))

    def _devices(self, question: Question) -> dict[str, list[Fingerprint]]:
        """Fingerprints, taken anew, of the devices that were enrolled when it was asked."""
        devices: dict[str, list[Fingerprint]] = {}
        for one in enrolled(self.entries[: question.enrolled_by]):
            found = self._reference(one).recording.fingerprint
            devices.setdefault(one.device, []).append(found)
        return devices

    def _weighing(self, question: Question) -> Weighing:
        try:
            return weighing_of(question, self._model, self._calibration)
        except MicfpError as error:
            raise _NotRepeatedError(error) from None

    def _listened(self, file: LoggedFile, question: Question) -> Heard | MicfpError:
        return self._listen(file, question.channel, question.track, question.sitting == "same")

    def _reference(self, one: Enrolment) -> Heard:
        if one.model_sha256 != self._model.sha256:
            raise _NotRepeatedError(
                f"{one.file.path} was enrolled by another model ({one.model_sha256[:12]}): give it "
                "by --fingerprint"
            )
        if one.file.heard is None:
            raise ValueError(f"entry {one.entry.number} of the log: nothing was heard")
        heard = self._listen(one.file, one.file.heard.channel, one.file.heard.track, False)
        if isinstance(heard, MicfpError):
            raise _DifferentError(heard)
        return heard

    def _listen(
        self, file: LoggedFile, channel: Channel, track: int | None, pitch: bool
    ) -> Heard | MicfpError:
        path = self._original(file)
        key = (file.sha256, channel, track, pitch)
        if key not in self._heard:
            (self._heard[key],) = isolated(
                lambda path: listen(path, self._model.model, channel, track, pitch=pitch),
                [path],
            )
        return self._heard[key]

    def _original(self, file: LoggedFile) -> Path:
        found = original(file, self._path)
        if found.state == "changed":
            raise _DifferentError(f"{found.path} is another file than was asked about")
        if found.state != "same":
            raise _NotRepeatedError(f"{file.path} is not here: put it there, or beside the case")
        return found.path


def _without_copy(inspected: Mapping[str, Any]) -> dict[str, Any]:
    """What was inspected, without what hangs on the copy of the file, as its times do."""
    kept = dict(inspected)
    kept["fields"] = [one for one in kept["fields"] if one["reader"] != file_system.READER]
    said = kept["inconsistencies"]
    kept["inconsistencies"] = [one for one in said if file_system.READER not in one]
    return kept


def _refused_as_before(before: object, now: MicfpError) -> float:
    if before is None:
        raise _DifferentError(f"there was an answer, and now there is none: {now}")
    return 0.0


def _compared_heard(file: LoggedFile, heard: Heard, kept: Float32 | None) -> float:
    """Compare what was heard with what the log says; returns the greatest difference."""
    if file.heard is None:
        raise _DifferentError(f"{file.path}: nothing was heard, and now there is")
    found = heard.recording.fingerprint
    vectors = kept if file.heard.vectors is None else file.heard.vectors
    if digest_of(found.vectors) != file.heard.vectors_sha256:
        if vectors is None:
            raise _DifferentError(f"{file.path}: its fingerprint has another digest")
        away_db = np.abs(found.vectors - vectors)
        if (np.isnan(found.vectors) != np.isnan(vectors)).any() or np.nanmax(away_db) > GOLDEN_DB:
            raise _DifferentError(f"{file.path}: its fingerprint is another one")
    return _compared(_measured(file.heard), vars(found))


def _measured(heard: HeardIn) -> dict[str, float]:
    names = ("active_s", "duration_s", "bandwidth_hz", "snr_db")
    return {name: getattr(heard, name) for name in names}


def _compared(before: Any, now: Any, where: str = "") -> float:
    """Compare plain data with what stands at the same places; returns the greatest difference."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        keys = [key for key in before if key not in NOT_COMPARED]
        return max((_compared(before[key], now.get(key), key) for key in keys), default=0.0)
    if isinstance(before, Sequence) and not isinstance(before, str) and isinstance(now, Sequence):
        if len(before) != len(now):
            raise _DifferentError(f"{where}: {len(before)} in the log, {len(now)} now")
        pairs = zip(before, now, strict=True)
        return max((_compared(*pair, where) for pair in pairs), default=0.0)
    if isinstance(before, float | int) and isinstance(now, float | int):
        if not math.isclose(before, now, rel_tol=WITHIN_SHARE, abs_tol=WITHIN):
            raise _DifferentError(f"{where}: {before} in the log, {now} now")
        return abs(before - now)
    # A refusal names the file, which may lie elsewhere now.
    same = (before is None) == (now is None) if where == "refused" else before == now
    if not same:
        raise _DifferentError(f"{where}: {before!r} in the log, {now!r} now")
    return 0.0
