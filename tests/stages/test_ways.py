"""Counting what is right on the ways of recordings."""

import numpy as np
import pandas as pd
import pytest

from micfp.config.models import EvaluationConfig
from micfp.evaluation.scores import Scores
from micfp.stages.ways import right_of_originals, shares


def scores_of(rows: list[tuple[str, str, float]]) -> Scores:
    """Copy, true class, and probability of class `x`, a segment each."""
    p = np.array([row[2] for row in rows])
    return Scores(
        classes=("x", "y"),
        truth=np.array([row[1] for row in rows]),
        recording=np.array([row[0] for row in rows]),
        segment=np.array([str(n) for n in range(len(rows))]),
        fold=np.zeros(len(rows), np.int64),
        log_p=np.log(np.column_stack([p, 1 - p])),
    )


def test_copies_of_a_recording_are_counted_with_it() -> None:
    # a-1: segments right, right, wrong, and right as a whole: 0.9 * 0.9 * 0.4 > 0.1 * 0.1 * 0.6;
    # a-2, of the same recording: wrong and wrong; b-1: right
    rows = [("a-1", "x", 0.9), ("a-1", "x", 0.9), ("a-1", "x", 0.4)]
    rows += [("a-2", "x", 0.2), ("a-2", "x", 0.3), ("b-1", "y", 0.2)]
    found = right_of_originals(
        scores_of(rows), {"a-1": "a", "a-2": "a", "b-1": "b"}, "log_probability"
    )
    wanted = pd.DataFrame(
        {"right": [2, 1], "n": [5, 1], "recording_right": [1, 1], "recording_n": [2, 1]},
        index=["a", "b"],
    )
    pd.testing.assert_frame_equal(found, wanted.astype(float))
    row = shares(found, EvaluationConfig(bootstrap_samples=500), seed=1)
    assert (row["n_recordings"], row["n_test"]) == (2, 6)
    assert row["accuracy"] == pytest.approx(3 / 6)
    assert row["recording_accuracy"] == pytest.approx(2 / 3)
    # of two recordings each drawn twice, once or never: 2/5 (a alone) to 1 (b alone)
    assert (row["accuracy_low"], row["accuracy_high"]) == pytest.approx((2 / 5, 1.0))
