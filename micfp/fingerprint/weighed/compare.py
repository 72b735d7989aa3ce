"""Scores of enrolled devices with a recording."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.gallery import Gallery
from micfp.fingerprint.embedding.model import FingerprintModel, Sitting
from micfp.fingerprint.pairs import MEASURES, comparable, pair_quality

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
        self._references = [one for some in references for one in some]
        sizes = [len(some) for some in references]
        self._device = np.repeat(np.arange(len(references)), sizes)
        self._n = len(references)
        self._gallery = Gallery(model, self._references, sitting)

    def compare(self, recording: Fingerprint) -> Compared:
        """Compare each device with a recording."""
        counts = comparable(self._references, [recording])[:, 0]
        quality = pair_quality(self._references, [recording])[:, 0]
        scores = self._gallery.scores(recording)
        rows = self._device[counts]
        n = np.bincount(rows, minlength=self._n)

        def means(values: Array) -> Array:
            sums = np.bincount(rows, values[counts], self._n)
            return np.where(n > 0, sums / np.maximum(n, 1), np.nan)

        return Compared(
            means(scores), np.stack([means(quality[:, k]) for k in range(len(MEASURES))], axis=1)
        )
