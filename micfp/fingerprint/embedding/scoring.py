"""Scores of many fingerprints against many, by several scorers whose scores are fused."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.two_covariance import (
    PairScore,
    TwoCovariance,
    Within,
    aligned,
    pair_score,
)
from micfp.fingerprint.embedding.vectors import VECTORS

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

DURATIONS_S = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0)
"""Active seconds are rounded to one of these, so that forms can be used again."""
SQUASHED_ABOVE = 10.0
LEAST_BANDS = 4


@dataclass(frozen=True)
class Scorer:
    """One score: a vector, and what counts as within a device."""

    vector: str
    within: Within


@dataclass(frozen=True)
class Side:
    """Fingerprints of one side, made ready for one vector."""

    vectors: Array
    groups: dict[tuple[bytes, float], Ints]


@dataclass
class ScoreEngine:
    """Scores by one scorer; forms for a set of bands and durations are made once and kept.

    Attributes
    ----------
    model, scorer
        Of one vector.
    outlier_sd
        As of `aligned`.
    content_by_time
        As the model was fitted (`fit_two_covariance`); False: any duration counts as 1 s.
    """

    model: TwoCovariance
    scorer: Scorer
    outlier_sd: float | None
    content_by_time: bool
    _forms: dict[tuple[bytes, float, float], PairScore] = field(default_factory=dict, repr=False)

    def side(self, fingerprints: Sequence[Fingerprint]) -> Side:
        """Make fingerprints ready: aligned with the model, grouped by bands and duration."""
        row = VECTORS.index(self.scorer.vector)
        vectors = np.empty((len(fingerprints), len(self.model.mean)), np.float32)
        for k, one in enumerate(fingerprints):
            vectors[k] = one.vectors[row]
        data = aligned(self.model, vectors, self.outlier_sd)
        groups: dict[tuple[bytes, float], list[int]] = defaultdict(list)
        for k, one in enumerate(fingerprints):
            seconds = rounded_s(one.active_s) if self.content_by_time else 1.0
            groups[np.isfinite(data[k]).tobytes(), seconds].append(k)
        return Side(data, {key: np.array(rows) for key, rows in groups.items()})

    def scores(self, references: Side, tests: Side) -> Array:
        """Log LR (n_references, n_tests), not calibrated; 0 where they share fewer than 4 bands."""
        out = np.zeros((len(references.vectors), len(tests.vectors)))
        for (first, first_s), rows in references.groups.items():
            for (second, second_s), columns in tests.groups.items():
                bands = np.frombuffer(first, np.bool_) & np.frombuffer(second, np.bool_)
                if np.count_nonzero(bands) < LEAST_BANDS:
                    continue
                form = self.form(bands, first_s, second_s)
                out[np.ix_(rows, columns)] = form(
                    references.vectors[rows][:, bands], tests.vectors[columns][:, bands]
                )
        return out

    def form(self, bands: NDArray[np.bool_], first_s: float, second_s: float) -> PairScore:
        """The form of vectors on these bands, of references and tests with so many seconds."""
        key = (bands.tobytes(), first_s, second_s)
        if key not in self._forms:
            self._forms[key] = pair_score(self.model, self.scorer.within, bands, first_s, second_s)
        return self._forms[key]


def rounded_s(active_s: float) -> float:
    """The nearest of DURATIONS_S by ratio."""
    return min(DURATIONS_S, key=lambda one: abs(np.log(one / active_s)))


def squashed(scores: Array) -> Array:
    """sign(s) log(1 + |s| / 10): what lies far out counts no more than it should."""
    return np.sign(scores) * np.log1p(np.abs(scores) / SQUASHED_ABOVE)
