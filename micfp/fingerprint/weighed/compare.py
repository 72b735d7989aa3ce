"""Scores of enrolled devices with a recording."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.evidence.calibration import Calibrated
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.gallery import Gallery
from micfp.fingerprint.embedding.model import FingerprintModel, Setting, Sitting
from micfp.fingerprint.pairs import Block, comparable, pair_quality
from micfp.fingerprint.pitch import pitch_change, pitch_refusal

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Compared:
    """How a recording compares with some devices.

    Attributes
    ----------
    score
        (n_devices,) fused; the mean over the references that compare; NaN where none does.
    quality
        (n_devices, n_measures), means as well: see `pair_quality`.
    """

    score: Array
    quality: Array

    @property
    def compares(self) -> NDArray[np.bool_]:
        """Which devices have a score."""
        return np.isfinite(self.score)


def bounded_log10_lr(
    model: FingerprintModel,
    references: Sequence[Fingerprint],
    recording: Fingerprint,
    setting: Setting,
    calibrated: Calibrated,
) -> float | None:
    """Log10 LR of "the device of these references made the recording", bounded.

    None where they cannot be compared.

    Parameters
    ----------
    model, setting
        As of `FingerprintModel.scores`.
    references
        Of one device.
    recording
        What is compared with them.
    calibrated
        What scores are worth in that setting.
    """
    compared = Devices(model, [references], setting).compare(recording)
    if not compared.compares.all():
        return None
    found = calibrated.weights(compared.score, compared.quality).log10_lr
    return float(calibrated.bounds.clip(found)[0])


class Devices:
    """Devices with one or more references each.

    Parameters
    ----------
    model, sitting
        As of `FingerprintModel.scores`.
    references
        Fingerprints of each device.
    """

    def __init__(
        self,
        model: FingerprintModel,
        references: Sequence[Sequence[Fingerprint]],
        sitting: Sitting,
    ) -> None:
        self._model = model
        self._of_each = references
        self._readings: dict[Sitting, Devices] = {}
        self._references = [one for some in references for one in some]
        self._device = np.repeat(np.arange(len(references)), [len(some) for some in references])
        self._gallery = Gallery(model, self._references, sitting)

    def read_as(self, sitting: Sitting) -> "Devices":
        """The same devices, compared as if the recordings were of another sitting."""
        if sitting not in self._readings:
            self._readings[sitting] = Devices(self._model, self._of_each, sitting)
        return self._readings[sitting]

    def pitch_refusal(self, changed: Sequence[Fingerprint]) -> str | None:
        """Why a recording with changes of pitch undone is not compared; None where it may be."""
        if not changed:
            return None
        return pitch_refusal(pitch_change(self._model, self._references, changed))

    def compare(self, recording: Fingerprint) -> Compared:
        """Compare each device with a recording."""
        pairs = Block(
            self._gallery.scores(recording)[:, None],
            pair_quality(self._references, [recording]),
            comparable(self._references, [recording]),
            self._device,
            np.array([-1]),
        ).by_device()
        score = np.where(pairs.compares[:, 0], pairs.scores[:, 0], np.nan)
        return Compared(score, pairs.quality[:, 0])
