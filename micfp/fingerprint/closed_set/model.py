"""A closed set: known devices, and which of them a piece of sound is of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.closed_set.gaussians import Branch, branch_log_likelihoods
from micfp.fingerprint.closed_set.noise_reduction import noise_reduction
from micfp.fingerprint.closed_set.telephone import is_narrow, of_device
from micfp.fingerprint.closed_set.warps import UNWARPED, WARPS, bands_of_all, warped
from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.fingerprint import (
    Fingerprint,
    Range,
    fingerprint,
    pieces,
    range_of,
)
from micfp.fingerprint.embedding.fusion import Fusion
from micfp.fingerprint.embedding.spectra import Spectra

Array = NDArray[np.float64]
WARP_COST = 50.0
"""What a warp must gain in log likelihood. A true one gains 170 in 19 of 20 pieces, and of a
recording that was not raised the best one gains less than 60 in 99 of 100: interpolation smooths,
and what is smooth is the likelier."""


@dataclass(frozen=True)
class Heard:
    """A piece of sound, ready to be asked about.

    Attributes
    ----------
    fingerprints
        One for each of WARPS, on the bands that all have; of a narrow band, its one fingerprint.
    noise_reduction
        Share of holes in speech, 0..1.
    """

    fingerprints: tuple[Fingerprint, ...]
    noise_reduction: float

    @property
    def active_s(self) -> float:
        """Seconds in which something is heard."""
        return self.fingerprints[0].active_s


@dataclass(frozen=True)
class ClosedSet:
    """Known devices.

    Attributes
    ----------
    devices
        Names, in the order of log likelihoods.
    content
        What speech is expected to look like.
    plain, reduced
        The devices, as recordings and with noise reduction.
    detector
        Of the share of holes; above 0 the piece goes to `reduced`.
    """

    devices: tuple[str, ...]
    content: ContentModel
    plain: Branch
    reduced: Branch
    detector: Fusion

    def heard(self, spectra: Spectra, length_s: float) -> list[Heard]:
        """Make the whole pieces of a recording ready, one after the other.

        Parameters
        ----------
        spectra
            Frames of a whole recording, by whose levels a pause is known as one.
        length_s
            Of a piece, in seconds; of a shorter recording there is none.
        """
        spectra = of_device(spectra)
        of_whole = range_of(spectra)
        return [self._piece(one, of_whole) for one in pieces(spectra, length_s)]

    def _piece(self, spectra: Spectra, of_whole: Range) -> Heard:
        holes = noise_reduction(spectra, of_whole)
        own = fingerprint(spectra, self.content, of_whole)
        present = spectra.present
        if self._is_reduced(holes) or is_narrow(present):
            return Heard((own,), holes)
        common = bands_of_all(present)
        warps = (
            fingerprint(Spectra(warped(spectra, factor).level_db, common), self.content, of_whole)
            for factor in WARPS
        )
        # As much is said, whatever the pitch.
        return Heard(tuple(replace(one, active_s=own.active_s) for one in warps), holes)

    def is_reduced(self, heard: Heard) -> bool:
        """Whether a piece is taken for one with noise reduction."""
        return self._is_reduced(heard.noise_reduction)

    def log_likelihoods(self, heard: Sequence[Heard]) -> Array:
        """Log likelihood (n, n_devices) of each device: the greatest names it.

        Not calibrated: vectors that tell much the same are added. A whole recording is named by the
        sum over its pieces.
        """
        found = np.zeros((len(heard), len(self.devices)))
        for k, one in enumerate(heard):
            branch = self.reduced if self.is_reduced(one) else self.plain
            by_warp = branch_log_likelihoods(branch, one.fingerprints)
            if len(by_warp) > 1:
                by_warp[np.arange(len(WARPS)) != UNWARPED] -= WARP_COST
            found[k] = by_warp.max(axis=0)
        return found

    def _is_reduced(self, holes: float) -> bool:
        return float(self.detector(np.array([holes]))) > 0
