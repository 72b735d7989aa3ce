"""Devices whose recordings are known: `micfp.enroll`."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from micfp.api.hearing import listen_to_each
from micfp.api.shown import Page, Shown, counted, frame_of
from micfp.api.sound import Recording, Sound, check_listening, file_of, name_of, path_of, sounds_of
from micfp.casework.case_file import Case, OtherDeviceError
from micfp.casework.enrol import Enrolled, enrol, kept
from micfp.casework.names import check_new, device_name
from micfp.casework.reference import quality_in_words
from micfp.errors import MicfpError, printable, shown
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model_file import SHIPPED, Loaded, load_model
from micfp.fingerprint.weighed.listening import Recording as Heard

if TYPE_CHECKING:
    import pandas as pd

    from micfp.audio import Channel

COLUMNS = (
    *("device", "recording", "enrolled", "active_s", "duration_s", "bandwidth_hz", "snr_db"),
    *("refused", "warnings"),
)
RecordingsOf: TypeAlias = Mapping[str, Sequence[Recording]]
"""Recordings of each device, by its name."""


@dataclass(frozen=True, repr=False, eq=False)
class Enrolment(Shown):
    """Devices whose recordings are known.

    Attributes
    ----------
    files
        What became of each recording, in the order in which they were given.
    references
        Fingerprints of each device of which one recording or more is enrolled.
    model_sha256
        Digest of the fingerprint model by which they are known.
    """

    files: tuple[Enrolled, ...]
    references: Mapping[str, tuple[Fingerprint, ...]]
    model_sha256: str

    @property
    def devices(self) -> tuple[str, ...]:
        """Names of the enrolled devices."""
        return tuple(self.references)

    @property
    def refused(self) -> tuple[str, ...]:
        """Why recordings were not enrolled, a sentence for each that was not."""
        return tuple(one.refused for one in self.files if one.refused is not None)

    def in_words(self) -> str:
        """`2 devices are enrolled by 6 recordings; 1 recording was refused`."""
        n_devices, n_files = len(self.devices), sum(one.accepted for one in self.files)
        are = "is" if n_devices == 1 else "are"
        said = f"{counted(n_devices, 'device')} {are} enrolled by {counted(n_files, 'recording')}"
        if self.refused:
            was = "was" if len(self.refused) == 1 else "were"
            said += f"; {counted(len(self.refused), 'recording')} {was} refused"
        return said

    def __repr__(self) -> str:
        return "\n".join([printable(self.in_words()), *(one.as_text() for one in self.files)])

    def page(self) -> Page:
        """What a notebook shows."""
        rows = tuple(
            (
                one.device,
                one.path,
                "nothing" if one.fingerprint is None else quality_in_words(one.fingerprint),
                one.refused or "enrolled",
            )
            for one in self.files
        )
        return Page(
            self.in_words(),
            "Recordings of each device, what is heard in them, and what became of them",
            ("device", "recording", "heard", "what became of it"),
            rows,
            tuple(f"{one.path}: {said}" for one in self.files for said in one.warnings),
        )

    def to_frame(self) -> "pd.DataFrame":
        """A row for each recording.

        Returns
        -------
        Columns `device`, `recording`, `enrolled` (whether it is a reference), `active_s` (seconds
        in which something is heard), `duration_s`, `bandwidth_hz`, `snr_db` (missing where nothing
        could be heard), `refused` (why, or missing) and `warnings` (joined by "; ").
        """
        records = []
        for one in self.files:
            record = one.as_record()
            quality = record["quality"] or {}
            records.append(
                {
                    "device": one.device,
                    "recording": one.path,
                    "enrolled": one.accepted,
                    **quality,
                    "refused": one.refused,
                    "warnings": "; ".join(one.warnings),
                }
            )
        return frame_of(records, COLUMNS)


def enroll(
    recordings: RecordingsOf,
    case: Case | None = None,
    *,
    fingerprint: str | os.PathLike[str] | None = None,
    channel: "Channel" = "mean",
    track: int | None = None,
) -> Enrolment:
    """Take the fingerprints of recordings that are known to be of some devices.

    Parameters
    ----------
    recordings
        Of each device, by its name: a list of files or samples (`micfp.Samples`). Three or more of
        different days are worth more than one; 5 s of speech in each do.
    case
        An opened case that keeps them, as `micfp enroll` does; files alone then. None: nothing is
        written, and the enrolment itself is what to identify by.
    fingerprint
        File of a fingerprint model; None: the one that micfp has.
    channel
        Of recordings with several: an index from 0, or "mean" of all.
    track
        Audio track of films with several, from 0; None: the first with sound.

    Returns
    -------
    What became of each recording. One in which nothing can be judged is refused there, with the
    reason, and the others are enrolled.

    Raises
    ------
    MicfpError
        No recording of a device; a name that is none, or that differs from another by its case
        alone; what is no recording; a case that is of another model or may not be written.

    Examples
    --------
    A steady tone says nothing of a microphone, and is refused:

    >>> import numpy as np
    >>> import micfp
    >>> time_s = np.arange(96_000) / 48_000
    >>> tone = 0.1 * np.sin(2 * np.pi * 440 * time_s)
    >>> enrolled = micfp.enroll({"my phone": [micfp.Samples(tone, 48_000, "tone")]})
    >>> enrolled.devices
    ()
    >>> enrolled.refused[0][:25]
    'tone: tones, not speech: '
    """
    if not isinstance(recordings, Mapping) or not recordings:
        raise MicfpError(
            f"{shown(recordings)}: give recordings of each device, by its name, such as "
            '{"phone A": ["a1.wav", "a2.wav"]}'
        )
    check_listening(channel, track)
    if case is not None:
        check_case(case)
    sounds = _sounds_of_devices(recordings)
    model = load_model(path_of(fingerprint) or SHIPPED)
    if case is None:
        return _in_memory(sounds, model, channel, track)
    files: list[Enrolled] = []
    for name, some in sounds.items():
        files += enrol(case, name, [file_of(one) for one in some], model, channel, track)
    known = {one.name: tuple(one.fingerprints) for one in case.devices() if one.name in sounds}
    return Enrolment(tuple(files), known, model.sha256)


def check_case(case: object) -> None:
    """Raise MicfpError for what is given as an opened case, and is none."""
    if not isinstance(case, Case):
        raise MicfpError(
            f"{shown(case)} is no opened case: give what `with micfp.open_case(...) as case:` opens"
        )


def _sounds_of_devices(recordings: RecordingsOf) -> dict[str, list[Sound]]:
    sounds: dict[str, list[Sound]] = {}
    for given, some in recordings.items():
        if not isinstance(given, str):
            raise MicfpError(f"{shown(given)}: give the name of a device as text")
        name = device_name(given)
        check_new(name, list(sounds))
        if name in sounds:
            raise MicfpError(f"{name}: is given twice; give all of its recordings in one list")
        sounds[name] = sounds_of(some, name)
        if not sounds[name]:
            raise MicfpError(f"{name}: give one recording of it or more")
    return sounds


class _InMemory:
    """Keeps which device has which recording, as a case does, but no file."""

    def __init__(self) -> None:
        self.references: dict[str, list[Fingerprint]] = {}
        self._owner: dict[str, str] = {}

    def add_reference(self, name: str, recording: Heard, model_sha256: str) -> bool:
        """As `Case.add_reference`."""
        owner = self._owner.get(recording.sha256)
        if owner == name:
            return False
        if owner is not None:
            raise OtherDeviceError(recording.path, owner)
        self._owner[recording.sha256] = name
        self.references.setdefault(name, []).append(recording.fingerprint)
        return True


def _in_memory(
    sounds: Mapping[str, Sequence[Sound]], model: Loaded, channel: "Channel", track: int | None
) -> Enrolment:
    given = [(name, one) for name, some in sounds.items() for one in some]
    each = listen_to_each([one for _, one in given], model.model, channel, track)
    keeper = _InMemory()
    files = tuple(
        kept(keeper, name, name_of(one), heard, model.sha256)
        for (name, one), heard in zip(given, each, strict=True)
    )
    known = {name: tuple(some) for name, some in keeper.references.items()}
    return Enrolment(files, known, model.sha256)
