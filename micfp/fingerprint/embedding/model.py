"""A fingerprint model: from samples to fingerprints, and from two sets of them to scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from micfp.errors import MicfpError
from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.fingerprint import Fingerprint, fingerprint
from micfp.fingerprint.embedding.fusion import Fusion
from micfp.fingerprint.embedding.scoring import ScoreEngine, Scorer, squashed
from micfp.fingerprint.embedding.spectra import Float32, band_spectra
from micfp.fingerprint.embedding.two_covariance import TwoCovariance, Within

Array = NDArray[np.float64]
RATES_HZ = (8000, 192_000)
LEAST_S = 0.25
SAME_SETTING = Within(copies=2.0, sessions=1.0, kappa=1.0)
OTHER_SETTING = Within(copies=0.3, sessions=1.0, kappa=0.0)
SCORERS = (
    *(Scorer(vector, SAME_SETTING) for vector in ("loud", "content", "ct")),
    *(Scorer(vector, OTHER_SETTING) for vector in ("loud", "content", "ct", "quiet")),
)
"""Devices of one case that share their setting, and those that share nothing: the fusion weighs."""


@dataclass(frozen=True)
class FingerprintModel:
    """Everything that recognition needs.

    Attributes
    ----------
    content
        What speech is expected to look like.
    covariances
        A model for each vector that a scorer names.
    scorers
        Which scores are fused.
    fusion
        Their weights.
    """

    content: ContentModel
    covariances: Mapping[str, TwoCovariance]
    scorers: tuple[Scorer, ...]
    fusion: Fusion

    def fingerprint(self, samples: Float32, rate_hz: int) -> Fingerprint:
        """Take the fingerprint of a recording.

        Parameters
        ----------
        samples
            float32 (n,), finite, 0.25 s or more.
        rate_hz
            8000 to 192 000.

        Raises
        ------
        MicfpError
            Another rate, or less sound.
        """
        if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
            raise MicfpError(
                f"{rate_hz} Hz: a fingerprint needs a rate of {RATES_HZ[0]} to {RATES_HZ[1]} Hz; "
                "resample the recording"
            )
        if len(samples) < LEAST_S * rate_hz:
            raise MicfpError(
                f"{len(samples) / rate_hz:.3f} s of sound: a fingerprint needs {LEAST_S} s or more"
            )
        return fingerprint(band_spectra(samples, rate_hz), self.content)

    @cached_property
    def _engines(self) -> list[ScoreEngine]:
        return [ScoreEngine(self.covariances[one.vector], one) for one in self.scorers]

    def squashed_scores(
        self, references: Sequence[Fingerprint], tests: Sequence[Fingerprint]
    ) -> Array:
        """Every scorer's squashed score, (n_references, n_tests, n_scorers)."""
        found = [
            squashed(engine.scores(engine.side(references), engine.side(tests)))
            for engine in self._engines
        ]
        return np.stack(found, axis=-1)

    def scores(self, references: Sequence[Fingerprint], tests: Sequence[Fingerprint]) -> Array:
        """Fused scores (n_references, n_tests): the greater, the rather one device; no log LR.

        They are calibrated for nothing but the population that they were trained on.
        """
        return self.fusion(self.squashed_scores(references, tests))
