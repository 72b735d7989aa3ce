"""The tiny pipeline end to end through real Snakemake: what it makes, and what it makes again."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml
from mlflow_database import query
from stage_outputs import RECORD, check_outputs
from tiny_pipeline import (
    CHECKOUT,
    DEVICES,
    TINY,
    Changed,
    Place,
    digests,
    made,
    new_entries,
    place,
    planned_jobs,
)

from micfp.studies.registry import STAGES

NOTHING = "Nothing to be done"
MODELS = {"knn-thesis-plain", "nb-thesis-plain", "lda-thesis-plain"}


def test_publishes_what_it_says(finished: Place) -> None:
    results = finished.folder / "results"
    models = pd.read_csv(results / "tables" / "models.csv").set_index("model")
    assert set(models.index) == MODELS
    # tested on the evening: 3 devices x 4 contents x 2.0 s / 0.5 s = 48 segments
    assert set(models["n_test"]) == {48}
    assert set(models["n_recordings"]) == {12}
    assert models["accuracy"].between(0.8, 1.0).all()  # the tilts are easily told apart
    metrics = json.loads((results / "metrics.json").read_text())
    chosen = metrics["model"]
    assert models.loc[chosen, "chosen"]
    assert models["inner"].max() == models.loc[chosen, "inner"]
    assert {path.stem for path in (results / "metrics").iterdir()} == MODELS
    assert (
        metrics.items() >= json.loads((results / "metrics" / f"{chosen}.json").read_text()).items()
    )
    accuracy = json.loads((results / "metrics" / "nb-thesis-plain.json").read_text())["accuracy"]
    assert accuracy == pytest.approx(models.loc["nb-thesis-plain", "accuracy"], abs=1e-6)
    table = pd.read_parquet(results / "features" / "thesis.parquet")
    assert len(table) == 96  # both sessions
    assert sum(name.startswith("mfcc_") for name in table) == 20
    for figure in ("pca", "comparison", "confusion_pooled", "splits"):
        assert "</svg>" in (results / "figures" / f"{figure}.svg").read_text(encoding="utf-8")
    assert "<html" in (results / "report.html").read_text(encoding="utf-8").lower()
    assert {path.name for path in (results / "models").iterdir()} == MODELS | {"default"}


def test_default_model_identifies(finished: Place, corpus: Path) -> None:
    paths = [str(corpus / device / "evening" / "c.wav") for device in DEVICES]
    model = ("--model", "results/models/default")
    said = finished.run("micfp", "identify", "--json", *model, *paths)
    assert said.status == 0, said.said
    answers = [json.loads(line) for line in said.said.splitlines()]
    assert [answer["device"] for answer in answers] == list(DEVICES)
    assert {answer["segments"] for answer in answers} == {4}
    about = json.loads(
        (finished.folder / "results" / "models" / "default" / "calibration.json").read_text()
    )
    n_recordings = about["temperature"]["n_recordings"]
    assert n_recordings == 12  # the morning trains: 3 devices x 4 contents
    assert {answer["model"]["calibrated_on"] for answer in answers} == {n_recordings}
    for answer in answers:
        given = [one["probability"] for one in answer["ranking"]]
        assert answer["outside"] or sum(given) == pytest.approx(1)
        assert answer["outside"] or max(given) <= 13 / 14 + 1e-9


def test_file_that_is_no_audio_is_left_out_and_flagged(finished: Place) -> None:
    quality = pd.read_csv(finished.folder / "results" / "tables" / "quality.csv")
    broken = quality[quality["path"].str.endswith("z.wav")].iloc[0]
    assert broken["flags"] == "unreadable"
    assert "z.wav: not an audio file" in broken["error"]
    assert len(quality) == 25  # 3 x 2 x 4 and this one
    features = pd.read_parquet(finished.folder / "results" / "features" / "thesis.parquet")
    assert broken["recording"] not in set(features["recording"])
    assert features["recording"].nunique() == 24


def test_other_recordings_do_not_feel_a_bad_file(
    finished: Place, corpus: Path, tmp_path: Path
) -> None:
    """Without the bad file the others' segments and features are the same, number by number."""
    lines = (corpus / "recordings.csv").read_text().splitlines()
    good = corpus / "good.csv"
    good.write_text("\n".join(line for line in lines if "z.wav" not in line) + "\n")
    other = place(tmp_path, good, MICFP_STORE=str(finished.store))
    other.make("all", "--until", "dataset")
    (dataset,) = (other.folder / ".micfp" / "jobs" / "dataset").iterdir()
    *_, address = json.loads(dataset.read_text())["results"]
    without = pd.read_parquet(other.store / address / "table.parquet")
    with_it = pd.read_parquet(finished.folder / "results" / "features" / "thesis.parquet")
    pd.testing.assert_frame_equal(without, with_it, check_exact=True)


