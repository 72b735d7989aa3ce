"""Where the device or its surroundings change within a recording: `micfp.scan`."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from micfp.api.enrolling import Enrolment, RecordingsOf
from micfp.api.hearing import warnings_of
from micfp.api.identifying import enrolment_of
from micfp.api.shown import Page, Shown, counted, frame_of, text_of, warnings_beside
from micfp.api.sound import Recording, Samples, check_listening, file_of, sound_of
from micfp.casework.case_file import Case
from micfp.casework.scan.found import Scan, Segment
from micfp.casework.scan.recorded import scan_in_case
from micfp.casework.scan.scanning import LONGEST_S, References, scan_each, scan_samples
from micfp.casework.scan.track import Change
from micfp.errors import MicfpError
from micfp.evidence.verbal import ratio
from micfp.fingerprint.embedding.model import check_sound
from micfp.fingerprint.weighed.weighing import SHIPPED_CALIBRATION, Weighing, load_weighing

if TYPE_CHECKING:
    import pandas as pd

    from micfp.audio import Channel

CHANGES = ("recording", "time_s", "low_s", "high_s", "track", "log10_lr", "what", "beside")
SEGMENTS = ("recording", "start_s", "stop_s", "device", "why")


@dataclass(frozen=True, repr=False, eq=False)
class Scanned(Shown):
    """What is said of a recording that was scanned.

    Attributes
    ----------
    found
        The answer of `micfp scan`.
    weighing
        The fingerprint model and the calibration by which segments are named.
    not_enrolled
        Why recordings of the devices had no part, sentences.
    not_recorded
        Why the log of the case does not have the answer, a sentence; None: it has, or there is no
        case.
    """

    found: Scan
    weighing: Weighing
    not_enrolled: tuple[str, ...] = ()
    not_recorded: str | None = None

    @property
    def recording(self) -> str:
        """Path or name, as it was given."""
        return self.found.path

    @property
    def changes(self) -> tuple[Change, ...]:
        """Changes of all tracks, in order of time."""
        return self.found.changes

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Stretches by one device each, in order of time; none where the device was refused."""
        return self.found.segments

    @property
    def refused(self) -> str | None:
        """Why nothing is said of the device, a sentence; None where it is."""
        return self.found.refused

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that a reader needs to know."""
        return (*self.found.warnings, *self._beside())

    def _beside(self) -> tuple[str, ...]:
        """What is to be said beside the answer's own warnings."""
        return warnings_beside(self.not_enrolled, self.not_recorded)

    def to_record(self) -> dict[str, Any]:
        """Plain data: what `micfp scan --json` prints."""
        return self.found.as_record()

    def __repr__(self) -> str:
        return text_of(
            self.found.as_text(), self._beside(), f"names of segments: {self.weighing.in_words()}"
        )

    def page(self) -> Page:
        """What a notebook shows."""
        found = self.found
        n = counted(len(found.changes), "change") if found.changes else "no change was found"
        said = f"{self.recording}: {n} in {found.duration_s:.1f} s"
        if found.refused is not None:
            said = f"Nothing is said of the device: {found.refused}"
        rows = tuple(
            (
                f"{one.time_s:.2f} s",
                f"{one.interval_s[0]:.2f} to {one.interval_s[1]:.2f} s",
                one.track,
                "" if one.log10_lr is None else ratio(one.log10_lr),
                one.what,
            )
            for one in found.changes
        )
        segments = tuple(
            f"{one.start_s:.2f} to {one.stop_s:.2f} s: {found.in_words(one)}"
            for one in found.segments
        )
        unseen = tuple(f"{one.name}: {one.unseen}" for one in found.tracks if one.unseen)
        return Page(
            said,
            "Changes in order of time, and what changed",
            ("time", "95 % interval", "track", "LR", "what changed"),
            rows,
            self.warnings,
            (*segments, *unseen, f"Names of segments: {self.weighing.in_words()}"),
        )

    def to_frame(self) -> "pd.DataFrame":
        """A row for each change, in order of time; `segments_frame` has the segments.

        Returns
        -------
        Columns `recording`, `time_s`, `low_s` and `high_s` (its 95 % interval), `track` (what was
        followed), `log10_lr` (missing where the track has none), `what` changed, and `beside`
        (other tracks that changed there, joined by ", ").
        """
        records = [
            {
                "recording": self.recording,
                "time_s": one.time_s,
                "low_s": one.interval_s[0],
                "high_s": one.interval_s[1],
                "track": one.track,
                "log10_lr": one.log10_lr,
                "what": one.what,
                "beside": ", ".join(self.found.beside(one)),
            }
            for one in self.changes
        ]
        return frame_of(records, CHANGES)

    def segments_frame(self) -> "pd.DataFrame":
        """A row for each segment: `recording`, `start_s`, `stop_s`, `device`, `why` none is named.

        Returns
        -------
        No row where the device was refused: `refused` says why.
        """
        records = [{"recording": self.recording, **vars(one)} for one in self.segments]
        return frame_of(records, SEGMENTS)


def scan(
    recording: Recording,
    references: RecordingsOf | Enrolment | Case | None = None,
    *,
    sitting: str = "any",
    channel: "Channel" = "mean",
    track: int | None = None,
) -> Scanned:
    """Say where the device or its surroundings change within a recording.

    The numbers are those of `micfp scan`.

    Parameters
    ----------
    recording
        A file, or samples (`micfp.Samples`, or a tuple of samples and their rate in Hz). Of more
        than an hour the beginning is scanned.
    references
        As of `micfp.identify`: segments are named after these devices. None: after nobody.
    sitting, channel, track
        As of `micfp.identify`.

    Returns
    -------
    Changes and segments; or why nothing is said of the device.

    Raises
    ------
    MicfpError
        Samples or references of another kind; no device of which anything is enrolled; a case or
        an enrolment by another fingerprint model; an unknown sitting.

    Examples
    --------
    >>> import numpy as np
    >>> import micfp
    >>> noise = 0.1 * np.random.default_rng(1).standard_normal(48_000)
    >>> scanned = micfp.scan(micfp.Samples(noise, 48_000, "a second"))
    >>> scanned.refused[:23]
    'a second: 1.00 s long: '
    """
    sound = sound_of(recording)
    check_listening(channel, track)
    weighing = load_weighing(sitting, calibration=SHIPPED_CALIBRATION)
    if isinstance(references, Case):
        (asked,) = scan_in_case(references, [file_of(sound)], weighing, channel, track)
        return Scanned(asked.answer, weighing, (), asked.not_recorded)
    known: References = {}
    left_out: tuple[str, ...] = ()
    if references is not None:
        enrolled = enrolment_of(references, weighing, None, channel, track)
        known, left_out = enrolled.references, enrolled.refused
    if isinstance(sound, Samples):
        found = _scan_samples(sound, weighing, known, channel)
    else:
        (found,) = scan_each([sound], weighing, known, channel, track)
    return Scanned(found, weighing, left_out)


def _scan_samples(
    sound: Samples, weighing: Weighing, references: References, channel: "Channel"
) -> Scan:
    try:
        samples = sound.one_channel(channel, LONGEST_S)
        check_sound(samples, sound.rate_hz)
    except MicfpError as error:
        return Scan(sound.name, 0.0, (), (), f"{sound.name}: {error}", ())
    found = scan_samples(samples, sound.rate_hz, weighing, references, sound.name)
    said = warnings_of(sound, channel, LONGEST_S)
    return replace(found, warnings=(*said, *found.warnings))
