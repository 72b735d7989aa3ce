"""One trial of a search, against scikit-learn's own leave-one-group-out."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from micfp.engine import store
from micfp.engine.run import make
from micfp.engine.task import Task, read_spec
from micfp.errors import MicfpError
from micfp.models.preparation import RandomProjection
from micfp.plan.models import Model
from micfp.plan.params import Params, parse_params
from micfp.plan.stages import STAGES
from micfp.studies.search import trial
from micfp.tables import write_table

N_A_RECORDING = 6
FOLDS = {"split": {"kind": "by_content", "folds": 4}, "selection": {"folds": 3}}


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    """Three devices, four contents, six segments each: a content moves its segments too."""
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(5)
    rows = []
    for d, device in enumerate("ABC"):
        for c, content in enumerate("wxyz"):
            for n in range(N_A_RECORDING):
                x, y = np.array([d, c]) + rng.normal(0, 0.6, 2)
                rows.append(
                    {"segment": f"{device}{content}{n}", "recording": f"{device}{content}"}
                    | {"device": device, "make": "", "model": "", "unit": "", "session": "s"}
                    | {"content": content, "start_sample": n, "stop_sample": n + 1}
                    | {"mfcc_00_mean": x, "rms_mean": y}
                )
    made = Task(STAGES["dataset"], {"about": {"features": {}}})
    with store.writing("dataset", made.key) as out:
        write_table(pd.DataFrame(rows), out / "table.parquet")
        (out / "about.json").write_text("{}")
    return made


def judged(dataset: Task, classifier: str, part: Any = None, **values: Any) -> dict[str, Any]:
    params = parse_params(FOLDS | values)
    task = planned(params, dataset, classifier, part)
    make(read_spec("trial", task.key))
    found: dict[str, Any] = json.loads((task.path / "trial.json").read_text())
    return found | {"recordings": pd.read_csv(task.path / "recordings.csv")}


def planned(params: Params, dataset: Task, classifier: str, part: Any = None) -> Task:
    model = Model(classifier, "thesis", "plain", None)
    task = trial.task(params, model, dataset, part)
    task.write_spec()
    return task


def test_nested_folds_give_what_scikit_learn_gives(dataset: Task) -> None:
    found = judged(dataset, "knn", classifiers={"knn": {"n_neighbors": 3}})
    table = pd.read_parquet(dataset.path / "table.parquet")
    X = table[["mfcc_00_mean", "rms_mean"]].to_numpy(np.float64)
    y, content = table["device"].to_numpy(str), table["content"].to_numpy(str)
    pipeline = make_pipeline(StandardScaler(), KNeighborsClassifier(3))
    one_out = LeaveOneGroupOut()

    # four contents in four folds: each fold tests one
    outer = cross_val_score(pipeline, X, y, groups=content, cv=one_out)
    assert sorted(f["accuracy"] for f in found["folds"]) == pytest.approx(sorted(outer))
    inner = []
    for tested in np.unique(content):
        train = content != tested
        named = cross_val_predict(pipeline, X[train], y[train], groups=content[train], cv=one_out)
        inner.append(np.mean(named == y[train]))
    assert sorted(f["inner_accuracy"] for f in found["folds"]) == pytest.approx(sorted(inner))
    assert {(f["n_train"], f["n_test"]) for f in found["folds"]} == {(54, 18)}

    # of each recording, once: its six segments, and as many rightly named as its fold says
    rows = found["recordings"]
    assert sorted(rows["recording"]) == sorted(f"{d}{c}" for d in "ABC" for c in "wxyz")
    assert set(rows["n"]) == {N_A_RECORDING}
    for fold in found["folds"]:
        own = rows[rows["fold"] == fold["fold"]]
        assert own["right"].sum() / 18 == pytest.approx(fold["accuracy"])
        assert own["recording_right"].mean() == pytest.approx(fold["recording_accuracy"])
        assert own["recording"].str[1].nunique() == 1  # no content crosses


def test_one_outer_fold_is_the_same_alone(dataset: Task) -> None:
    whole = judged(dataset, "nb")
    alone = judged(dataset, "nb", part=2)
    assert alone["folds"] == [whole["folds"][2]]


def test_all_recordings_have_inner_folds_only(dataset: Task) -> None:
    (fold,) = judged(dataset, "nb", part="all")["folds"]
    assert (fold["n_train"], fold["n_test"]) == (72, 0)
    assert "inner_accuracy" in fold
    assert "accuracy" not in fold


def test_a_fit_that_fails_is_a_result(dataset: Task) -> None:
    found = judged(dataset, "lda", classifiers={"lda": {"shrinkage": 7.0}})
    assert found["status"] == "failed"
    assert found["why"].startswith("cannot train LinearDiscriminantAnalysis")
    assert "shrinkage" in found["why"]
    assert found["folds"] == []
    (log,) = Path(".micfp/logs/trial").glob("*.failed.log")
    assert "Traceback" in log.read_text()


def broken_naive_bayes(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """scikit-learn's naive Bayes raises an error when it is fitted."""

    def fit(*_: Any) -> None:
        raise error

    monkeypatch.setattr(GaussianNB, "fit", fit)


@pytest.mark.parametrize(
    "error", [ValueError("not these numbers"), np.linalg.LinAlgError("did not converge")]
)
def test_what_scikit_learn_refuses_of_the_data_is_a_result(
    dataset: Task, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    broken_naive_bayes(monkeypatch, error)
    found = judged(dataset, "nb")
    # 72 segments, of which each outer fold of four trains on 54 and each inner of three on 36
    assert found["why"] == (
        f"cannot train GaussianNB on 36 segments of 3 classes with 2 feature columns: {error}"
    )


@pytest.mark.parametrize("error", [TypeError, KeyError, AttributeError, IndexError])
def test_a_fault_of_the_program_is_no_result(
    dataset: Task, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    broken_naive_bayes(monkeypatch, error("ours"))
    task = planned(parse_params(FOLDS), dataset, "nb")
    with pytest.raises(error, match="ours"):
        make(read_spec("trial", task.key))
    assert not task.path.exists()


def test_arrays_of_ours_that_do_not_fit_together_are_no_result(
    dataset: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """numpy raises ValueError there too, but in a line of micfp."""

    def fit(self: RandomProjection, X: Any, y: Any) -> RandomProjection:
        self.weights_ = np.ones((3, 1))  # of three columns, and the data has two
        return self

    monkeypatch.setattr(RandomProjection, "fit", fit)
    params = parse_params(FOLDS | {"preparations": {"plain": {"random_projection": 1}}})
    task = planned(params, dataset, "nb")
    with pytest.raises(ValueError, match="matmul"):
        make(read_spec("trial", task.key))
    assert not task.path.exists()


def test_a_table_that_cannot_be_read_is_no_result(dataset: Task) -> None:
    (dataset.path / "table.parquet").write_text("half a ta")
    trial._read.cache_clear()
    task = planned(Params(), dataset, "nb")
    with pytest.raises(MicfpError, match=r"table\.parquet"):
        trial.run(read_spec("trial", task.key), dataset.path)
    assert not (dataset.path / "trial.json").exists()


def test_a_lack_of_memory_is_no_result(dataset: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    task = planned(Params(), dataset, "nb")

    def no_memory(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(trial, "read_data", no_memory)
    trial._read.cache_clear()
    with pytest.raises(MemoryError):
        make(read_spec("trial", task.key))
    assert not task.path.exists()
