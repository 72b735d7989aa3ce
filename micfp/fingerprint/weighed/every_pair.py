"""Likelihood ratios of every pair of some recordings, in blocks: memory does not hold them all."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import (
    SETTINGS,
    FingerprintModel,
    Setting,
    whatever_the_sitting,
)
from micfp.fingerprint.embedding.scoring import rounded_s, squashed
from micfp.fingerprint.embedding.spectra import Bools
from micfp.fingerprint.embedding.two_covariance import PairScore, pair_score
from micfp.fingerprint.pairs import LEAST_BANDS, clear, pair_quality
from micfp.fingerprint.weighed.weighing import Weighing

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
AT_A_TIME = 1024
"""Rows and columns of a block, at most."""


@dataclass(frozen=True)
class PairBlock:
    """Some recordings beside some others, or beside themselves.

    Attributes
    ----------
    rows, columns
        (n_rows,) and (n_columns,) numbers of the recordings.
    log10_lr
        (n_rows, n_columns), of "one device made both", not bounded. A recording beside itself has a
        value, which says nothing.
    """

    rows: Ints
    columns: Ints
    log10_lr: Array


def every_pair(fingerprints: Sequence[Fingerprint], weighing: Weighing) -> Iterator[PairBlock]:
    """Weigh each pair once; those that do not compare (`pairs.comparable`) are left out.

    Scores are those of `FingerprintModel.scores`, within rounding. A block holds recordings with
    the same bands and about the same seconds on either side, so that a form is made once, used,
    and dropped: kept for all pairs of many recordings they would not fit into memory.

    Parameters
    ----------
    fingerprints
        Of the model of `weighing`.
    weighing
        Model, calibration, and what is known of the sitting.
    """
    if not fingerprints:
        return
    model = weighing.loaded.model
    wanted = SETTINGS if weighing.sitting == "any" else (weighing.sitting,)
    scored = [_Scored(model, fingerprints, setting) for setting in wanted]
    logistic = weighing.calibrated.logistic
    for (bands, *seconds), sides in _alike(_groups(fingerprints, model)):
        forms = [one.forms(bands, *seconds) for one in scored]
        for some, others in (chunk for side in sides for chunk in _chunks(*side)):
            found = [
                one.scores(some, others, bands, own) for one, own in zip(scored, forms, strict=True)
            ]
            score = found[0] if len(found) == 1 else whatever_the_sitting(*found)
            quality = pair_quality(*([fingerprints[k] for k in part] for part in (some, others)))
            used = quality[..., : logistic.n_measures].reshape(score.size, logistic.n_measures)
            log10_lr = logistic.log10_lr(score.ravel(), used).reshape(score.shape)
            if some is others:  # each pair twice, which rounding may tell apart
                log10_lr = (log10_lr + log10_lr.T) / 2
            yield PairBlock(some, others, log10_lr)


def compares_with_another(fingerprints: Sequence[Fingerprint]) -> Bools:
    """Which recordings (n,) compare with one other or more."""
    if not fingerprints:
        return np.zeros(0, np.bool_)
    bands = np.array([np.isfinite(one.vectors).all(axis=0) for one in fingerprints])
    sets, of_set = np.unique(bands, axis=0, return_inverse=True)
    of_set, is_clear = np.asarray(of_set).ravel(), clear(fingerprints)
    n_clear = np.bincount(of_set[is_clear], minlength=len(sets))
    enough = sets.astype(np.int64) @ sets.T.astype(np.int64) >= LEAST_BANDS
    n_others = enough @ n_clear - np.diag(enough)  # itself is none
    return np.asarray(is_clear & (n_others[of_set] > 0))


def _groups(
    fingerprints: Sequence[Fingerprint], model: FingerprintModel
) -> list[tuple[Bools, float, Ints]]:
    """Bands, seconds (rounded), and which recordings have them, of those that compare at all."""
    of_key: dict[tuple[bytes, float], list[int]] = defaultdict(list)
    for number in np.flatnonzero(clear(fingerprints)).tolist():
        one = fingerprints[number]
        seconds = rounded_s(one.active_s) if model.content_by_time else 1.0
        of_key[np.isfinite(one.vectors).all(axis=0).tobytes(), seconds].append(number)
    return [
        (np.frombuffer(bands, np.bool_), seconds, np.array(rows))
        for (bands, seconds), rows in of_key.items()
    ]


def _alike(
    groups: Sequence[tuple[Bools, float, Ints]],
) -> Iterator[tuple[tuple[Bools, float, float], list[tuple[Ints, Ints]]]]:
    """Every two groups, those with one form together: bands in common, fewer and more seconds."""
    of_form: dict[tuple[bytes, float, float], list[tuple[Ints, Ints]]] = defaultdict(list)
    for one, other in combinations_with_replacement(groups, 2):
        (first, first_s, rows), (second, second_s, columns) = sorted(
            (one, other), key=lambda group: group[1]
        )
        bands = first & second
        if np.count_nonzero(bands) >= LEAST_BANDS:
            of_form[bands.tobytes(), first_s, second_s].append((rows, columns))
    for (common, first_s, second_s), sides in of_form.items():
        yield (np.frombuffer(common, np.bool_), first_s, second_s), sides


def _chunks(rows: Ints, columns: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Parts of two groups, or of one beside itself, each two parts once."""
    first = [rows[k : k + AT_A_TIME] for k in range(0, len(rows), AT_A_TIME)]
    if rows is columns:
        yield from combinations_with_replacement(first, 2)
        return
    for some in first:
        for k in range(0, len(columns), AT_A_TIME):
            yield some, columns[k : k + AT_A_TIME]


class _Scored:
    """Recordings made ready for the scores of one setting."""

    def __init__(
        self, model: FingerprintModel, fingerprints: Sequence[Fingerprint], setting: Setting
    ) -> None:
        fusion = model.settings[setting].fusion
        weighted = zip(model.engines(setting), fusion.weights, strict=False)
        self._engines = [(engine, float(weight)) for engine, weight in weighted if weight]
        self._vectors = [engine.side(fingerprints).vectors for engine, _ in self._engines]
        self._offset = fusion.offset
        self._network = model.network_of(setting)
        self._of_network = float(fusion.weights[-1])
        self._points = self._network.points(fingerprints) if self._network else None

    def forms(self, bands: Bools, first_s: float, second_s: float) -> list[PairScore]:
        """What compares vectors on these bands, with so many seconds on either side."""
        return [
            pair_score(engine.model, engine.scorer.within, bands, first_s, second_s)
            for engine, _ in self._engines
        ]

    def scores(self, rows: Ints, columns: Ints, bands: Bools, forms: Sequence[PairScore]) -> Array:
        """Fused scores (n_rows, n_columns)."""
        found = np.full((len(rows), len(columns)), self._offset)
        for form, (_, weight), vectors in zip(forms, self._engines, self._vectors, strict=True):
            found += weight * squashed(form(vectors[rows][:, bands], vectors[columns][:, bands]))
        if self._network and self._points:
            some, others = (
                replace(
                    self._points,
                    directions=self._points.directions[part],
                    of_set=self._points.of_set[part],
                )
                for part in (rows, columns)
            )
            found += self._of_network * squashed(self._network.scores(some, others))
        return found
