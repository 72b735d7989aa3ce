"""Folds of a table that holds degraded copies: they train with their originals; none is tested.

Which originals are tested does not depend on whether there are copies. Where an original is left
out, by the check or because it is tested, its copies are left out with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from micfp.config.models import SplitConfig
from micfp.recordings.splits import Asked, Fold, make_folds

if TYPE_CHECKING:
    from pandas import DataFrame

COPY = "copy"
"""Column: number of the chain that a row's recording went through; 0 of an original."""
ORIGINALS = {"segment": "original_segment", "recording": "original_recording"}
"""Columns: the segment and the recording that a row is a copy of; of an original its own."""


def with_originals(labels: DataFrame, original_of: Mapping[str, str], by_number: bool) -> DataFrame:
    """Say of each row what it is a copy of.

    Parameters
    ----------
    labels
        Rows of recordings and copies of them, with the columns segment, recording and COPY; the
        rows of each recording in the order of time.
    original_of
        The recording that each copy is of.
    by_number
        Whether segments of one number are of one time, as windows are whatever is heard in them.
        If not, they are where a copy has as many as its original.

    Returns
    -------
    The labels with the columns ORIGINALS. A segment of a copy that cannot be told has none ("").
    """
    pieces = labels.groupby("recording")["segment"]
    rows = labels.assign(
        of=labels["recording"].map(original_of).fillna(labels["recording"]),
        piece=pieces.cumcount(),
        n=0 if by_number else pieces.transform("size"),
    )
    key = ["of", "piece", "n"]
    own = rows.loc[rows[COPY] == 0, [*key, "segment"]].drop_duplicates(key)
    found = rows[key].merge(own, on=key, how="left")["segment"].fillna("").to_numpy(str)
    told = labels.copy()
    told[ORIGINALS["recording"]], told[ORIGINALS["segment"]] = rows["of"], found
    return told


def make_folds_with_copies(
    labels: DataFrame,
    split: SplitConfig,
    target: str,
    rng: np.random.Generator,
    asked: Asked,
    copies_tested: bool = False,
) -> list[Fold]:
    """The folds that the originals of a table have, with copies in the parts that train.

    Parameters
    ----------
    labels
        As of `make_folds`; with the columns COPY and ORIGINALS where there are copies.
    split, target, rng, asked
        As of `make_folds`.
    copies_tested
        Copies of tested originals are tested, too: for folds inside a training part, on which
        models are chosen. Otherwise they are in no part.

    Returns
    -------
    Folds whose row numbers are ascending, no row in two parts of one fold.

    Raises
    ------
    SplitError
        The originals cannot give the split.
    """
    if COPY not in labels:
        return make_folds(labels, split, target, rng, asked)
    is_copy = labels[COPY].to_numpy() > 0
    originals = np.flatnonzero(~is_copy)
    # Pieces of a copy go where theirs go if pieces are dealt, else where its recording goes.
    own, of = ("segment" if split.kind == "random" else "recording"), labels.iloc[originals]
    original = labels[ORIGINALS[own]].to_numpy(str)

    def with_copies(rows: NDArray[np.int64]) -> NDArray[np.int64]:
        copies = is_copy & np.isin(original, of[own].iloc[rows].to_numpy(str))
        return np.sort(np.concatenate([originals[rows], np.flatnonzero(copies)]))

    return [
        replace(
            fold,
            train=with_copies(fold.train),
            test=with_copies(fold.test) if copies_tested else originals[fold.test],
            validation=with_copies(fold.validation),
        )
        for fold in make_folds(of, split, target, rng, asked)
    ]
