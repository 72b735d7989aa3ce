"""The study of robustness on the tiny corpus: what is trained on, what is tested, what is shown."""

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow_database import read_runs
from stage_outputs import check_outputs
from tiny_pipeline import Place, place

pytestmark = pytest.mark.slow

STUDY: dict[str, Any] = {
    "features": {
        "loud": {
            "families": ["loud_spectrum"],
            "rate_hz": "native",
            "n_fft": 512,
            "hop_samples": 256,
            "bands": {"n_bands": 16, "max_hz": 8000, "relative": False},
        }
    },
    "preparations": {"there": {"scaling": "none", "missing": "keep"}},
    "frames": {"log_mel": {"family": "log_mel", "n_mels": 32, "n_frames": 24}},
    "trainings": {"ours": {"epochs": 5, "batch_size": 8, "learning_rate": 0.003}},
    "robustness": {
        "corpora": {"tiny": {}},
        "models": [
            {"features": "loud", "preparation": "there", "classifiers": ["gda"]},
            {"features": "thesis", "preparation": "plain", "classifiers": ["nb"]},
        ],
        "methods": ["plain_cnn"],
        "trained": ["white-20"],
        "conditions": {
            "white-20": {"family": "noise", "chain": [{"kind": "noise", "snr_db": 20}]},
            "white-10": {"family": "noise", "chain": [{"kind": "noise", "snr_db": 10}]},
            "quiet": {"family": "gain", "chain": [{"kind": "gain", "gain_db": -12}]},
            "8k": {"family": "rates", "chain": [{"kind": "resample", "rate_hz": 8000}]},
        },
    },
}
CLIPPED = {"kind": "clipping", "below_peak_db": 6}
CONDITIONS = ["clean", "white-20", "white-10", "quiet", "8k"]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Place:
    made = place(tmp_path_factory.mktemp("robustness") / "done", corpus)
    made.edit(STUDY)
    made.make("robustness")
    return made


def rows(done: Place, name: str = "conditions") -> list[dict[str, str]]:
    with (done.folder / "results" / "robustness" / f"{name}.csv").open() as lines:
        return list(csv.DictReader(lines))


def test_every_model_under_every_condition_by_either_training(done: Place) -> None:
    found = rows(done)
    assert [row["condition"] for row in found] == CONDITIONS * 6
    assert len({(row["model"], row["trained"]) for row in found}) == 6
    seen = {(row["trained"], row["condition"]) for row in found if row["seen"] == "True"}
    # of the family that copies were made with, both strengths count as met
    assert seen == {("copies", "white-20"), ("copies", "white-10")}
    assert {row["n_test"] for row in found} == {"48"}  # 3 devices x 4 contents x 2.0 s / 0.5 s


def test_what_is_tested_is_never_trained_on(done: Place) -> None:
    originals = pd.concat(
        pd.read_parquet(path, columns=["recording", "session"])
        for path in (done.store / "dataset").glob("*/table.parquet")
    ).drop_duplicates()
    joined = [
        pd.read_parquet(path, columns=["segment", "recording", "session"])
        for path in (done.store / "augmented").glob("*/table.parquet")
    ]
    assert len(joined) == 3  # one a feature set, and one of frames
    for table in joined:
        sessions = table["session"].value_counts()
        # mornings twice, as they are and with noise; evenings once, to be tested
        assert dict(sessions) == {"morning": 96, "evening": 48}
        assert table["segment"].is_unique
        assert set(table["recording"]) <= set(originals["recording"])


def test_neighbouring_rows_are_copies_of_one_recording(done: Place) -> None:
    table = pd.read_parquet(next((done.store / "augmented").glob("*/table.parquet")))
    mornings = table[table["session"] == "morning"]
    keys = mornings[["device", "content", "start_sample"]].to_numpy()
    assert (keys[::2] == keys[1::2]).all()


def test_the_chosen_model_is_the_best_inside_training(done: Place) -> None:
    choices = rows(done, "choices")
    for trained in ("clean", "copies"):
        own = [row for row in choices if row["trained"] == trained]
        (chosen,) = [row for row in own if row["chosen"] == "True"]
        assert float(chosen["inner"]) == max(float(row["inner"]) for row in own)


