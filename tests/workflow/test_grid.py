"""`snakemake grid` for real: grid, random sample and Bayesian search on the tiny corpus."""

import json
import shutil
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from stage_outputs import check_outputs
from tiny_pipeline import Place, digests, new_entries, place, planned_jobs

pytestmark = pytest.mark.slow

SMALL: dict[str, Any] = {
    "split": {"kind": "by_content", "folds": 2},
    "selection": {"kind": "by_content", "folds": 2},
    "keep": 2,
}
GRID = {
    "axes": [
        {
            "model.classifier": ["knn", "nb", "lda"],
            "features.thesis.n_mfcc": [8, 20],
            "classifiers.lda.shrinkage": ["auto", 7.0],  # 7 cannot be
        }
    ]
}
RANGES = [
    {
        "model.classifier": ["knn", "lda"],
        "classifiers.knn.n_neighbors": {"low": 1, "high": 9},
        "classifiers.lda.shrinkage": {"low": 0.01, "high": 0.9, "log": True},
    }
]
VARIES = ("costs.csv", "run.json", "provenance.json")


def with_search(folder: Path, corpus: Path, search: dict[str, Any], **env: str) -> Place:
    made = place(folder, corpus, **env)
    made.edit({"search": SMALL | search})
    return made


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory, corpus: Path, finished: Place) -> Place:
    """A grid of 8 trials, two of which cannot be fitted, on the store of the finished run."""
    folder = tmp_path_factory.mktemp("grid") / "searched"
    made = with_search(folder, corpus, GRID, MICFP_STORE=str(finished.store))
    made.make("grid")
    return made


def results(made: Place) -> Path:
    return made.folder / "results" / "grid"


def test_every_trial_is_judged_and_the_best_is_a_preset(searched: Place) -> None:
    trials = pd.read_csv(results(searched) / "trials.csv")
    # knn and nb on 2 numbers of cepstra, lda on 2 x 2 shrinkages
    assert trials["model"].value_counts().to_dict() == {
        "knn-thesis-plain": 2,
        "nb-thesis-plain": 2,
        "lda-thesis-plain": 4,
    }
    failed = trials[trials["status"] == "failed"]
    assert failed["classifiers.lda.shrinkage"].tolist() == ["7.0", "7.0"]
    assert failed["why"].str.contains("shrinkage").all()
    assert sorted(trials["rank"].dropna()) == [1, 2, 3, 4, 5, 6]
    logs = list((searched.folder / ".micfp/logs/trial").glob("*.failed.log"))
    assert len(logs) == 2
    assert all("Traceback" in log.read_text() for log in logs)
    costs = pd.read_csv(results(searched) / "costs.csv")
    assert (costs["cpu_s"] > 0).all()
    assert {"trial", "peak_memory_mb", "node"} <= set(costs.columns)
    assert not {"cpu_s", "node"} & set(trials.columns)

    best = trials[trials["rank"] == 1].iloc[0]
    preset = results(searched) / "best.yaml"
    assert yaml.safe_load(preset.read_text())["models"][0]["classifiers"] == [
        best["model"].split("-")[0]
    ]
    said = searched.make("-n", "all", "--configfile", "params.yaml", str(preset))
    assert planned_jobs(said).keys() - {"publish", "track"}, said  # its models are another run
    models = sorted((results(searched) / "models").iterdir())
    assert [path.name for path in models] == ["1", "2"]
    for path in models:
        about = json.loads((path / "calibration.json").read_text())
        assert about["temperature"]["n_recordings"] == 24  # all, each held out once
        assert about["limit"]["n_recordings"] == 24
    assert "The search as a whole" in (searched.folder / "results" / "report.html").read_text()


def test_a_search_that_is_done_has_nothing_to_do(searched: Place) -> None:
    assert "Nothing to be done" in searched.make("grid")


def test_a_further_value_fits_what_is_new(searched: Place, corpus: Path, tmp_path: Path) -> None:
    more = {"axes": [GRID["axes"][0] | {"model.classifier": ["knn", "nb", "lda", "dt"]}]}
    other = with_search(
        tmp_path / "more", corpus, more, MICFP_STORE=searched.environment["MICFP_STORE"]
    )
    before = other.entries()
    other.make("grid")
    # dt on 2 numbers of cepstra
    assert new_entries(before, other.entries()) == {"trial": 2, "search": 1, "best": 1}


