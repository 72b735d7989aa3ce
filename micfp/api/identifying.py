"""Which of some devices made a recording, or none of them: `micfp.identify`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micfp.api.enrolling import Enrolment, RecordingsOf, enroll
from micfp.api.hearing import listen_to_each
from micfp.api.shown import (
    Page,
    Shown,
    frame_of,
    text_of,
    verbal,
    warnings_beside,
)
from micfp.api.sound import Recording, check_listening, file_of, name_of, path_of, sound_of
from micfp.casework.asking import identify as identify_in_case
from micfp.casework.case_file import Case
from micfp.errors import MicfpError, shown
from micfp.evidence.verbal import in_words, interval_in_words, lr_in_words
from micfp.fingerprint.quality import Quality
from micfp.fingerprint.weighed.compare import Devices
from micfp.fingerprint.weighed.identify import Identification, Ranked, answered, unanswered
from micfp.fingerprint.weighed.weighing import Weighing, load_weighing

if TYPE_CHECKING:
    import pandas as pd

    from micfp.audio import Channel

COLUMNS = (*("recording", "device", "log10_lr", "log10_low", "log10_high", "support", "refused"),)


@dataclass(frozen=True, repr=False, eq=False)
class Identified(Shown):
    """What is said of a recording.

    Attributes
    ----------
    found
        The answer of `micfp identify`.
    weighing
        The fingerprint model and the calibration that it hangs on.
    not_enrolled
        Why recordings of the devices had no part, sentences.
    not_recorded
        Why the log of the case does not have the answer, a sentence; None: it has, or there is no
        case.
    """

    found: Identification
    weighing: Weighing
    not_enrolled: tuple[str, ...] = ()
    not_recorded: str | None = None

    @property
    def recording(self) -> str:
        """Path or name, as it was given."""
        return self.found.path

    @property
    def answer(self) -> str | None:
        """The device that made it; None: none of them, or no answer."""
        return self.found.answer

    @property
    def ranking(self) -> tuple[Ranked, ...]:
        """Devices with `log10_lr` and its 95 % `interval`, the greatest LR first."""
        return self.found.ranking

    @property
    def none_of_these(self) -> float | None:
        """Log10 LR of "none of the devices made it" against "the best did"; None: no answer."""
        return self.found.none_of_these

    @property
    def refused(self) -> str | None:
        """Why there is no answer, a sentence; None where there is one."""
        return self.found.refused

    @property
    def quality(self) -> Quality | None:
        """What was measured of the recording; None where the file was none."""
        return self.found.quality

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that a reader needs to know."""
        return (*self.found.warnings, *self._beside())

    def _beside(self) -> tuple[str, ...]:
        """What is to be said beside the answer's own warnings."""
        return warnings_beside(self.not_enrolled, self.not_recorded)

    def to_record(self) -> dict[str, Any]:
        """Plain data: what `micfp identify --json` prints."""
        return self.found.as_record(self.weighing)

    def __repr__(self) -> str:
        return text_of(self.found.as_text(self.weighing), self._beside(), self.weighing.in_words())

    def page(self) -> Page:
        """What a notebook shows."""
        notes = (self.weighing.in_words(),)
        if self.refused is not None:
            return Page(f"No answer: {self.refused}", "", (), (), self.warnings, notes)
        best = self.ranking[0]
        weighing, limits = self.weighing, self.weighing.calibrated.bounds
        other = f"{weighing.alternative} made it"
        sentence = in_words(best.log10_lr, weighing.claim(best.device), other)
        rows = tuple(
            (
                one.device,
                lr_in_words(one.log10_lr, limits),
                interval_in_words(one.interval, limits),
                f"{one.log10_lr:+.2f}",
                verbal(one.log10_lr),
            )
            for one in self.ranking
        )
        return Page(
            f"{self.recording}: {self.found.answer_in_words()}",
            f"Of each device the likelihood ratio (LR) of “{weighing.claim('this device')}” "
            f"against “{other}”",
            ("device", "LR", "95 % interval", "log10 LR", "verbal scale"),
            rows,
            self.warnings,
            (f"What was found is {sentence}.", *notes),
        )

    def to_frame(self) -> "pd.DataFrame":
        """A row for each device, the greatest LR first; of a refusal one row, which says why.

        Returns
        -------
        Columns `recording`, `device`, `log10_lr`, `log10_low` and `log10_high` (its 95 % interval),
        `support` (the verbal scale, and for or against the device), `refused`.
        """
        records: list[dict[str, Any]] = [
            {
                "recording": self.recording,
                "device": one.device,
                "log10_lr": one.log10_lr,
                "log10_low": one.interval[0],
                "log10_high": one.interval[1],
                "support": verbal(one.log10_lr),
            }
            for one in self.ranking
        ]
        if self.refused is not None:
            records = [{"recording": self.recording, "refused": self.refused}]
        return frame_of(records, COLUMNS)


