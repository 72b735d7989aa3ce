"""How far an LR hangs on what was said of the sitting, which nobody can check by the sound."""

from collections.abc import Sequence

from micfp.evidence.verbal import ratio
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import Setting
from micfp.fingerprint.weighed.compare import bounded_log10_lr
from micfp.fingerprint.weighed.weighing import Weighing

OPPOSITE: dict[str, Setting] = {"same": "other", "other": "same"}
IF: dict[Setting, str] = {
    "same": "if the recordings are of one sitting after all",
    "other": "if the recordings are of different sittings after all",
}
FAR_LOG10 = 1.0
"""An LR that is ten times another is said beside it."""


def hanging_on_sitting(
    references: Sequence[Fingerprint], asked: Fingerprint, log10_lr: float, weighing: Weighing
) -> tuple[str, ...]:
    """A sentence where the LR would be far from this one if the opposite were true; else none.

    Parameters
    ----------
    references
        Of one device.
    asked
        What was compared with them.
    log10_lr
        By what was said of the sitting, bounded.
    weighing
        What was said, model and calibration.
    """
    opposite = OPPOSITE.get(weighing.sitting)
    calibrated = weighing.calibration.of(weighing.population).get(opposite or "")
    if opposite is None or calibrated is None:
        return ()
    other = bounded_log10_lr(weighing.loaded.model, references, asked, opposite, calibrated)
    if other is None or abs(other - log10_lr) < FAR_LOG10:
        return ()
    return (
        f"{IF[opposite]}, the LR is {ratio(other)} in place of {ratio(log10_lr)}: be sure of what "
        "you said, or leave --sitting out",
    )
