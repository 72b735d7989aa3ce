"""One function judges scores: its rows, and that all models are judged on the same resamples."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from micfp.config.models import EvaluationConfig
from micfp.evaluation.judge import (
    class_rows,
    decision_rows,
    inner_values,
    judge,
    judge_each,
    unit_rows,
)
from micfp.evaluation.metrics import SCALAR_METRICS
from micfp.evaluation.scores import Scores, read_scores, scores_table
from micfp.tables import write_table

CONFIG = EvaluationConfig(bootstrap_samples=50, top_k=1)


def scores(truth: str, predicted: str, recording: str, fold: str | None = None) -> Scores:
    """Segments of classes a, b, c, one letter each; what is predicted has probability 0.8."""
    classes = ("a", "b", "c")
    p = np.array([[0.8 if name == one else 0.1 for name in classes] for one in predicted])
    return Scores(
        classes,
        np.array(list(truth)),
        np.array(list(recording)),
        np.array([f"s{i}" for i in range(len(truth))]),
        np.array([int(n) for n in fold or "0" * len(truth)]),
        np.log(p),
    )


GIVEN = scores("aaaabbbbcccc", "aaabbbbbccca", "uuvvwwxxyyzz")


def test_a_row_has_every_metric_of_segments_and_recordings_with_its_interval() -> None:
    row = judge(GIVEN, CONFIG, seed=1).row()
    assert row["n_recordings"] == 6
    assert row["accuracy"] == pytest.approx(10 / 12)
    # Recordings v and z have one segment correct and one not, with equal evidence: the first
    # class of equals, a, is correct for v and wrong for z.
    assert row["recording_accuracy"] == pytest.approx(5 / 6)
    for name in SCALAR_METRICS:
        for prefix in ("", "recording_"):
            assert row[f"{prefix}{name}_low"] <= row[f"{prefix}{name}_high"]
    assert row["interval_note"].startswith("6 recordings only")


def test_the_same_seed_draws_the_same_resamples() -> None:
    rows = [judge(GIVEN, CONFIG, seed).row() for seed in (1, 1, 2)]
    assert rows[0] == rows[1]
    assert rows[0] != rows[2]


def test_each_folder_is_judged_as_alone(tmp_path: Path) -> None:
    labels = pd.DataFrame(
        {"segment": GIVEN.segment, "recording": GIVEN.recording, "device": GIVEN.truth}
    )
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        table = scores_table(labels, GIVEN.log_p, GIVEN.classes, 0, name, "device")
        write_table(table, tmp_path / name / "scores.parquet")
    rows = [{"model": "one"}, {"model": "two"}]
    judged = list(judge_each(rows, (tmp_path / "one", tmp_path / "two"), CONFIG, 1))
    assert [labels for labels, _ in judged] == rows
    alone = judge(read_scores(tmp_path / "one"), CONFIG, 1).row()
    assert [model.row() for _, model in judged] == [alone, alone]
    assert alone == judge(GIVEN, CONFIG, 1).row()
    with pytest.raises(ValueError, match="shorter"):
        list(judge_each(rows, (tmp_path / "one",), CONFIG, 1))


def test_inner_values_are_those_of_each_outer_fold() -> None:
    folds = scores("aabb", "aaba", "uvwx", fold="0101")
    assert inner_values(folds, "accuracy") == [1.0, 0.5]


def test_a_recording_counts_once_for_each_outer_fold() -> None:
    folds = scores("aabb", "aaba", "uuww", fold="0101")
    assert {
        row["decision"]: (row["n_correct"], row["n_recordings"]) for row in decision_rows(folds)
    } == {
        "log_probability": (3, 4),
        "probability": (3, 4),
        "vote": (3, 4),
    }


def test_class_rows() -> None:
    (_, b, _) = class_rows(judge(GIVEN, CONFIG, 1).evaluation.segment)
    assert (b["class"], b["support"], b["recall"]) == ("b", 4, 1.0)
    assert b["precision"] == pytest.approx(4 / 5)


def test_unit_rows_are_of_classes_that_share_a_make_and_model() -> None:
    models = {"a": "Pencil", "b": "Pencil ", "c": ""}
    (row,) = unit_rows(GIVEN, models, CONFIG, 1)
    assert (row["make_and_model"], row["devices"], row["n_segments"]) == ("Pencil", "a / b", 8)
    assert row["accuracy"] == pytest.approx(7 / 8)
    assert row["chance"] == 0.5
    assert not list(unit_rows(GIVEN, {}, CONFIG, 1))


def test_predicted_is_the_first_of_equals() -> None:
    even = replace(GIVEN, log_p=np.zeros_like(GIVEN.log_p))
    assert set(even.predicted) == {"a"}
    assert "".join(GIVEN.predicted) == "aaabbbbbccca"
