"""A Bayesian search whose workers, on two nodes, draw from one study in a PostgreSQL."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import postgresql
import pytest
from disturbed import coordinator
from mini_slurm import MiniSlurm
from tiny_pipeline import Place, free_port, place

pytestmark = pytest.mark.cluster
SEARCH = {
    "method": "bayesian",
    "n_trials": 8,
    "workers": 2,
    "split": {"kind": "by_content", "folds": 2},
    "selection": {"kind": "by_content", "folds": 2},
    "keep": 1,
    "axes": [
        {
            "model.classifier": ["knn"],
            "classifiers.knn.n_neighbors": {"low": 1, "high": 15},
            "features.thesis.n_mfcc": [8, 20],
        }
    ],
}


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Address of an empty database."""
    try:
        with postgresql.started(free_port()) as address:
            yield address
    except postgresql.NoPostgresqlError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def searched(
    slurm: MiniSlurm,
    corpus: Path,
    database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Place:
    """A folder in which the search was made on the cluster."""
    here = place(tmp_path_factory.mktemp("cluster") / "study", corpus)
    here.edit({"search": SEARCH | {"storage": database}})
    command = ("snakemake", "grid", "--workflow-profile", "profiles/slurm")
    keep = ("--slurm-keep-successful-logs", "--slurm-init-seconds-before-status-checks", "1")
    with coordinator(here, *command, *keep) as run:
        assert run.wait(timeout=400) == 0, (here.folder / "said.txt").read_text()
    slurm.wait_for_jobs()
    return here


def test_studies_lie_in_the_database_alone(searched: Place, database: str) -> None:
    """Two outer folds and all recordings: three studies, each with all its trials or one more.

    A worker looks whether trials are wanting before it draws one, so the second may draw one more.
    """
    studies = [
        optuna.load_study(study_name=name, storage=database).trials
        for name in optuna.get_all_study_names(database)
    ]
    assert len(studies) == 3
    assert all(len(trials) in (8, 9) for trials in studies)
    states = {trial.state for trials in studies for trial in trials}
    assert states == {optuna.trial.TrialState.COMPLETE}
    assert not (searched.store / ".studies" / "studies.db").exists()


def test_both_nodes_drew(searched: Place, slurm: MiniSlurm, database: str) -> None:
    logs = searched.folder / ".snakemake" / "slurm_logs"
    numbers = {path.stem for path in logs.glob("rule_optuna_worker/*/*.log")}
    nodes = {job["NodeList"] for job in slurm.ended() if job["JobId"] in numbers}
    assert nodes == {"n1", "n2"}
    drawn = [
        json.loads((searched.store / "optuna_worker" / key / "optuna_worker.json").read_text())[
            "trials"
        ]
        for key in searched.entries()["optuna_worker"]
    ]
    trials = [
        len(optuna.load_study(study_name=name, storage=database).trials)
        for name in optuna.get_all_study_names(database)
    ]
    assert len(drawn) == 6  # two workers of three studies
    assert sum(drawn) == sum(trials)


def test_table_holds_what_the_studies_hold(searched: Place, database: str) -> None:
    """Each study's inner scores, in the order in which they were drawn."""
    trials = pd.read_csv(searched.folder / "results" / "grid" / "trials.csv")
    held = sorted(
        [trial.value for trial in optuna.load_study(study_name=name, storage=database).trials]
        for name in optuna.get_all_study_names(database)
    )
    shown = sorted(part["inner"].tolist() for _, part in trials.groupby("part"))
    assert [len(scores) for scores in shown] == [len(scores) for scores in held]
    assert np.concatenate(shown) == pytest.approx(np.concatenate(held))
