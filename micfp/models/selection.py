"""Cross-validation inside the training part, on which every choice is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micfp.models.classical import MIN_PROBABILITY, fit
from micfp.recordings.splits import Fold

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class OutOfFold:
    """Log-probabilities of rows by models that were not trained on them.

    Parameters
    ----------
    log_p
        float64 (n, n_classes); NaN in rows that no fold tests
    fold
        number of the fold that tests each row, int64 (n,); -1 where none does
    classes
        class of each column, ascending
    warnings
        of all fits, each once
    """

    log_p: NDArray[np.float64]
    fold: NDArray[np.int64]
    classes: tuple[str, ...]
    warnings: tuple[str, ...]


def out_of_fold(
    X: ArrayLike, labels: ArrayLike, folds: Sequence[Fold], build: Callable[[], Pipeline]
) -> OutOfFold:
    """Fit a fresh pipeline, preparation and all, on each fold's training rows and score its test.

    Parameters
    ----------
    X
        feature columns, float (n, p)
    labels
        class of each row, str (n,)
    folds
        row numbers into X; no row in two test parts
    build
        gives an unfitted pipeline

    Raises
    ------
    MicfpError
        as `classical.fit`
    """
    rows, classes_of_rows = np.asarray(X), np.asarray(labels, dtype=str)
    classes = np.unique(classes_of_rows)
    log_p = np.full((len(rows), len(classes)), np.nan)
    fold_of_row = np.full(len(rows), -1, dtype=np.int64)
    seen: list[str] = []
    for number, fold in enumerate(folds):
        fitted = fit(build(), rows[fold.train], classes_of_rows[fold.train])
        # A class that this fold did not train on (by_unit) has the least probability there is.
        scores = np.full((len(fold.test), len(classes)), np.log(MIN_PROBABILITY))
        scores[:, np.searchsorted(classes, fitted.classes)] = fitted.log_probabilities(
            rows[fold.test]
        )
        log_p[fold.test] = scores
        fold_of_row[fold.test] = number
        seen += fitted.warnings
    return OutOfFold(log_p, fold_of_row, tuple(classes.tolist()), tuple(dict.fromkeys(seen)))
