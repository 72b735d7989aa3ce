"""A scores table: the log-probability of each class for each segment that a model scored."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from micfp.config.models import DecisionRule
from micfp.errors import MicfpError
from micfp.evaluation.decision import pool_segments, predict
from micfp.tables import read_table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Scores:
    """A scores table taken apart; a row is a segment.

    Attributes
    ----------
    classes
        labels that the model knows
    truth, recording, segment
        true label, recording and name of each segment, shape (n,)
    fold
        outer fold that each segment was scored in, shape (n,)
    log_p
        natural log-probability of each class, shape (n, n_classes)
    """

    classes: tuple[str, ...]
    truth: NDArray[np.str_]
    recording: NDArray[np.str_]
    segment: NDArray[np.str_]
    fold: NDArray[np.int64]
    log_p: NDArray[np.float64]

    @property
    def predicted(self) -> NDArray[np.str_]:
        """The label that each segment is given, shape (n,)."""
        return np.asarray(self.classes)[predict(self.log_p)]

    def at(self, rows: NDArray[np.intp]) -> "Scores":
        """These rows alone."""
        return Scores(
            self.classes,
            self.truth[rows],
            self.recording[rows],
            self.segment[rows],
            self.fold[rows],
            self.log_p[rows],
        )


def read_scores(folder: Path) -> Scores:
    """Read `scores.parquet` of a fit, training, selection or scoring."""
    table = read_table(folder / "scores.parquet")
    columns = [c for c in table.columns if c.startswith("logp:")]
    return Scores(
        tuple(c.removeprefix("logp:") for c in columns),
        table["truth"].to_numpy(str),
        table["recording"].to_numpy(str),
        table["segment"].to_numpy(str),
        table["fold"].to_numpy(np.int64),
        table[columns].to_numpy(np.float64),
    )


def scores_table(
    labels: "pd.DataFrame",
    log_p: NDArray[np.float64],
    classes: tuple[str, ...],
    fold: int,
    model: str,
    target: str,
) -> "pd.DataFrame":
    """Make a scores table of n segments.

    Parameters
    ----------
    labels
        segment, recording and labels of each segment, n rows
    log_p
        natural log-probability of each class, shape (n, n_classes)
    classes
        labels of the columns of `log_p`
    fold
        number of the outer fold
    model
        name of the model
    target
        label that is identified
    """
    import pandas as pd

    front = labels[["segment", "recording", target]].reset_index(drop=True)
    front = front.rename(columns={target: "truth"})
    front.insert(2, "fold", fold)
    front.insert(3, "model", model)
    scores = pd.DataFrame(log_p, columns=[f"logp:{name}" for name in classes])
    return pd.concat([front, scores], axis=1)


def paired_rows(before: Scores, later: Scores) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find the rows of two tables that are of the same place in the same recording.

    Segments are told by their numbers, since copies may have another sample rate, and be long
    enough for one more.

    Parameters
    ----------
    before, later
        of recordings and of copies of them, in the same order

    Returns
    -------
    The rows in either, as many.

    Raises
    ------
    MicfpError
        if a recording or a copy has no segments
    """
    first, second = _rows_by_place(before), _rows_by_place(later)
    both = [place for place in first if place in second]
    rows = tuple(np.array([own[place] for place in both], np.intp) for own in (first, second))
    n_before, n_later = len(set(before.recording)), len(set(later.recording))
    if n_before != n_later or (before.truth[rows[0]] != later.truth[rows[1]]).any():
        raise MicfpError(
            f"{n_before} recordings have segments, and {n_later} of their copies: leave out "
            "recordings that are hardly longer than a segment, or that the check drops"
        )
    return rows[0], rows[1]


def _rows_by_place(scores: Scores) -> dict[tuple[int, int], int]:
    """Row by number of the recording and of the segment in it, both from 0."""
    numbers: dict[str, int] = {}
    counts: dict[str, int] = {}
    rows = {}
    for row, name in enumerate(scores.recording.tolist()):
        number, count = numbers.setdefault(name, len(numbers)), counts.get(name, 0)
        rows[number, count], counts[name] = row, count + 1
    return rows


def pool_successive(scores: Scores, n_segments: int, rule: DecisionRule) -> Scores:
    """Pool every `n_segments` segments that follow one another in a recording.

    What is left over at the end of a recording is dropped.

    Parameters
    ----------
    scores
        of the segments, those of a recording in their order
    n_segments
        at least 1
    rule
        as in `decision.pool_segments`

    Returns
    -------
    A row for each group of segments, named by its first.

    Raises
    ------
    MicfpError
        if no recording has so many segments
    """
    groups = []
    for recording in dict.fromkeys(scores.recording):
        rows = np.flatnonzero(scores.recording == recording)
        groups += [rows[first : first + n_segments] for first in range(0, len(rows), n_segments)]
    whole = np.array([rows for rows in groups if len(rows) == n_segments])
    if len(whole) == 0:
        raise MicfpError(
            f"no recording that is tested has {n_segments} segments; play the tested contents "
            "longer"
        )
    first = whole[:, 0]
    start = np.arange(0, whole.size, n_segments)
    return Scores(
        scores.classes,
        scores.truth[first],
        scores.recording[first],
        scores.segment[first],
        scores.fold[first],
        pool_segments(scores.log_p[whole.ravel()], start, rule),
    )
