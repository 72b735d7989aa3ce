"""Evidence of segments that follow one another, and of segments of copies."""

import numpy as np
import pytest

from micfp.errors import MicfpError
from micfp.evaluation.scores import Scores, paired_rows, pool_successive


def scores(recording: list[str], p_first: list[float]) -> Scores:
    p = np.array(p_first)
    n = len(p)
    return Scores(
        ("a", "b"),
        np.array(["a"] * n),
        np.array(recording),
        np.array([f"s{i}" for i in range(n)]),
        np.zeros(n, np.int64),
        np.log(np.column_stack([p, 1 - p])),
    )


def test_two_and_two_of_a_recording_are_pooled_and_the_rest_is_left() -> None:
    pooled = pool_successive(
        scores(["x"] * 5 + ["y"] * 2, [0.6, 0.8, 0.5, 0.1, 0.9, 0.2, 0.3]), 2, "log_probability"
    )
    assert pooled.recording.tolist() == ["x", "x", "y"]
    assert pooled.segment.tolist() == ["s0", "s2", "s5"]
    # 0.6 * 0.8 against 0.4 * 0.2; 0.5 * 0.1 against 0.5 * 0.9; 0.2 * 0.3 against 0.8 * 0.7
    wanted = [0.48 / 0.56, 0.05 / 0.5, 0.06 / 0.62]
    assert np.exp(pooled.log_p[:, 0]) == pytest.approx(wanted)
    assert np.exp(pooled.log_p).sum(axis=1) == pytest.approx(1.0)


def test_one_by_one_nothing_changes() -> None:
    given = scores(["x", "x", "y"], [0.6, 0.8, 0.5])
    pooled = pool_successive(given, 1, "log_probability")
    assert pooled.log_p == pytest.approx(given.log_p)
    assert pooled.segment.tolist() == given.segment.tolist()


def test_no_recording_is_long_enough() -> None:
    with pytest.raises(MicfpError, match="no recording that is tested has 3 segments"):
        pool_successive(scores(["x", "x", "y"], [0.6, 0.8, 0.5]), 3, "log_probability")


def test_segments_of_copies_are_told_by_their_numbers() -> None:
    # the copy of y is long enough for a third segment, and that of x is a segment shorter
    before = scores(["x", "x", "x", "y", "y"], [0.5] * 5)
    later = scores(["x'", "x'", "y'", "y'", "y'"], [0.5] * 5)
    rows = paired_rows(before, later)
    assert [own.tolist() for own in rows] == [[0, 1, 3, 4], [0, 1, 2, 3]]
    assert later.at(rows[1]).segment.tolist() == ["s0", "s1", "s2", "s3"]


def test_a_copy_without_segments_is_said() -> None:
    with pytest.raises(MicfpError, match="2 recordings have segments, and 1 of their copies"):
        paired_rows(scores(["x", "y"], [0.5] * 2), scores(["y'"], [0.5]))