def identify(
    recording: Recording,
    references: RecordingsOf | Enrolment | Case,
    *,
    sitting: str = "any",
    population: str = "any",
    calibration: str | os.PathLike[str] | None = None,
    fingerprint: str | os.PathLike[str] | None = None,
    channel: "Channel" = "mean",
    track: int | None = None,
) -> Identified:
    """Say which of some devices made a recording, or none of them, and what that is worth.

    The numbers are those of `micfp identify`.

    Parameters
    ----------
    recording
        A file, or samples (`micfp.Samples`, or a tuple of samples and their rate in Hz): floating
        point (n,) or (n, channels) in -1..1. Of more than 600 s the beginning is used.
    references
        Recordings of each device, by its name; or what `enroll` gave, where several recordings are
        asked about; or an opened case, whose log keeps question and answer: files alone then.
    sitting
        What is known of the recordings: "same" (all of one place and hour), "other" (of different
        ones) or "any" (nobody knows).
    population
        Whom the alternative speaks of: "any" other device, others of the same "make" or "model".
    calibration
        What scores are worth: a file of `micfp validate`. None: `calibration.json` of the working
        directory where there is one, else that of the fingerprint model.
    fingerprint
        File of a fingerprint model; None: the one that micfp has.
    channel
        Of recordings with several: an index from 0, or "mean" of all.
    track
        Audio track of films with several, from 0; None: the first with sound.

    Returns
    -------
    The answer: a device, none of these, or a refusal that says why: of a file that is no audio, and
    of a recording the like of which was not validated.

    Raises
    ------
    MicfpError
        Samples or references of another kind; no device of which anything is enrolled; a case or
        an enrolment by another fingerprint model; an unknown sitting or population; a damaged
        model, calibration or case.

    Examples
    --------
    Something like a voice, with a pitch that glides and pauses, stands for recordings here:

    >>> import numpy as np
    >>> import micfp
    >>> rate_hz, rng = 16_000, np.random.default_rng(1)
    >>> time_s = np.arange(8 * rate_hz) / rate_hz
    >>> phase = 2 * np.pi * np.cumsum(130 + 30 * np.sin(14 * time_s)) / rate_hz
    >>> voice = 0.05 * sum(np.cos(k * phase + k**2) / k for k in range(1, 40))
    >>> sound = voice * (time_s % 0.4 < 0.2) + 0.0005 * rng.standard_normal(len(time_s))
    >>> enrolled = micfp.enroll({"phone A": [(sound[: 4 * rate_hz], rate_hz)]})
    >>> micfp.identify((sound[4 * rate_hz :], rate_hz), enrolled).answer
    'phone A'

    A noise without a voice is refused, since nothing like it was validated:

    >>> noise = micfp.Samples(0.1 * rng.standard_normal(64_000), rate_hz, "noise")
    >>> refused = micfp.identify(noise, enrolled)
    >>> refused.answer is None, refused.refused[:32]
    (True, 'noise: something stands out for ')
    """
    sound = sound_of(recording)
    check_listening(channel, track)
    weighing = load_weighing(sitting, path_of(fingerprint), path_of(calibration), population)
    if isinstance(references, Case):
        (asked,) = identify_in_case(references, [file_of(sound)], weighing, channel, track)
        return Identified(asked.answer, weighing, (), asked.not_recorded)
    enrolled = enrolment_of(references, weighing, fingerprint, channel, track)
    (heard,) = listen_to_each(
        [sound], weighing.loaded.model, channel, track, pitch=weighing.asks_pitch
    )
    if isinstance(heard, MicfpError):
        found = unanswered(name_of(sound), str(heard))
    else:
        fingerprints = list(enrolled.references.values())
        devices = Devices(weighing.loaded.model, fingerprints, weighing.sitting)
        found = answered(enrolled.devices, devices, heard, weighing)
    return Identified(found, weighing, enrolled.refused)


def enrolment_of(
    references: RecordingsOf | Enrolment,
    weighing: Weighing,
    fingerprint: str | os.PathLike[str] | None,
    channel: "Channel",
    track: int | None,
) -> Enrolment:
    """Devices to compare with, by the model of `weighing`; one or more.

    Raises
    ------
    MicfpError
        They are by another model; nobody is enrolled.
    """
    if isinstance(references, Mapping):
        references = enroll(references, fingerprint=fingerprint, channel=channel, track=track)
    if not isinstance(references, Enrolment):
        raise MicfpError(
            f"{shown(references)}: give recordings of each device, by its name, such as "
            '{"phone A": ["a1.wav", "a2.wav"]}, or what micfp.enroll gave, or an opened case'
        )
    if references.model_sha256 != weighing.loaded.sha256:
        raise MicfpError(
            f"the devices were enrolled by another fingerprint model "
            f"({references.model_sha256[:12]}) than this one ({weighing.loaded.sha256[:12]}), and "
            "their fingerprints do not compare: enrol them with the same fingerprint"
        )
    if not references.devices:
        raise MicfpError(f"no device is enrolled: {references.refused[0]}")
    return references
