"""Naming devices: what is done with a fitted model.

>>> from micfp import fingerprint
>>> known = fingerprint.load(sitting="same")
>>> known.devices
()

With recordings, files or samples with their rate, `known.enrol("phone", "a.wav")`,
`known.identify("question.opus")` and `known.verify("a.wav", "b.wav")` follow; docs/evidence.md
explains what they answer.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from micfp.fingerprint.known import Known


def load(
    sitting: str = "any",
    fingerprint: Path | None = None,
    calibration: Path | None = None,
    population: str = "any",
) -> "Known":
    """Load a fingerprint model and its calibration, with no device enrolled yet.

    Parameters
    ----------
    sitting
        What is known of the recordings: "same" (all of one sitting), "other" or "any".
    fingerprint, calibration
        Files; None: those that micfp has, or `calibration.json` of the working directory.
    population
        The relevant one: "any" other device, others of the same "make" or "model".

    Raises
    ------
    MicfpError
        No such file, or files that do not belong together.
    """
    from micfp.fingerprint.known import Known
    from micfp.fingerprint.weighed.weighing import load_weighing

    return Known(load_weighing(sitting, fingerprint, calibration, population))
