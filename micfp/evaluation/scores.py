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
