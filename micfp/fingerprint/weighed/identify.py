"""Which of the enrolled devices made a recording, or none of them; and what that is worth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from micfp.audio import Channel
from micfp.errors import MicfpError, printable
from micfp.evidence.verbal import in_words, lr_with_interval, ratio
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.quality import Quality
from micfp.fingerprint.voice import voice_warning
from micfp.fingerprint.weighed.compare import Devices
from micfp.fingerprint.weighed.listening import Heard, Recording, listen_each
from micfp.fingerprint.weighed.sittings import hanging_on_sitting, read_otherwise
from micfp.fingerprint.weighed.weighing import Weighing

SHOWN = 10


@dataclass(frozen=True)
class Ranked:
    """An enrolled device and its LR.

    Attributes
    ----------
    device
        Its name.
    log10_lr
        Of "it made the recording" against "another of the relevant population did"; bounded.
    interval
        95 %, over devices that calibrate; bounded.
    """

    device: str
    log10_lr: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Identification:
    """What is said of a recording.

    Attributes
    ----------
    path
        As it was given.
    answer
        The device that made it; None: none of the enrolled, or no answer.
    ranking
        Devices that compare, the greatest LR first.
    none_of_these
        Log10 LR of "none of the enrolled made it" against "the best did", bounded; None where
        nothing compares.
    refused
        Why there is no answer; None where there is one.
    quality
        What was measured; None where the file was none.
    warnings
        Sentences that a reader needs to know.
    recording
        What was listened to; None where the file was none.
    """

    path: str
    answer: str | None
    ranking: tuple[Ranked, ...]
    none_of_these: float | None
    refused: str | None
    quality: Quality | None
    warnings: tuple[str, ...]
    recording: Recording | None

    def as_record(self, weighing: Weighing) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "path": self.path,
            "answer": self.answer,
            "ranking": [
                {"device": one.device, "log10_lr": one.log10_lr, "interval": list(one.interval)}
                for one in self.ranking
            ],
            "none_of_these": self.none_of_these,
            "refused": self.refused,
            "quality": None if self.quality is None else vars(self.quality),
            "conditional_on": weighing.conditional_on(),
            "warnings": list(self.warnings),
        }

    def as_text(self, weighing: Weighing) -> str:
        """What a person reads: the answer or the refusal first."""
        if self.refused is not None:
            return printable(f"no answer: {self.refused}")
        lines = [f"{self.path}: {self.answer_in_words()}"]
        best = self.ranking[0]
        other = f"{weighing.alternative} made it"
        found = in_words(best.log10_lr, weighing.claim(best.device), other)
        lines.append(f"    what was found is {found}")
        lines += [f"    careful: {warning}" for warning in self.warnings]
        limits = weighing.calibrated.bounds
        lines += [
            f"    {one.device}: {lr_with_interval(one.log10_lr, one.interval, limits)}"
            for one in self.ranking[:SHOWN]
        ]
        if len(self.ranking) > SHOWN:
            lines.append(f"    and {len(self.ranking) - SHOWN} more")
        if self.none_of_these is not None:
            lines.append(
                f"    none of the enrolled, against the best of {len(self.ranking)}: "
                f"LR {ratio(self.none_of_these)}"
            )
        return "\n".join(map(printable, lines))

    def answer_in_words(self) -> str:
        """Who made it, or why nobody is named; not for one that is refused."""
        if self.answer is not None:
            return self.answer
        if self.none_of_these is not None and self.none_of_these > 0:
            return "none of the enrolled devices"
        likelier = [one.device for one in self.ranking if one.log10_lr > 0] or [
            self.ranking[0].device
        ]
        return f"cannot be told: {', '.join(likelier)}, or none of the enrolled devices"


def identify_each(
    references: Mapping[str, Sequence[Fingerprint]],
    paths: Sequence[Path],
    weighing: Weighing,
    channel: Channel = "mean",
    track: int | None = None,
) -> Iterator[Identification]:
    """Identify each recording, in order and as soon as it was listened to.

    Parameters
    ----------
    references
        Of each enrolled device, by the model of `weighing`; one device or more.
    paths
        Audio files; one that cannot be read is refused, and the others get their answers.
    weighing
        Model and calibration.
    channel
        Index from 0, or "mean".
    track
        As in `micfp.audio.probe`.
    """
    names = list(references)
    enrolled = Devices(weighing.loaded.model, list(references.values()), weighing.sitting)
    heard_each = listen_each(
        paths, weighing.loaded.model, channel, track, pitch=weighing.asks_pitch
    )
    for path, heard in zip(paths, heard_each, strict=True):
        if isinstance(heard, MicfpError):
            yield unanswered(str(path), str(heard))
        else:
            yield answered(names, enrolled, heard, weighing)


def unanswered(path: str, reason: str, heard: Heard | None = None) -> Identification:
    """The refusal of a recording, with what was heard of it where anything was."""
    if heard is None:
        return Identification(path, None, (), None, reason, None, (), None)
    return Identification(
        path, None, (), None, reason, heard.quality, heard.warnings, heard.recording
    )


def answered(
    names: Sequence[str], enrolled: Devices, heard: Heard, weighing: Weighing
) -> Identification:
    """What is said of a recording that was listened to, by enrolled devices of these names."""
    if heard.refused is not None:
        return unanswered(heard.recording.path, heard.refused, heard)
    recording = heard.recording
    if (reason := enrolled.pitch_refusal(heard.changed)) is not None:
        return unanswered(recording.path, f"{recording.path}: {reason}", heard)
    compared = enrolled.compare(recording.fingerprint)
    if not compared.compares.any():
        reason = "its bands and those of the enrolled recordings have too little in common"
        return unanswered(recording.path, f"{recording.path}: {reason}", heard)
    calibrated = weighing.calibrated
    rows = np.flatnonzero(compared.compares)
    found = calibrated.weights(compared.score[rows], compared.quality[rows])
    order = np.argsort(-found.log10_lr, kind="stable")
    limits = calibrated.bounds
    ranking = tuple(
        Ranked(
            names[rows[k]],
            float(limits.clip(found.log10_lr[k])),
            (float(limits.clip(found.low[k])), float(limits.clip(found.high[k]))),
        )
        for k in order
    )
    best, of_best, named = calibrated.best(compared.score[rows], compared.quality[rows])
    named = named and best == order[0] and ranking[0].log10_lr > 0
    # Beyond the bound nothing is stated, so nothing there tells one device from another.
    likelier = [one.device for one in ranking[1:] if one.log10_lr > 0]
    named = named and all(one.log10_lr < limits.upper for one in ranking[1:])
    stated = np.full(len(names), np.nan)
    stated[rows] = limits.clip(found.log10_lr)
    otherwise = read_otherwise(enrolled, recording.fingerprint, weighing)
    measured = heard.quality
    if voice_warning(measured.synthetic, measured.active_s) is not None:
        named = False  # among its warnings
    warnings = (
        *hanging_on_sitting(names, stated, otherwise, weighing.sitting),
        *weighing.careful_of(heard),
    )
    if named and likelier:
        verb = "is" if len(likelier) == 1 else "are"
        warnings = (*warnings, f"{', '.join(likelier)} {verb} likelier than a stranger, too")
    return Identification(
        recording.path,
        ranking[0].device if named else None,
        ranking,
        float(limits.clip(np.array(-of_best))),
        None,
        heard.quality,
        warnings,
        recording,
    )
