"""Many enrolled fingerprints, searched by one after the other: exact, and fast once warm."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import (
    SETTINGS,
    FingerprintModel,
    Setting,
    Sitting,
    whatever_the_sitting,
)
from micfp.fingerprint.embedding.scoring import LEAST_BANDS, ScoreEngine, Side, squashed

Array = NDArray[np.float64]
Float32 = NDArray[np.float32]
Bools = NDArray[np.bool_]
AT_A_TIME = 65_536


@dataclass(frozen=True)
class _Projection:
    """References with one set of bands and one duration, against tests with another.

    Attributes
    ----------
    rows
        Which references.
    common
        (N_BANDS,), bands that both have.
    own
        float32 (n,), what a score owes to the reference alone, and the constant.
    projected
        float32 (n, n_common): times a test's vector it is what they have in common.
    second
        (n_common, n_common), what a score owes to the test alone.
    """

    rows: NDArray[np.int64]
    common: Bools
    own: Float32
    projected: Float32
    second: Array


class Gallery:
    """Enrolled fingerprints.

    The first search with a set of bands and a duration projects every reference, which takes some
    microseconds each; searches after it are a product with one vector. Scores are those of
    `FingerprintModel.scores`, within the rounding of float32.

    Parameters
    ----------
    model, sitting
        As of `FingerprintModel.scores`.
    references
        The enrolled fingerprints.
    """

    def __init__(
        self, model: FingerprintModel, references: Sequence[Fingerprint], sitting: Sitting
    ) -> None:
        wanted = SETTINGS if sitting == "any" else (sitting,)
        self._searched = [_Searched(model, references, setting) for setting in wanted]

    def scores(self, test: Fingerprint) -> Array:
        """Fused score (n_references,) of each reference with a test."""
        found = [one.scores(test) for one in self._searched]
        return found[0] if len(found) == 1 else whatever_the_sitting(*found)


class _Searched:
    """References as they are compared in one setting."""

    def __init__(
        self, model: FingerprintModel, references: Sequence[Fingerprint], setting: Setting
    ) -> None:
        self._engines = model.engines(setting)
        self._fusion = model.settings[setting].fusion
        self._sides = [engine.side(references) for engine in self._engines]
        self._network = model.network_of(setting)
        self._points = self._network.points(references).small() if self._network else None
        self._n = len(references)
        self._projections: dict[tuple[int, bytes, float], list[_Projection]] = {}

    def scores(self, test: Fingerprint) -> Array:
        """Fused score (n_references,) of each reference with a test."""
        found = np.full(self._n, self._fusion.offset)
        for number, (engine, weight) in enumerate(
            zip(self._engines, self._fusion.weights, strict=False)
        ):
            if weight:
                found += weight * squashed(self._of_one(number, engine, test))
        if self._network and self._points:
            scores = self._network.scores(self._points, self._network.points([test]).small())
            found += self._fusion.weights[-1] * squashed(scores[:, 0])
        return found

    def _of_one(self, number: int, engine: ScoreEngine, test: Fingerprint) -> Array:
        asked = engine.side([test])
        ((bands, test_s),) = asked.groups
        key = (number, bands, test_s)
        if key not in self._projections:
            side = self._sides[number]
            self._projections[key] = list(_projections(engine, side, bands, test_s))
        scores = np.zeros(self._n)
        for one in self._projections[key]:
            vector = asked.vectors[0, one.common]
            alone = float(vector @ one.second @ vector)
            scores[one.rows] = one.projected @ vector.astype(np.float32) + one.own + alone
        return scores


def _projections(
    engine: ScoreEngine, side: Side, bands: bytes, test_s: float
) -> Iterator[_Projection]:
    """Every group of references that has enough bands in common with the tests."""
    for (own_bands, own_s), rows in side.groups.items():
        common = np.frombuffer(own_bands, np.bool_) & np.frombuffer(bands, np.bool_)
        if np.count_nonzero(common) < LEAST_BANDS:
            continue
        form = engine.form(common, own_s, test_s)
        own = np.empty(len(rows), np.float32)
        projected = np.empty((len(rows), np.count_nonzero(common)), np.float32)
        for first in range(0, len(rows), AT_A_TIME):
            some = slice(first, first + AT_A_TIME)
            vectors = side.vectors[rows[some]][:, common]
            own[some] = np.einsum("ij,ij->i", vectors @ form.first, vectors) + form.constant
            projected[some] = vectors @ form.cross
        yield _Projection(rows, common, own, projected, form.second)
