"""How far a recording lies from everything that a model learned from.

Segments are seen through Fisher's discriminants of the training segments: what tells the devices
apart, with the spread inside a device as the unit. The novelty of a recording is the median over
its segments of their distance to the nearest device. The median, since it stays what it is for a
short recording, where that of the mean grows. The threshold comes from folds inside the training
part, so that a share of recordings that is stated lies beyond it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from micfp.recordings.splits import Fold

FALSE_ALARMS = 0.05
LEAST_NOVELTY = 1e-9
LEAST_SD = 1e-9  # of a column: what is less is constant but for rounding

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class KnownSpace:
    """Where the devices lie that a model learned.

    Attributes
    ----------
    centre, weights
        of the p feature columns, shapes (p,) and (p, k): (x - centre) weights are the k
        discriminants, in which the spread inside a device is 1
    devices
        means of the devices there, shape (n_devices, k)
    """

    centre: Floats
    weights: Floats
    devices: Floats

    def distances(self, X: ArrayLike) -> Floats:
        """Root mean square distance over the discriminants to the nearest device, shape (n,).

        X: feature columns, shape (n, p); what is not finite counts as the centre of its column.
        """
        away = np.asarray(X, np.float64) - self.centre
        away[~np.isfinite(away)] = 0.0
        seen = away @ self.weights
        squared = ((seen[:, None] - self.devices[None]) ** 2).mean(axis=2)
        return np.asarray(np.sqrt(squared.min(axis=1)))

    def empty_columns(self, X: ArrayLike) -> int:
        """Columns that tell devices apart and that no segment of one recording has."""
        used = (self.weights != 0).any(axis=1)
        return int((used & ~np.isfinite(np.asarray(X, np.float64)).any(axis=0)).sum())

    def novelty(self, X: ArrayLike) -> float:
        """Median distance of the segments of one recording, at least one; >= 0."""
        return float(np.median(self.distances(X)))


@dataclass(frozen=True)
class Limit:
    """Beyond which novelty a recording is outside of what a model learned.

    Attributes
    ----------
    novelty
        of `KnownSpace.novelty`
    false_alarms
        share of recordings of known devices that is expected beyond it, 0..1: 0.05, or what fewer
        than 19 recordings allow
    n_recordings
        of the inner folds, that it was set on
    empty_columns
        the most of `KnownSpace.empty_columns` that a recording may have: what one in training had
    """

    novelty: Annotated[float, Field(gt=0)]
    false_alarms: Annotated[float, Field(gt=0, lt=1)]
    n_recordings: Annotated[int, Field(gt=0)]
    empty_columns: Annotated[int, Field(ge=0)] = 0

    def why_outside(self, space: KnownSpace, X: ArrayLike) -> str | None:
        """Why a recording is outside of what was learned, a sentence; None where it is not.

        X: feature columns of its segments, shape (n, p), n >= 1.
        """
        if (empty := space.empty_columns(X)) > self.empty_columns:
            return (
                f"{empty} of its feature columns are empty, and at most {self.empty_columns} were "
                "in the recordings that the model learned from: it has another bandwidth"
            )
        if (novelty := space.novelty(X)) > self.novelty:
            return (
                f"it is further from every device that the model knows ({novelty:.1f}) than all "
                f"but {100 * self.false_alarms:.2g} % of their own recordings are "
                f"({self.novelty:.1f}): another device, or something changed the sound"
            )
        return None


def fit_space(X: ArrayLike, labels: ArrayLike) -> KnownSpace:
    """Find the discriminants of training segments, with a shrunk covariance (Ledoit, Wolf 2004).

    Parameters
    ----------
    X
        feature columns, shape (n, p)
    labels
        device of each row, shape (n,), at least two different ones
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    rows = np.array(X, np.float64)
    rows[~np.isfinite(rows)] = np.nan
    there = np.isfinite(rows)
    counts = np.maximum(there.sum(axis=0), 1)
    centre = np.where(there, rows, 0.0).sum(axis=0) / counts
    away = np.where(there, rows - centre, 0.0)
    sd = np.sqrt((away**2).sum(axis=0) / counts)
    varies = sd > LEAST_SD
    scale = np.where(varies, sd, 1.0)
    scaled = (away / scale)[:, varies]
    analysis = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto").fit(scaled, labels)
    k = min(len(analysis.classes_) - 1, scaled.shape[1])
    found = analysis.scalings_[:, :k]
    # Of an eigenvector and its negative a machine gives one or the other.
    found = found * np.sign(found[np.abs(found).argmax(axis=0), np.arange(k)])
    weights = np.zeros((rows.shape[1], k))
    weights[varies] = found / scale[varies, None]
    return KnownSpace(centre, weights, analysis.means_ @ found)


def fit_limit(
    space: KnownSpace,
    X: ArrayLike,
    labels: ArrayLike,
    recording: ArrayLike,
    folds: Sequence[Fold],
) -> Limit:
    """Set the limit on rows that folds hold out, by spaces that were fitted on the others.

    Parameters
    ----------
    space
        of all rows
    X, labels
        as of `fit_space`
    recording
        of each row, shape (n,)
    folds
        row numbers into X, whole recordings in each test part
    """
    rows, devices = np.asarray(X, np.float64), np.asarray(labels, str)
    names = np.asarray(recording, str)
    held_out = np.concatenate(
        [
            novelties(fit_space(rows[fold.train], devices[fold.train]), rows[fold.test], own)
            for fold in folds
            if len(own := names[fold.test])
        ]
    )
    empty = max(space.empty_columns(rows[names == name]) for name in np.unique(names))
    return replace(limit_of(held_out), empty_columns=empty)


def novelties(space: KnownSpace, X: Floats, recording: NDArray[np.str_]) -> Floats:
    """Novelty of each recording, in the order of their names, shape (n_recordings,)."""
    return np.array([space.novelty(X[recording == name]) for name in np.unique(recording)])


def limit_of(novelty: ArrayLike) -> Limit:
    """The limit that a new recording of the same kind exceeds with a known probability.

    Of n + 1 recordings that could change places the new one is the most novel in one case of
    n + 1: so the limit is the k-th smallest, k = ceil((1 - share) (n + 1)), with share = 0.05,
    or 1 / (n + 1) where n is under 19 (split conformal prediction, Vovk et al. 2005).

    Parameters
    ----------
    novelty
        of recordings that were held out, shape (n,), n >= 1
    """
    ordered = np.sort(np.asarray(novelty, np.float64))
    n = len(ordered)
    share = max(FALSE_ALARMS, 1 / (n + 1))
    # The small number: 0.95 x 20 is 19 also where rounding makes it a little more.
    k = min(int(np.ceil((1 - share) * (n + 1) - 1e-9)), n)
    return Limit(max(float(ordered[k - 1]), LEAST_NOVELTY), share, n)