def test_pulled_results_serve_a_further_value(
    searched: Place, corpus: Path, tmp_path: Path
) -> None:
    """What DVC brings to another checkout with a store of its own; the report is of `all`."""
    other = with_search(tmp_path, corpus, GRID)
    for name in ("grid", "store/grid"):
        shutil.copytree(searched.folder / "results" / name, tmp_path / "results" / name)
    assert "Nothing to be done" in other.make("grid", "-n")
    assert other.entries() == {}
    more = GRID["axes"][0] | {"model.classifier": ["knn", "nb", "lda", "dt"]}
    other.edit({"search": {"axes": [more]}})
    planned = planned_jobs(other.make("grid", "-n"))
    assert planned == {"trial": 1, "best": 1, "publish": 1, "track": 1}  # best with the search
    assert len(other.entries()["trial"]) == 8
    assert "features" not in other.entries()


def test_a_grid_gives_the_same_bytes_elsewhere(
    searched: Place, corpus: Path, tmp_path: Path
) -> None:
    other = with_search(tmp_path / "other", corpus, GRID)
    done = other.run("snakemake", "-j1", "grid", timeout_s=300)
    assert done.status == 0, done.said
    assert digests(results(other), *VARIES) == digests(results(searched), *VARIES)


def test_a_sample_gives_the_same_bytes_for_its_seed(
    searched: Place, corpus: Path, tmp_path: Path
) -> None:
    sample = {"method": "random", "n_trials": 4, "axes": RANGES}
    store = searched.environment["MICFP_STORE"]
    one = with_search(tmp_path / "one", corpus, sample, MICFP_STORE=store)
    two = with_search(tmp_path / "two", corpus, sample, MICFP_STORE=store)
    one.make("grid")
    # what the first made is not what the second finds
    steps = [Path(store, step) for step in ("trial", "search", "best")]
    for path in [path for step in steps for path in step.iterdir()]:
        path.rename(path.with_name(f"{path.name}-away"))
    try:
        assert planned_jobs(two.make("grid"))["trial"] >= 1
    finally:
        for path in [path for step in steps for path in step.glob("*-away")]:
            here = path.with_name(path.name.removesuffix("-away"))
            if here.exists():
                shutil.rmtree(path)
            else:
                path.rename(here)
    assert len(pd.read_csv(results(one) / "trials.csv")) == 4
    assert digests(results(one), *VARIES) == digests(results(two), *VARIES)


@pytest.mark.faults
def test_a_bayesian_search_of_one_worker_goes_on_after_a_kill(
    searched: Place, corpus: Path, tmp_path: Path
) -> None:
    """Killed in the middle of its second study, it gives what an undisturbed one gives."""
    search = {"method": "bayesian", "n_trials": 4, "workers": 1, "axes": RANGES}
    shared, own = tmp_path / "store", tmp_path / "other-store"
    for store in (shared, own):  # feature tables are there, trials are not
        searched_for = shutil.ignore_patterns("trial", "search", "best", ".studies")
        shutil.copytree(searched.store, store, ignore=searched_for)
    whole = with_search(tmp_path / "whole", corpus, search, MICFP_STORE=str(shared))
    whole.make("grid")
    trials = pd.read_csv(results(whole) / "trials.csv")
    assert trials["part"].tolist() == ["0"] * 4 + ["1"] * 4 + ["all"] * 4
    assert trials.loc[trials["part"] != "all", "rank"].isna().all()

    killed = with_search(tmp_path / "killed", corpus, search, MICFP_STORE=str(own))
    with killed.started("snakemake", "-j1", "grid") as run:
        end = time.monotonic() + 200
        while _trials(own / ".studies" / "studies.db") < 6:
            assert run.poll() is None, "it ended before it was killed"
            assert time.monotonic() < end
            time.sleep(0.02)
        run.send_signal(signal.SIGKILL)
    killed.make("grid")
    assert digests(results(killed), *VARIES) == digests(results(whole), *VARIES)


def _trials(database: Path) -> int:
    if not database.exists():
        return 0
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        return int(connection.execute("select count(*) from trials").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_workers_share_a_study_and_the_preset_says_so(
    searched: Place, corpus: Path, tmp_path: Path
) -> None:
    search = {"method": "bayesian", "n_trials": 4, "workers": 2, "axes": RANGES}
    database = tmp_path / "own.db"
    made = with_search(
        tmp_path / "two",
        corpus,
        search | {"storage": f"sqlite:///{database}"},
        MICFP_STORE=searched.environment["MICFP_STORE"],
    )
    made.make("grid")
    assert _trials(database) >= 3 * 4
    drawn = [
        json.loads((made.store / "optuna_worker" / key / "optuna_worker.json").read_text())[
            "trials"
        ]
        for key in made.entries()["optuna_worker"]
    ]
    assert sum(drawn) == _trials(database)
    assert "2 workers drew" in (results(made) / "best.yaml").read_text()


def test_stages_make_what_their_versions_say(searched: Place) -> None:
    check_outputs(searched, ("trial", "search"))
