"""Whether both halves of a recording can be of one device: a splice would get one name else."""

from collections.abc import Sequence

from micfp.evidence.calibration import Calibration
from micfp.evidence.verbal import ratio
from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.fingerprint import Fingerprint, fingerprint
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.spectra import HOP_S, Spectra
from micfp.fingerprint.weighed.compare import bounded_log10_lr

SHORTEST_S = 3.0
"""Halves of less say too little."""
UNLIKE_LOG10_LR = -0.5
"""Of "one device made both halves, in one sitting", below which it is said. Chosen on phones that
judge nothing (`python benchmarks/scan.py DATA halves --choosing`)."""


def halves_of(spectra: Spectra, content: ContentModel) -> tuple[Fingerprint, ...]:
    """Fingerprints of both halves; none of a recording shorter than SHORTEST_S."""
    middle_s = len(spectra.level_db) // 2 * HOP_S
    if 2 * middle_s < SHORTEST_S:
        return ()
    parts = (spectra.part(0, middle_s), spectra.part(middle_s, float("inf")))
    return tuple(fingerprint(part, content) for part in parts)


def log10_lr_of_halves(
    halves: Sequence[Fingerprint], model: FingerprintModel, calibration: Calibration
) -> float | None:
    """Log10 LR of "one device made both halves" against "two did", of one sitting, bounded.

    None where they cannot be compared, or the calibration says nothing of one sitting.

    Parameters
    ----------
    halves
        As `halves_of` gives them.
    model, calibration
        Whose fingerprints they are, and what its scores are worth.
    """
    calibrated = calibration.sittings.get("same")
    if not halves or calibrated is None:
        return None
    first, second = halves
    return bounded_log10_lr(model, [first], second, "same", calibrated)


def unlike_halves(
    halves: Sequence[Fingerprint], model: FingerprintModel, calibration: Calibration
) -> str | None:
    """A sentence where the halves are unlike; None where they are not, or nothing can be said."""
    log10_lr = log10_lr_of_halves(halves, model, calibration)
    if log10_lr is None or log10_lr >= UNLIKE_LOG10_LR:
        return None
    return (
        f"its first and second half are unlike (LR {ratio(log10_lr)} for one device and one "
        "sitting): more than one device or place may be in it, and one answer for all of it may be "
        "wrong; see where by `micfp scan`"
    )