def test_second_run_does_nothing(finished: Place) -> None:
    before = digests(finished.folder / "results")
    assert NOTHING in finished.make("all")
    assert digests(finished.folder / "results") == before


def test_touching_everything_makes_nothing_stale(finished: Place, corpus: Path) -> None:
    """Inputs, parameters, rules and code with the time stamps of now."""
    code = [*(CHECKOUT / "micfp").rglob("*.py"), *(CHECKOUT / "workflow").rglob("*.smk")]
    for path in [
        *corpus.rglob("*"),
        *code,
        finished.folder / "params.yaml",
        CHECKOUT / "Snakefile",
    ]:
        path.touch()
    assert NOTHING in finished.make("all", "-n")


def test_losing_snakemakes_own_folder_makes_nothing_stale(finished: Place) -> None:
    shutil.rmtree(finished.folder / ".snakemake")
    assert NOTHING in finished.make("all", "-n")


@pytest.mark.slow
def test_preset_on_the_command_line_gives_the_same_results(
    finished: Place, corpus: Path, tmp_path: Path
) -> None:
    """The repository's params.yaml with a preset beside it, as presets are used; another checkout.

    Everything is shared: this plans no result at all, only its publishing.
    """
    checkout = tmp_path / "checkout"
    shutil.copytree(CHECKOUT / "workflow", checkout / "workflow")
    shutil.copytree(CHECKOUT / "profiles", checkout / "profiles")
    for name in ("Snakefile", "params.yaml"):
        shutil.copy(CHECKOUT / name, checkout / name)
    other = Place(checkout, {"MICFP_STORE": str(finished.store)})
    root = json.dumps({"root": str(corpus)})
    arguments = ["--configfile", "params.yaml", str(TINY), "--config", f"corpus={root}"]
    said = other.make("all", *arguments, "--until", "publish")
    assert planned_jobs(said) == {"publish_features": 1, "publish": 1}
    same = ("times.csv", "report.html")
    assert digests(checkout / "results", *same) == digests(finished.folder / "results", *same)


def test_changed_hyperparameter_recomputes_its_classifier_alone(
    finished: Place, other_neighbours: Changed, corpus: Path, tmp_path: Path
) -> None:
    # knn under two splits, its selection and its over-fitting, and what puts models side by side
    assert new_entries(other_neighbours.before, other_neighbours.after) == {
        "evaluate": 1,
        "figures": 1,
        "fit": 2,
        "split_comparison": 1,
        "overfit": 1,
        "inner_cv": 1,
        "calibrate": 1,
    }
    # and back again, on its results
    other = place(tmp_path / "back", corpus, MICFP_STORE=str(finished.store))
    shutil.copytree(other_neighbours.place.folder / "results", other.folder / "results")
    before = other.entries()
    said = other.make("all", "--until", "publish")
    assert planned_jobs(said) == {"publish": 1}
    assert other.entries() == before
    same = ("times.csv", "report.html")
    assert digests(other.folder / "results", *same) == digests(finished.folder / "results", *same)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"check": {"min_snr_db": 5.0}}, {"quality": 1, "dataset": 1}),
        (
            {"segments": {"windows": {"length_s": 1.0, "hop_s": 1.0}}},
            {"segments": 2, "features": 2, "dataset": 1},
        ),
    ],
    ids=["threshold", "segment length"],
)
def test_changed_parameter_recomputes_what_depends_on_it(
    finished: Place,
    corpus: Path,
    tmp_path: Path,
    change: dict[str, object],
    expected: dict[str, int],
) -> None:
    other = place(tmp_path, corpus, MICFP_STORE=str(finished.store))
    before = other.entries()
    other.edit(change)
    other.make("all", "--until", "dataset")
    assert new_entries(before, other.entries()) == expected
    # and all that learns from the data set is planned
    planned = other.planned_results("all")
    sheets = {"spectrograms": 1} if "quality" in expected else {}
    assert {step: len(keys) for step, keys in planned.items()} == {
        **sheets,
        "fit": 3 * 2,  # classifiers, splits
        "inner_cv": 3,
        "overfit": 3,
        "calibrate": 3,
        "evaluate": 1,
        "split_comparison": 1,
        "figures": 1,
    }


