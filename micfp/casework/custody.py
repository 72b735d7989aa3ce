"""The chain of custody: whether a case, its log and its recordings are what was written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from micfp.casework.answers import ConditionalOn, Question, enrolled, identify_entry, verify_entry
from micfp.casework.case_file import Case
from micfp.casework.files import LoggedFile, logged
from micfp.casework.log import BEFORE_THE_FIRST, Entry, broken_links, canonical, entry_of
from micfp.casework.originals import original
from micfp.errors import MicfpError, printable


@dataclass(frozen=True)
class Checked:
    """What was found.

    Attributes
    ----------
    wrong
        What is not what was written, a sentence each.
    missing
        Recordings that are not here, or may not be read, a sentence each: nothing is known of them.
    n_entries
        Of the log.
    last_sha256
        Digest of its last entry, and so of the whole log; to be compared with one kept elsewhere.
    n_recordings
        That are here, and what they were.
    """

    wrong: tuple[str, ...]
    missing: tuple[str, ...]
    n_entries: int
    last_sha256: str
    n_recordings: int

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "holds": not self.wrong,
            "wrong": list(self.wrong),
            "missing": list(self.missing),
            "entries": self.n_entries,
            "last_sha256": self.last_sha256,
            "recordings": self.n_recordings,
        }

    def as_text(self) -> str:
        """What a person reads."""
        lines = [f"wrong: {one}" for one in self.wrong]
        lines += [f"not here: {one}" for one in self.missing]
        what = "case" if self.n_recordings else "log"
        state = "does not hold" if self.wrong else "holds"
        recordings = (
            f"{self.n_recordings} recordings with the digests of the log"
            if self.n_recordings
            else "no recording was compared"
        )
        lines += [
            f"the {what} {state}: {self.n_entries} entries in its log, {recordings}, "
            f"{len(self.missing)} not here",
            f"the last entry is {self.last_sha256}: compare it with the one in the report",
        ]
        return "\n".join(map(printable, lines))


def check(case: Case) -> Checked:
    """Check the log, whether the case agrees with it, and the recordings."""
    rows = case.log_rows()
    wrong = broken(case)
    missing: list[str] = []
    same = 0
    files: dict[tuple[str, str | None], tuple[int, LoggedFile]] = {}
    for row in rows:
        try:
            for file in entry_of(row).files:
                files.setdefault((file.path, file.sha256), (row.number, file))
        except ValueError:  # said by `broken` already
            continue
    for number, file in files.values():
        found = original(file, case.path)
        if file.sha256 is None:
            missing.append(f"{file.path}: could not be read when entry {number} was written")
        elif found.state == "same":
            same += 1
        elif found.state == "changed":
            wrong.append(
                f"{found.path}: is not the file that entry {number} of the log is about: its "
                "digest is another"
            )
        else:
            missing.append(f"{file.path}: is {found.state}, and was there for entry {number}")
    last = rows[-1].sha256 if rows else BEFORE_THE_FIRST
    return Checked(tuple(wrong), tuple(missing), len(rows), last, same)


def broken(case: Case) -> list[str]:
    """What of a case is not what was written, a sentence each; recordings are not looked at."""
    rows = case.log_rows()
    found: list[str] = []
    try:
        found += broken_links(rows)
        entries = [entry_of(row) for row in rows]
        found += _other_references(case, entries)
        found += _other_answers(entries)
    except ValueError as error:
        found.append(str(error))
    except MicfpError as error:
        found.append(str(error).removeprefix(f"{case.path}: "))
    return found


def _other_references(case: Case, entries: Sequence[Entry]) -> Iterator[str]:
    """Where the references of a case are not those that the log says."""
    made = next((entry.answer for entry in entries if entry.kind == "begin"), None)
    if made != case.made():
        yield "when and by what the case was begun is not what its log says"
    by_log = {one.file.sha256: one for one in enrolled(entries)}
    references = case.references()
    for one in references:
        path = one.recording.path
        said = by_log.pop(one.recording.sha256, None)
        if said is None:
            yield f"{path}: is enrolled as {one.device}, and the log does not say so"
        elif (
            canonical(one.as_record()) != canonical(said.entry.answer)
            or logged(one.recording, vectors=False) != said.file
        ):
            yield f"{path}: as a reference is not what entry {said.entry.number} of the log says"
    for left in by_log.values():
        yield (
            f"{left.file.path}: entry {left.entry.number} of the log enrols it as {left.device}, "
            "and the case does not have it"
        )
    models = {one.model_sha256 for one in references}
    if models != ({case.model_sha256} if references else set()):
        yield "the model of the case is not that of its references"


def _other_answers(entries: Sequence[Entry]) -> Iterator[str]:
    """Where an answer cannot be one to its question."""
    known = [frozenset[str]()]  # devices after so many entries
    for entry in entries:
        known.append(_devices_after(entry, known[-1]))
        if entry.kind == "identify":
            asked = identify_entry(entry)
            then = known[min(asked.question.enrolled_by, entry.number)]
            named = [one.device for one in asked.answer.ranking]
            if not then.issuperset(named) or asked.answer.answer not in (None, *named):
                yield f"entry {entry.number} of the log names a device that was not enrolled then"
            said = asked.answer.path == asked.file.path
            fits = said and _same_conditions(asked.question, asked.answer.conditional_on)
        elif entry.kind == "verify":
            both = verify_entry(entry)
            said = (both.answer.a, both.answer.b) == tuple(one.path for one in both.files)
            fits = said and _same_conditions(both.question, both.answer.conditional_on)
        else:
            continue
        if not fits:
            yield f"entry {entry.number} of the log answers another question than it asks"


def _devices_after(entry: Entry, before: frozenset[str]) -> frozenset[str]:
    name = str(entry.question.get("device"))
    if entry.kind == "enroll":
        return before | {name}
    return before - {name} if entry.kind == "remove" else before


def _same_conditions(question: Question, answer: ConditionalOn) -> bool:
    return (question.sitting, question.fingerprint_sha256) == (
        answer.sitting,
        answer.fingerprint_sha256,
    )