def test_a_network_stops_on_a_part_of_the_training_utterances_and_their_copies(done: Place) -> None:
    sizes = {}
    for path in (done.store / "train").glob("*/fit.json"):
        fit = json.loads(path.read_text())
        sizes[fit["n_train"], fit["n_validation"]] = fit["n_test"]
    # three devices, 2 s of four contents in the morning: 48 segments, a content of 12 to stop on
    assert sizes == {(36, 12): 48, (72, 24): 48}


def test_a_network_that_did_not_converge_is_marked(done: Place) -> None:
    """Five epochs are no more than it waits for a lower loss; the other models have no epochs."""
    found = {(row["model"], row["converged"]) for row in rows(done)}
    assert found == {
        ("plain_cnn", "False"),
        ("gda-loud-there", "True"),
        ("nb-thesis-plain", "True"),
    }
    report = (done.folder / "results" / "report.html").read_text()
    assert "plain_cnn, trained on clean (a network that did not converge)" in report


def test_a_gain_changes_nothing_for_the_levels_less_their_mean(done: Place) -> None:
    by_condition = {
        row["condition"]: row
        for row in rows(done)
        if row["model"].startswith("gda") and row["trained"] == "clean"
    }
    assert by_condition["quiet"]["accuracy"] == by_condition["clean"]["accuracy"]


def test_the_report_names_the_choice(done: Place) -> None:
    report = (done.folder / "results" / "report.html").read_text()
    assert "on average over 2 conditions of families that it never met" in report
    assert "white-20 *" in report
    assert "Robustness: tiny" in report


def test_mlflow_has_a_run_a_model_with_a_metric_a_condition(done: Place) -> None:
    runs = read_runs(done.folder / "mlflow.db")
    parent = runs.pop("Tiny: robustness")
    assert len(runs) == 6
    assert (
        "validation_loss" in runs["plain_cnn"]["metrics"]
    )  # the run that it logged while it trained
    for row in rows(done):
        name = f"tiny {row['model']} {row['trained']}"
        if row["model"] == "plain_cnn":
            name = "plain_cnn" if row["trained"] == "clean" else "plain_cnn copies"
        run = runs[name]
        assert run["status"] == "FINISHED"
        assert run["tags"]["mlflow.parentRunId"] == parent["id"]
        logged = run["metrics"][f"accuracy.{row['condition']}"]
        assert logged == pytest.approx(float(row["accuracy"]))


def test_another_condition_makes_only_its_own(done: Place) -> None:
    difference = {"conditions": {"clipped": {"family": "x", "chain": [CLIPPED]}}}
    planned = done.planned_results("robustness", "--config", f"robustness={difference}")
    assert planned.keys().isdisjoint({"fit", "train", "augmented"})
    assert len(planned["degrade"]) == 1
    assert "Nothing to be done" in done.make("-n", "robustness")


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        ({"robustness": {"trained": ["pink-3"]}}, "'pink-3' is not under conditions (there: white"),
        ({"robustness": {"models": []}}, "robustness compares nothing"),
        (
            {"robustness": {"methods": ["plain_cn"]}},
            "robustness.methods names 'plain_cn', which is not under methods",
        ),
        (
            {"split": {"kind": "random", "test": None, "test_share": 0.3}},
            "its split is random; give",
        ),
        (
            {"robustness": {"models": [{**STUDY["robustness"]["models"][0], "features": "lod"}]}},
            "robustness.models names gda-lod-there, whose features or preparation are not",
        ),
        (
            {
                "robustness": {
                    "conditions": {
                        "street": {
                            "family": "noise",
                            "chain": [{"kind": "noise", "snr_db": 3, "colour": "recorded"}],
                        }
                    }
                }
            },
            "recorded noise needs recordings_from",
        ),
    ],
)
def test_what_is_refused_is_one_sentence(
    corpus: Path, tmp_path: Path, difference: dict[str, Any], sentence: str
) -> None:
    other = place(tmp_path / "other", corpus)
    other.edit(STUDY)
    other.edit(difference)
    done = other.snakemake("-n", "robustness")
    assert done.status != 0
    assert sentence in done.said, done.said
    assert "Traceback" not in done.said


def test_stages_make_what_their_versions_say(done: Place) -> None:
    check_outputs(done, ("degrade", "augmented", "score", "compare_conditions"))