@pytest.mark.slow
def test_deleted_result_is_made_again_alone(finished: Place) -> None:
    before = digests(finished.store)
    (entry,) = (finished.store / "quality").glob(_published_key(finished, "quality"))
    shutil.rmtree(entry)
    plan = finished.make("all", "-n")
    assert NOTHING in plan  # what is published is not looked behind
    shutil.rmtree(finished.folder / "results")
    said = finished.make("all", "--until", "publish")
    assert made(said) == [entry.name]
    assert planned_jobs(said) == {"quality": 1, "publish_features": 1, "publish": 1}
    assert digests(finished.store) == before


def test_deleted_results_are_published_again(finished: Place) -> None:
    results = finished.folder / "results"
    before = digests(results, "report.html")
    entries = finished.entries()
    shutil.rmtree(results)
    said = finished.make("all", "--until", "publish")
    assert planned_jobs(said) == {"publish_features": 1, "publish": 1}
    assert digests(results, "report.html") == before
    assert finished.entries() == entries


@pytest.mark.slow
def test_other_parameters_leave_nothing_of_the_earlier_run(
    finished: Place, corpus: Path, tmp_path: Path
) -> None:
    other = place(tmp_path, corpus, MICFP_STORE=str(finished.store))
    other.make("all", "--until", "publish")
    stale = tmp_path / "results" / "models" / "gone-thesis-plain"
    shutil.copytree(tmp_path / "results" / "models" / "default", stale)
    other.edit({"report": {"title": "Another"}})
    other.make("all", "--until", "publish")
    assert {path.name for path in stale.parent.iterdir()} == MODELS | {"default"}
    assert len(list((tmp_path / "results" / ".published").iterdir())) == 2  # and of the tables


def _published_key(place: Place, role: str) -> str:
    run = json.loads((place.folder / "results" / "run.json").read_text())
    return str(run["entries"][role]).split("/")[1]


@pytest.mark.faults
def test_killed_run_ends_with_the_same_bytes(finished: Place, corpus: Path, tmp_path: Path) -> None:
    """Killed while it extracts features, then while it fits, then left alone."""
    other = place(tmp_path, corpus)
    for step in ("features", "fit"):
        _kill_while(other, step)
        for path in other.store.glob("[a-z]*/*"):
            assert any(path.iterdir()), f"{path} is empty"
    other.make("all", "--until", "publish")
    assert list((other.store / ".unfinished").iterdir()) == []
    mine, theirs = digests(other.store), digests(finished.store)
    assert mine == {name: theirs[name] for name in mine}
    assert {name.split("/")[0] for name in mine} == set(other.entries())
    same = ("times.csv", "report.html", "provenance.json")
    assert digests(tmp_path / "results", *same) == digests(finished.folder / "results", *same)


def _kill_while(place: Place, step: str) -> None:
    """Start a run and kill all of its processes once a job of the step is writing."""
    with place.started("snakemake", "-j2", "all") as run:
        end = time.monotonic() + 240
        while not list((place.store / ".unfinished").glob(f"{step}-*")):
            assert run.poll() is None, "the run ended before it was killed"
            assert time.monotonic() < end, f"no {step} within four minutes"
            time.sleep(0.01)


def test_second_coordinator_is_refused(finished: Place, corpus: Path, tmp_path: Path) -> None:
    other = place(tmp_path, corpus)
    lock = tmp_path / ".micfp" / "coordinator.lock"
    with other.started("snakemake", "-j1", "all") as first:
        end = time.monotonic() + 120
        while not (other.store / ".unfinished").exists():
            assert first.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        assert lock.read_text() == str(first.pid)
        second = other.snakemake("all")
        looked = other.snakemake("all", "-n")
    assert second.status != 0
    assert (
        f"micfp: another run is at work in this directory (process {first.pid}); wait for it, or "
        "use another checkout with the same MICFP_STORE" in second.said
    )
    assert "Traceback" not in second.said
    assert looked.status == 0, looked.said  # a dry run may look on
    assert planned_jobs(looked.said)["publish"] == 1


