"""How far LRs hang on the sitting, which nobody can tell by the sound."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from micfp.evidence.verbal import ratio
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import Setting
from micfp.fingerprint.weighed.compare import Devices
from micfp.fingerprint.weighed.weighing import Weighing

Array = NDArray[np.float64]
READINGS: dict[str, tuple[Setting, ...]] = {
    "same": ("other",),
    "other": ("same",),
    "any": ("same", "other"),
}
"""What else may be true, by what was said."""
IF: dict[Setting, str] = {"same": "of one sitting", "other": "of different sittings"}
FAR_LOG10 = 1.0
"""An LR that is ten times another is said beside it."""
MOST_NAMES = 6


def read_otherwise(
    enrolled: Devices, asked: Fingerprint, weighing: Weighing
) -> dict[Setting, Array]:
    """Log10 LRs of devices with a recording by each other reading of the sitting, bounded.

    Parameters
    ----------
    enrolled
        The devices, compared by what was said.
    asked
        What was compared with them.
    weighing
        What was said, model and calibration; a reading that was not calibrated is left out.

    Returns
    -------
    (n_devices,) by setting; NaN where nothing compares.
    """
    found: dict[Setting, Array] = {}
    known = weighing.calibration.of(weighing.population)
    for setting in READINGS[weighing.sitting]:
        if setting in known:
            compared = enrolled.read_as(setting).compare(asked)
            log10_lr = np.full(len(compared.score), np.nan)
            rows = compared.compares
            weights = known[setting].weights(compared.score[rows], compared.quality[rows])
            log10_lr[rows] = known[setting].bounds.clip(weights.log10_lr)
            found[setting] = log10_lr
    return found


def hanging_on_sitting(
    names: Sequence[str] | None,
    log10_lr: Array,
    otherwise: Mapping[Setting, Array],
    sitting: str,
) -> tuple[str, ...]:
    """A sentence where another reading of the sitting would turn or move the answer; else none.

    Parameters
    ----------
    names
        Of the devices; None: the LRs are of one pair of recordings.
    log10_lr
        (n_devices,) by what was said, bounded; NaN where nothing compares.
    otherwise
        Of `read_otherwise`.
    sitting
        What was said.
    """
    if sitting == "any":
        return _undecided(names, otherwise)
    ((setting, other),) = otherwise.items() or ((None, log10_lr),)
    best = int(np.nanargmax(log10_lr))
    if setting is None or not abs(other[best] - log10_lr[best]) >= FAR_LOG10:
        return ()
    of_best = f"the LR is {ratio(other[best])} in place of {ratio(log10_lr[best])}"
    others = [k for k in np.flatnonzero(other > 0).tolist() if k != best]
    also = f", and above 1 for {_listed(names, other, others)}" if others and names else ""
    return (
        f"if the recordings are {IF[setting]} after all, {of_best}{also}: be sure of what you "
        "said, or leave --sitting out",
    )


def _undecided(names: Sequence[str] | None, otherwise: Mapping[Setting, Array]) -> tuple[str, ...]:
    """What either reading alone would say, where they differ in which devices are likelier."""
    likelier = {setting: np.flatnonzero(other > 0) for setting, other in otherwise.items()}
    if len(likelier) < 2 or np.array_equal(likelier["same"], likelier["other"]):
        return ()
    if names is None:
        said = [f"{IF[setting]}: LR {ratio(other[0])}" for setting, other in otherwise.items()]
    else:
        said = [
            f"{IF[setting]}: above 1 for {_listed(names, otherwise[setting], rows)}"
            for setting, rows in likelier.items()
        ]
    return (f"the LR hangs on the sitting, which was not said ({'; '.join(said)})",)


def _listed(names: Sequence[str], log10_lr: Array, rows: Sequence[int] | NDArray[np.intp]) -> str:
    """Devices with their LRs, the greatest first; of many the first."""
    in_order = sorted(rows, key=lambda k: -log10_lr[k])
    said = [f"{names[k]} ({ratio(log10_lr[k])})" for k in in_order[:MOST_NAMES]]
    if (more := len(in_order) - MOST_NAMES) > 0:
        said.append(f"and {more} more")
    return ", ".join(said) or "none of them"
