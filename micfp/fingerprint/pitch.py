"""Whether a recording was raised or lowered: seen beside the recordings it is compared with.

A voice may be high or low by itself, so a recording alone says little. Beside a reference of its
own device, of one sitting with it, it says much: the device's curve fits best where the change is
undone. Beside one of another sitting and another speaker it says little again, so that none is
asked: docs/design/evidence.md has the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from micfp.fingerprint.closed_set.telephone import is_narrow
from micfp.fingerprint.closed_set.warps import warped
from micfp.fingerprint.embedding.fingerprint import Fingerprint, fingerprint, range_of
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.spectra import Spectra

MOST_PERCENT = 6
"""What the closed set was validated for."""
PERCENTS = (-24, -20, -16, -12, -8, -6, -4, -2, 0, 2, 4, 6, 8, 12, 16, 20, 24)


@dataclass(frozen=True)
class PitchChange:
    """By how much a recording fits best raised.

    Attributes
    ----------
    percent
        How much higher than the best reference it is: one of PERCENTS.
    gain
        Best fused score of a change beyond +-6 % over the best within, natural log odds.
    """

    percent: int
    gain: float


def shows_pitch(spectra: Spectra) -> bool:
    """Whether a recording is worth comparing: not one that ends at 4 kHz.

    Of a call too little of the device's curve is left. Where its own phone is not enrolled, the
    best reference is often one of another pitch.
    """
    return not is_narrow(spectra.present)


def changed_fingerprints(model: FingerprintModel, spectra: Spectra) -> list[Fingerprint]:
    """Fingerprint of a recording with each change of PERCENTS undone, over the same bands.

    Bands that any of the changes leaves without a value are missing from all, so that their scores
    compare.
    """
    undone = [warped(spectra, 1 + percent / 100) for percent in PERCENTS]
    common = np.asarray(np.all([one.present for one in undone], axis=0))
    of_whole = range_of(spectra)
    return [fingerprint(Spectra(one.level_db, common), model.content, of_whole) for one in undone]


def pitch_change(
    model: FingerprintModel, references: Sequence[Fingerprint], changed: Sequence[Fingerprint]
) -> PitchChange:
    """Compare a recording with references of the same sitting, at every change of pitch.

    Parameters
    ----------
    model
        Makes the scores.
    references
        At least one: of the enrolled devices.
    changed
        `changed_fingerprints` of the recording in question, which `shows_pitch`.
    """
    best = model.scores(references, changed, "same").max(axis=0)
    beyond = np.abs(PERCENTS) > MOST_PERCENT
    gain = float(best[beyond].max() - best[~beyond].max())
    return PitchChange(PERCENTS[int(np.argmax(best))], gain)


def pitch_refusal(found: PitchChange) -> str | None:
    """Say in a sentence why no answer is given; None where the like was validated."""
    if found.gain <= 0:
        return None
    return (
        f"its pitch or speed seems changed by {found.percent:+d} %: so it fits far better; "
        f"{MOST_PERCENT} % at most were validated"
    )
