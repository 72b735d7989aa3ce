"""What stands below figures: confidence and split are those of the parameters."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from micfp.config.models import EvaluationConfig
from micfp.engine.task import Spec
from micfp.evaluation.figures import Book
from micfp.plan.experiment import plan_experiment
from micfp.plan.params import Params
from micfp.report.numbers import NO_BREAK
from micfp.report.published import read_run
from micfp.stages import figures
from micfp.studies import confounds as compare_confounds
from micfp.studies import feature_study as compare_features
from micfp.studies.duration import compare as compare_durations
from micfp.studies.networks import compare as compare_methods
from micfp.tables import write_table

EVALUATION = EvaluationConfig(bootstrap_samples=10, confidence=0.995, top_k=1).model_dump()
INTERVAL = "99.5 % interval"


def scores(folder: Path) -> Path:
    """Scores of eight segments of four recordings, two devices, six segments right."""
    folder.mkdir()
    right = np.log([0.9, 0.1])
    rows = [
        {
            **{"segment": f"s{n}", "recording": f"r{n // 2}", "fold": 0},
            "truth": "ab"[n // 4],
            **dict(zip(("logp:a", "logp:b"), right if n < 6 else right[::-1], strict=True)),
        }
        for n in range(8)
    ]
    write_table(pd.DataFrame(rows), folder / "scores.parquet")
    (folder / "fit.json").write_text(json.dumps({"n_train": [8], "n_test": [8]}))
    return folder


def captions(folder: Path) -> dict[str, str]:
    (folder / "run.json").write_text(json.dumps({"params": {}, "entries": {}}))
    return {one.name: one.said.caption.replace(NO_BREAK, " ") for one in read_run(folder).figures}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_feature_study(tmp_path: Path, out: Path) -> None:
    labels = {"classifier": "lr", "preparation": "unscaled", "mode": "alone"}
    rows = [{**labels, "family": name} for name in ("mfcc", "rms")]
    params = {"rows": rows, "evaluation": EVALUATION, "seed": 1}
    inputs = {"selects": (scores(tmp_path / "one"), scores(tmp_path / "two"))}
    compare_features.run(Spec("compare_features", "k", params, inputs, ()), out)
    assert f"with its {INTERVAL} over recordings" in captions(out)["families_lr_unscaled"]


def test_methods(tmp_path: Path, out: Path) -> None:
    (tmp_path / "quality").mkdir()
    table = pd.DataFrame({"recording": [f"r{n}" for n in range(4)], "duration_s": 1.0})
    write_table(table, tmp_path / "quality" / "quality.parquet")
    params = {
        **{"experiment": "related", "corpora": ["mine"], "evaluation": EVALUATION, "seed": 1},
        "rows": [{"corpus": "mine", "method": "gsv_svm"}],
    }
    inputs = {"fits": (scores(tmp_path / "train"),), "quality": (tmp_path / "quality",)}
    compare_methods.run(Spec("compare_methods", "k", params, inputs, ()), out)
    assert f"with {INTERVAL}s over recordings" in captions(out)["related_mine"]


def confounds(tmp_path: Path, out: Path, split: dict[str, Any], twins: bool = True) -> None:
    benches = ("as it is", "without all four")
    params = {
        "rows": [{"bench": b, "unit_deviation_db": 0.6, "model": "lda"} for b in benches],
        "models_of_devices": {"a": "Pencil", "b": "Pencil" if twins else "Disc"},
        **{"split": split, "evaluation": EVALUATION, "seed": 1},
    }
    inputs = {"fits": (scores(tmp_path / "one"), scores(tmp_path / "two"))}
    compare_confounds.run(Spec("compare_confounds", "k", params, inputs, ()), out)


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ({"kind": "by_session", "test": ["day-2"]}, "by session (tested on day-2)"),
        ({"kind": "by_content", "folds": 4}, "by content (4 folds, each tested once)"),
    ],
)
def test_confounds(tmp_path: Path, out: Path, split: dict[str, Any], words: str) -> None:
    confounds(tmp_path, out, split)
    said = captions(out)["confounds"]
    assert said == (
        f"Accuracy per segment with its {INTERVAL} over recordings; the split is {words}."
    )


def test_confounds_without_identical_units(tmp_path: Path, out: Path) -> None:
    """Their table is empty, and there is no figure of them."""
    confounds(tmp_path, out, {"kind": "by_session", "test": ["day-2"]}, twins=False)
    assert set(captions(out)) == {"confounds"}


def test_durations(tmp_path: Path, out: Path) -> None:
    row = {
        **{"test_s": 1.0, "way": "one segment", "training_min": 5.0, "model": "lda"},
        **{"chosen": True, "n_classes": 2, "cross_entropy": 0.1},
        **{"accuracy": 0.9, "accuracy_low": 0.8, "accuracy_high": 0.95},
    }
    folders = (tmp_path / "here", tmp_path / "there")
    for folder in folders:
        folder.mkdir()
        pd.DataFrame([row]).to_csv(folder / "durations.csv", index=False)
    params = {"corpora": ["here", "there"], "confidences": [0.95, 0.995], "target_accuracy": 0.95}
    compare_durations.run(Spec("compare_durations", "k", params, {"doubled": folders}, ()), out)
    said = captions(out)
    assert "with 95 % intervals over recordings" in said["duration_here"]
    assert f"with {INTERVAL}s over recordings" in said["duration_there"]


def test_each_corpus_of_durations_has_its_own_confidence() -> None:
    """Each is judged by the parameters of its corpus."""
    by_content = {
        "split": {"kind": "by_content", "test": ["speech-a"]},
        "trim": {"train": None, "test": None},
    }
    params = Params.model_validate(
        {
            "duration": {
                "corpora": {
                    "here": {"differences": by_content},
                    "there": {"differences": by_content | {"evaluation": EVALUATION}},
                },
                "models": [
                    {"features": "thesis", "preparation": "plain", "classifiers": ["nb"]},
                ],
            }
        }
    )
    task = compare_durations.plan(params)["study"]
    assert (task.params["corpora"], task.params["confidences"]) == (
        ["here", "there"],
        [0.95, 0.995],
    )


def test_experiment(tmp_path: Path, out: Path) -> None:
    for name in ("evaluate", "split_comparison"):
        (tmp_path / name).mkdir()
    accuracy = {"accuracy": 0.9, "accuracy_low": 0.8, "accuracy_high": 0.95}
    models = pd.DataFrame([{"model": "lda", "chance": 0.5, "train_accuracy": 1.0, **accuracy}])
    models.to_csv(tmp_path / "evaluate" / "models.csv", index=False)
    splits = pd.DataFrame([{"model": "lda", "split": "random", **accuracy}])
    splits.to_csv(tmp_path / "split_comparison" / "splits.csv", index=False)
    inputs = {name: (tmp_path / name,) for name in ("evaluate", "split_comparison")}
    book = Book(out)
    figures._comparisons(Spec("figures", "k", {"confidence": 0.995}, inputs, ()), book)
    book.close()
    said = captions(out)
    assert all(f"with its {INTERVAL} over recordings" in said[name] for name in said)
    assert set(said) == {"comparison", "splits"}


def test_another_confidence_draws_the_experiments_figures_again() -> None:
    usual, other = (
        plan_experiment(Params.model_validate({"evaluation": {"confidence": confidence}})).figures
        for confidence in (0.95, 0.99)
    )
    assert (usual.params["confidence"], other.params["confidence"]) == (0.95, 0.99)
    assert usual.key != other.key
