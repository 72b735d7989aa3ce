"""Whether one device made two recordings: `micfp.verify`."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micfp.api.enrolling import check_case
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
from micfp.casework.asking import verify as verify_in_case
from micfp.casework.case_file import Case
from micfp.evidence.verbal import in_words, interval_in_words, lr_in_words
from micfp.fingerprint.weighed.verify import Verification, hypotheses, verified_or_not
from micfp.fingerprint.weighed.weighing import Weighing, load_weighing

if TYPE_CHECKING:
    import pandas as pd

    from micfp.audio import Channel

COLUMNS = ("a", "b", "log10_lr", "log10_low", "log10_high", "support", "refused")


@dataclass(frozen=True, repr=False, eq=False)
class Verified(Shown):
    """What is said of two recordings.

    Attributes
    ----------
    found
        The answer of `micfp verify`.
    weighing
        The fingerprint model and the calibration that it hangs on.
    not_recorded
        Why the log of the case does not have the answer, a sentence; None: it has, or there is no
        case.
    """

    found: Verification
    weighing: Weighing
    not_recorded: str | None = None

    @property
    def log10_lr(self) -> float | None:
        """Log10 of the likelihood ratio of "one device made both" against "two did", or None."""
        return self.found.log10_lr

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of `log10_lr`, or None."""
        return self.found.interval

    @property
    def refused(self) -> str | None:
        """Why there is no answer, a sentence; None where there is one."""
        return self.found.refused

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that a reader needs to know."""
        return (*self.found.warnings, *self._beside())

    def _beside(self) -> tuple[str, ...]:
        """What is to be said beside the answer's own warnings."""
        return warnings_beside((), self.not_recorded)

    def to_record(self) -> dict[str, Any]:
        """Plain data: what `micfp verify --json` prints."""
        return self.found.as_record(self.weighing)

    def __repr__(self) -> str:
        return text_of(self.found.as_text(self.weighing), self._beside(), self.weighing.in_words())

    def page(self) -> Page:
        """What a notebook shows."""
        notes = (self.weighing.in_words(),)
        found, limits = self.found, self.weighing.calibrated.bounds
        if found.log10_lr is None or found.interval is None:
            return Page(f"No answer: {found.refused}", "", (), (), self.warnings, notes)
        row = (
            f"{found.a}, {found.b}",
            lr_in_words(found.log10_lr, limits),
            interval_in_words(found.interval, limits),
            f"{found.log10_lr:+.2f}",
            verbal(found.log10_lr),
        )
        claim, alternative = hypotheses(self.weighing)
        return Page(
            f"What was found is {in_words(found.log10_lr, claim, alternative)}",
            f"The likelihood ratio (LR) of “{claim}” against “{alternative}”",
            ("recordings", "LR", "95 % interval", "log10 LR", "verbal scale"),
            (row,),
            self.warnings,
            notes,
        )

    def to_frame(self) -> "pd.DataFrame":
        """One row.

        Returns
        -------
        Columns `a`, `b`, `log10_lr`, `log10_low` and `log10_high` (its 95 % interval), `support`
        (the verbal scale, and for or against one device), `refused`.
        """
        found = self.found
        low, high = found.interval or (None, None)
        record = {
            "a": found.a,
            "b": found.b,
            "log10_lr": found.log10_lr,
            "log10_low": low,
            "log10_high": high,
            "support": None if found.log10_lr is None else verbal(found.log10_lr),
            "refused": found.refused,
        }
        return frame_of([record], COLUMNS)


def verify(
    a: Recording,
    b: Recording,
    *,
    sitting: str = "any",
    population: str = "any",
    case: Case | None = None,
    calibration: str | os.PathLike[str] | None = None,
    fingerprint: str | os.PathLike[str] | None = None,
    channel: "Channel" = "mean",
    track: int | None = None,
) -> Verified:
    """Weigh whether one device made two recordings.

    The numbers are those of `micfp verify`.

    Parameters
    ----------
    a, b
        Files, or samples (`micfp.Samples`, or tuples of samples and their rate in Hz).
    case
        An opened case, whose log keeps question and answer: files alone then. None: nothing is
        written.
    sitting, population, calibration, fingerprint, channel, track
        As of `micfp.identify`.

    Returns
    -------
    The answer: a likelihood ratio with its interval, or a refusal that says why.

    Raises
    ------
    MicfpError
        Samples of another kind; an unknown sitting or population; a damaged model or
        calibration.

    Examples
    --------
    Silence is refused; that is an answer, too:

    >>> import numpy as np
    >>> import micfp
    >>> silence = micfp.Samples(np.zeros(96_000), 48_000, "silence")
    >>> micfp.verify(silence, silence).refused[:36]
    'silence: nothing but digital silence'
    """
    first, second = sound_of(a), sound_of(b)
    check_listening(channel, track)
    weighing = load_weighing(sitting, path_of(fingerprint), path_of(calibration), population)
    if case is not None:
        check_case(case)
        in_case = verify_in_case(case, file_of(first), file_of(second), weighing, channel, track)
        return Verified(in_case[0], weighing, in_case[1])
    of_a, of_b = listen_to_each(
        [first, second], weighing.loaded.model, channel, track, pitch=weighing.asks_pitch
    )
    found = verified_or_not((name_of(first), name_of(second)), of_a, of_b, weighing)
    return Verified(found, weighing)
