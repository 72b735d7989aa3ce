"""Whether one device made two recordings; and what that is worth."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from micfp.audio import Channel
from micfp.errors import MicfpError, printable
from micfp.evidence.verbal import in_words, lr_with_interval
from micfp.fingerprint.weighed.compare import Devices
from micfp.fingerprint.weighed.listening import Heard, Recording, listen_each
from micfp.fingerprint.weighed.sittings import hanging_on_sitting, read_otherwise
from micfp.fingerprint.weighed.weighing import Weighing

TWO = {
    ("any", "model"): "two devices that sound different",
    ("any", "unit"): "two devices",
    ("make", "model"): "two devices of one make that sound different",
    ("make", "unit"): "devices of two models of one make",
    ("model", "unit"): "two units of one model",
}
"""The alternative, by population and proposition."""


@dataclass(frozen=True)
class Verification:
    """What is said of two recordings.

    Attributes
    ----------
    a, b
        Paths as they were given.
    log10_lr
        Of "one device made both" against "two did", bounded; None: refused.
    interval
        95 %, over devices that calibrate; bounded.
    refused
        Why there is no LR; None where there is one.
    warnings
        Sentences that a reader needs to know.
    recordings
        What was listened to of either; None where a file was none.
    """

    a: str
    b: str
    log10_lr: float | None
    interval: tuple[float, float] | None
    refused: str | None
    warnings: tuple[str, ...]
    recordings: tuple[Recording | None, Recording | None]

    def as_record(self, weighing: Weighing) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "a": self.a,
            "b": self.b,
            "log10_lr": self.log10_lr,
            "interval": None if self.interval is None else list(self.interval),
            "refused": self.refused,
            "proposition": weighing.proposition,
            "conditional_on": weighing.conditional_on(),
            "warnings": list(self.warnings),
        }

    def as_text(self, weighing: Weighing) -> str:
        """What a person reads."""
        if self.log10_lr is None or self.interval is None:
            return printable(f"no answer: {self.refused}")
        weighed = lr_with_interval(self.log10_lr, self.interval, weighing.calibrated.bounds)
        found = in_words(self.log10_lr, *hypotheses(weighing))
        lines = [
            f"{self.a}, {self.b}: {weighed}",
            f"    what was found is {found}",
            *(f"    careful: {warning}" for warning in self.warnings),
        ]
        return "\n".join(map(printable, lines))


def hypotheses(weighing: Weighing) -> tuple[str, str]:
    """What an LR is of, and against what, in words."""
    one = "one device"
    if weighing.proposition == "model":
        one = "one device, or two of one model that sound alike,"
    two = TWO[weighing.population, weighing.proposition]
    return f"{one} made both", f"{two} made them"


def verify(
    a: Path,
    b: Path,
    weighing: Weighing,
    channel: Channel = "mean",
    track: int | None = None,
) -> Verification:
    """Weigh whether one device made two recordings.

    Parameters
    ----------
    a, b
        Audio files.
    weighing
        Model and calibration.
    channel
        Index from 0, or "mean".
    track
        As in `micfp.audio.probe`.
    """
    first, second = listen_each(
        [a, b], weighing.loaded.model, channel, track, pitch=weighing.asks_pitch
    )
    return verified_or_not((str(a), str(b)), first, second, weighing)


def verified_or_not(
    names: tuple[str, str], a: Heard | MicfpError, b: Heard | MicfpError, weighing: Weighing
) -> Verification:
    """`verified`, or why one of the recordings of these names could not be listened to."""
    for one in (a, b):
        if isinstance(one, MicfpError):
            return _refused(names, str(one), (_recording(a), _recording(b)))
    assert not isinstance(a, MicfpError)
    assert not isinstance(b, MicfpError)
    return verified(a, b, weighing)


def verified(a: Heard, b: Heard, weighing: Weighing) -> Verification:
    """What is said of two recordings that were listened to."""
    names = a.recording.path, b.recording.path
    recordings = a.recording, b.recording
    for one in (a, b):
        if one.refused is not None:
            return _refused(names, one.refused, recordings)
    if a.recording.sha256 == b.recording.sha256:
        same = f"{names[0]}, {names[1]}: both hold the same bytes, so there is nothing to compare"
        return _refused(names, same, recordings)
    warnings = tuple(
        f"{one.recording.path}: {said}" for one in (a, b) for said in weighing.careful_of(one)
    )
    enrolled = Devices(weighing.loaded.model, [[a.recording.fingerprint]], weighing.sitting)
    if (reason := enrolled.pitch_refusal(b.changed)) is not None:
        return _refused(names, f"{names[1]}, beside {names[0]}: {reason}", recordings)
    compared = enrolled.compare(b.recording.fingerprint)
    if not compared.compares.all():
        reason = f"{names[0]}, {names[1]}: their bands have too little in common"
        return _refused(names, reason, recordings)
    weights = weighing.calibrated.weights(compared.score, compared.quality)
    limits = weighing.calibrated.bounds
    lr, low, high = (
        float(limits.clip(one)[0]) for one in (weights.log10_lr, weights.low, weights.high)
    )
    otherwise = read_otherwise(enrolled, b.recording.fingerprint, weighing)
    hanging = hanging_on_sitting(None, np.array([lr]), otherwise, weighing.sitting)
    return Verification(*names, lr, (low, high), None, (*hanging, *warnings), recordings)


def _recording(heard: Heard | MicfpError) -> Recording | None:
    return None if isinstance(heard, MicfpError) else heard.recording


def _refused(
    names: tuple[str, str], reason: str, recordings: tuple[Recording | None, Recording | None]
) -> Verification:
    return Verification(*names, None, None, reason, (), recordings)
