"""The study of duration on a bench of seconds: rounds, what they are trained on, what is shown."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow_database import read_runs
from stage_outputs import check_outputs
from tiny_pipeline import Place, place, planned_jobs

from micfp.config.bench_microphones import THESIS_MICROPHONES

pytestmark = pytest.mark.slow

CONTENTS = [
    {"name": "train-a", "kind": "noise", "duration_s": 3.0},
    {"name": "train-b", "kind": "noise", "duration_s": 3.0},
    {"name": "test", "kind": "noise", "duration_s": 4.0},
]
# Two units that differ in nothing: what no training tells apart.
TWINS: dict[str, Any] = {
    "microphones": [one.model_dump(mode="json") for one in THESIS_MICROPHONES[2:4]],
    "unit_deviation_db": 0.0,
    "confounds": {"position": False, "level": False},
    "preamplifier": {"hum_spread_db": 0.0},
}
STUDY: dict[str, Any] = {
    "corpus": {"name": "tiny-bench", "reader": "bench", "root": None},
    "bench": {
        "sessions": [
            {
                "name": "day-1",
                "room_size_m": [4.0, 3.2, 2.5],
                "loudspeaker_m": [1.0, 1.5, 1.2],
                "contents": CONTENTS,
            }
        ],
        "placement": {"max_order": 0},
        "adc": {"sample_rate_hz": 16000},
        "stimuli": {"sweep_hz": [50, 7000], "sweep_s": [0.5, 1.0], "pause_s": [0.1, 0.2]},
    },
    "check": {"min_duration_s": 0.5},
    "split": {"kind": "by_content", "test": ["test"]},
    "duration": {
        "corpora": {
            "here": {},
            "nowhere": {"differences": {"bench": TWINS}},
        },
        "models": [
            {"features": "thesis", "preparation": "plain", "classifiers": ["nb", "lda"]},
        ],
        "test_s": [0.25, 0.5, 1.0, 2.0],
        "piece_s": 0.5,
        "first_min": 0.2,
        "most_min": 0.8,
        "target_s": 1.0,
        "target_accuracy": 0.75,
    },
}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Place:
    made = place(tmp_path_factory.mktemp("duration") / "done", Path("none"))
    made.edit(STUDY)
    made.make("duration")
    return made


def rows(done: Place, name: str = "durations") -> list[dict[str, str]]:
    with (done.folder / "results" / "duration" / f"{name}.csv").open() as lines:
        return list(csv.DictReader(lines))


def test_doubling_ends_where_the_target_is_met_or_at_the_most(done: Place) -> None:
    minutes: dict[str, list[str]] = {}
    for row in rows(done):
        if row["training_min"] not in minutes.setdefault(row["corpus"], []):
            minutes[row["corpus"]].append(row["training_min"])
    assert minutes["nowhere"] == ["0.2", "0.4", "0.8"]
    reached = {
        (row["corpus"], row["training_min"]): float(row["accuracy"])
        for row in rows(done)
        if row["chosen"] == "True" and row["way"] == "one segment" and row["test_s"] == "1.0"
    }
    assert reached["here", minutes["here"][-1]] >= 0.75
    assert all(reached["here", earlier] < 0.75 for earlier in minutes["here"][:-1])
    assert all(reached["nowhere", each] < 0.75 for each in minutes["nowhere"])


def test_every_length_alone_and_longer_ones_added_up(done: Place) -> None:
    own = [row for row in rows(done) if row["corpus"] == "here" and row["training_min"] == "0.2"]
    assert len(own) == 2 * (4 + 2)
    counts = {(row["test_s"], row["way"]): int(row["n_test"]) for row in own}
    # five microphones; 4 s of test audio have 8 pieces, 4 of 1 s, 2 of 2 s
    assert counts == {
        ("0.25", "one segment"): 40,
        ("0.5", "one segment"): 40,
        ("1.0", "one segment"): 20,
        ("1.0", "pooled"): 20,
        ("2.0", "one segment"): 10,
        ("2.0", "pooled"): 10,
    }
    # 12 s in two contents: 24 pieces, 12 of a second, 6 of two seconds
    trained = {row["test_s"]: int(row["n_train"]) for row in own if row["way"] == "one segment"}
    assert trained == {"0.25": 120, "0.5": 120, "1.0": 60, "2.0": 30}


def test_a_longer_training_hears_the_shorter_one_and_no_test(done: Place) -> None:
    import soundfile

    tables = [
        pd.read_parquet(path, columns=["recording", "device", "content", "start_sample"])
        for path in (done.store / "dataset").glob("*/table.parquet")
    ]
    assert {content for table in tables for content in table["content"]} == {
        *("train-a", "train-b", "test")
    }
    by_length = {}
    for path in (done.store / "bench").glob("*/day-1/train-a/1st-neumann-km-184.wav"):
        samples, _ = soundfile.read(path)
        if len(list(path.parent.iterdir())) == 2:  # of the twins
            by_length[len(samples)] = samples
    assert sorted(by_length) == [96_000, 192_000, 384_000]  # 6, 12 and 24 s at 16 kHz
    # The same sound, but for its last phrase, which is cut; noise of its own lies far below.
    short, long = by_length[96_000][:64_000], by_length[192_000][:64_000]
    assert np.corrcoef(short, long)[0, 1] > 0.99


def test_what_is_enough_is_said(done: Place) -> None:
    found = {(r["corpus"], r["test_s"], r["way"]): r for r in rows(done, "smallest")}
    assert len(found) == 2 * 6
    met = found["here", "1.0", "one segment"]
    assert float(met["accuracy"]) >= 0.75
    assert found["nowhere", "1.0", "one segment"]["training_min"] == ""
    report = (done.folder / "results" / "report.html").read_text()
    assert "1 s, one segment: 0.75 is not met up to 0.8 minutes" in report
    assert f"1 s, one segment: {float(met['training_min']):g} minutes are enough for 0.75" in report
    assert "How little audio is enough: here" in report
    assert "Whether the probabilities can be believed: nowhere" in report


def test_mlflow_has_a_run_a_model_seconds_and_round(done: Place) -> None:
    runs = read_runs(done.folder / "mlflow.db")
    parent = runs.pop("Tiny: duration")
    alone = [row for row in rows(done) if row["way"] == "one segment"]
    assert len(runs) == len(alone)
    for row in alone:
        minutes, seconds = float(row["training_min"]), float(row["test_s"])
        run = runs[f"{row['corpus']} {row['model']} {minutes:g} min {seconds:g} s"]
        assert run["status"] == "FINISHED"
        assert run["tags"]["mlflow.parentRunId"] == parent["id"]
        assert run["metrics"]["accuracy"] == pytest.approx(float(row["accuracy"]))
        assert run["metrics"]["cross_entropy"] == pytest.approx(float(row["cross_entropy"]))


def test_another_target_makes_no_fit_again(done: Place) -> None:
    lower = {"target_accuracy": 0.7}
    said = done.snakemake("-n", "duration", "--config", f"duration={lower}").said
    jobs = planned_jobs(said)
    assert set(jobs) <= {"double", "compare_durations", "publish", "track"}, said
    assert "Nothing to be done" in done.make("-n", "duration")


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        ({"duration": {"models": []}}, "duration compares nothing"),
        ({"duration": {"piece_s": 0.7}}, "piece_s = 0.7 is not one of test_s (0.25, 0.5, 1, 2)"),
        ({"duration": {"first_min": 1.0}}, "first_min = 1 is more than most_min = 0.8"),
        (
            {"split": {"kind": "by_recording", "test": None, "test_share": 0.3}},
            "duration.corpora.here: its split is by_recording; give one by_content with test",
        ),
        (
            {"split": {"test": ["train-a", "train-b", "test"]}},
            "split.test leaves no content to train on",
        ),
        (
            {"corpus": {"reader": "manifest", "root": "elsewhere"}},
            "only a bench that is simulated here can be played longer",
        ),
        ({"trim": {"train": {"length_minutes": 1.0}}}, "trim would cut off"),
        (
            {
                "duration": {
                    "models": [{"features": "thesis", "preparation": "bare", "classifiers": ["nb"]}]
                }
            },
            "whose features or preparation are not under",
        ),
    ],
)
def test_what_is_refused_is_one_sentence(
    tmp_path: Path, difference: dict[str, Any], sentence: str
) -> None:
    other = place(tmp_path / "other", Path("none"))
    other.edit(STUDY)
    other.edit(difference)
    done = other.snakemake("-n", "duration")
    assert done.status != 0
    assert sentence in done.said, done.said
    assert "Traceback" not in done.said


def test_stages_make_what_their_versions_say(done: Place) -> None:
    check_outputs(done, ("double", "compare_durations"))