@pytest.mark.slow
def test_two_folders_share_one_store(corpus: Path, tmp_path: Path) -> None:
    """Both run at once; every result is made by one of them."""
    folders = [place(tmp_path / n, corpus, MICFP_STORE=str(tmp_path / "store")) for n in "ab"]
    runs = [
        subprocess.Popen(
            ["snakemake", "-j1", "all", "--until", "dataset"],
            cwd=one.folder,
            env=one.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        for one in folders
    ]
    try:
        said = [run.communicate(timeout=240)[0] for run in runs]
    finally:
        for run in runs:
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
                run.wait()
    assert [run.returncode for run in runs] == [0, 0], said
    entries = folders[0].entries()
    assert entries["dataset"]
    keys = sorted(key for step in entries.values() for key in step)
    assert sorted(made(said[0]) + made(said[1])) == keys


def test_features_alone(finished: Place, corpus: Path, tmp_path: Path) -> None:
    other = place(tmp_path, corpus, MICFP_STORE=str(finished.store))
    assert planned_jobs(other.make("features")) == {"publish_features": 1}
    published = {path.name for path in (tmp_path / "results").iterdir()}
    assert published == {".published", "features", "store"}
    mine, theirs = (digests(one.folder / "results" / "features") for one in (other, finished))
    assert mine == theirs
    assert set(mine) == {"thesis.parquet", "run.json"}
    other.edit({"classifiers": {"knn": {"n_neighbors": 3}}, "report": {"title": "Another"}})
    assert NOTHING in other.make("features", "-n")
    other.edit({"segments": {"windows": {"length_s": 0.9, "hop_s": 0.9}}})
    assert planned_jobs(other.make("features", "-n"))["dataset"] == 1


@pytest.mark.slow
def test_feature_study(finished: Place, corpus: Path, tmp_path: Path) -> None:
    other = place(tmp_path, corpus, MICFP_STORE=str(finished.store))
    # four combinations of one classifier: one job
    assert planned_jobs(other.make("feature-study")) == {
        "dataset": 1,  # with the features of two shards
        "inner_cv": 1,
        "compare_features": 1,
        "publish": 1,
        "track": 1,
    }
    table = pd.read_csv(tmp_path / "results" / "feature_study" / "families.csv")
    assert list(zip(table["mode"], table["family"], strict=True)) == [
        ("alone", "mfcc"),
        ("alone", "rms"),
        ("with mfcc", "rms"),
        ("all together", "all"),
    ]
    assert table["accuracy"].between(0, 1).all()
    assert (table["accuracy_low"] <= table["accuracy"]).all()
    assert table["accuracy"].iloc[0] > table["accuracy"].iloc[1]  # a tilt is not a level
    assert (tmp_path / "results" / "feature_study" / "families_nb_plain.svg").exists()
    (run,) = query(tmp_path / "mlflow.db", "select name, status from runs")
    assert tuple(run) == ("Tiny: feature study", "FINISHED")
    assert NOTHING in other.make("feature-study")


def test_confounds_plans_nine_benches(tmp_path: Path) -> None:
    """As it is, without each of four confounds, without all of them at four unit deviations."""
    place(tmp_path, tmp_path)
    other = Place(tmp_path)
    bench = yaml.safe_load((CHECKOUT / "params.yaml").read_text())
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(bench))
    planned = other.planned_results("confounds")
    assert {step: len(keys) for step, keys in planned.items()} == {
        "bench": 9 * 2,  # of two sessions each
        "check": 9 * 2,
        "trim": 9 * 2,
        "segments": 9 * 2,
        "features": 9 * 2 * 2,  # two feature sets
        "quality": 9,
        "dataset": 9 * 2,
        "fit": 9 * 3,  # two classifiers of one feature set, and one of another
        "compare_confounds": 1,
    }


def test_stages_make_what_their_versions_say(finished: Place) -> None:
    check_outputs(
        finished,
        (
            *("check", "quality", "segments", "features", "dataset", "fit", "inner_cv", "overfit"),
            *("calibrate", "evaluate", "split_comparison"),
        ),
    )


def test_every_stage_has_a_record() -> None:
    """But for those that draw, measure times, or put fitted models and pages together."""
    recorded = set(json.loads(RECORD.read_text()))
    assert set(STAGES) - recorded == {
        *("figures", "spectrograms", "time_engines", "latency", "study", "optuna_worker", "trim"),
        *("compare_confounds", "compare_features", "detector", "best", "spoof"),
    }
