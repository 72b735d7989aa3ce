"""The thesis's settings side by side: what is judged, what is pooled, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from micfp.config.models import EvaluationConfig
from micfp.engine.task import Spec
from micfp.errors import MicfpError
from micfp.plan.params import Params
from micfp.studies import thesis_settings
from micfp.tables import write_table

# Eight segments, of four recordings: what is named of each true device.
TRUE = list("aaaabbbb")
NAMED = {"svc": list("aaabbbbb"), "dt": list("aabbbbaa"), "lda": list("bbbbaaaa")}


def fit(folder: Path, named: list[str]) -> Path:
    folder.mkdir()
    (folder / "fit.json").write_text(json.dumps({"n_train": [16], "n_test": [8]}))
    rows = [
        {
            **{"segment": f"s{n}", "recording": f"r{n // 2}", "fold": 0, "truth": true},
            **{f"logp:{c}": float(np.log(0.9 if c == chosen else 0.1)) for c in "ab"},
        }
        for n, (true, chosen) in enumerate(zip(TRUE, named, strict=True))
    ]
    write_table(pd.DataFrame(rows), folder / "scores.parquet")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    rows = [
        {"setting": "text", "model": f"{name}-mfcc-plain", "classifier": name} for name in NAMED
    ]
    evaluation = EvaluationConfig(bootstrap_samples=10, top_k=1).model_dump()
    inputs = {"fits": tuple(fit(tmp_path / name, named) for name, named in NAMED.items())}
    made = tmp_path / "out"
    made.mkdir()
    params = {"rows": rows, "evaluation": evaluation, "seed": 1}
    thesis_settings.run(Spec("compare_thesis", "k", params, inputs, ()), made)
    return made


def test_weighted_f1_of_every_model_is_scikit_learns(out: Path) -> None:
    table = pd.read_csv(out / "settings.csv").set_index("classifier")
    for name, named in NAMED.items():
        assert table.loc[name, "f1_weighted"] == pytest.approx(
            f1_score(TRUE, named, average="weighted", zero_division=0)
        )
    assert table["n_train"].tolist() == [16] * 3
    assert table["n_test"].tolist() == [8] * 3


def test_classes_are_pooled_over_the_thesiss_classifiers_alone(out: Path) -> None:
    """LDA, which names every segment wrongly, has no part in the means."""
    classes = pd.read_csv(out / "classes.csv").set_index("class")
    # recall of a: 3 of 4 by svc, 2 of 4 by dt; precision of a: 3 of 3, 2 of 4
    assert classes.loc["a", "recall"] == pytest.approx((0.75 + 0.5) / 2)
    assert classes.loc["a", "precision"] == pytest.approx((1.0 + 0.5) / 2)
    confusion = pd.read_csv(out / "confusion.csv").set_index(["true", "named"])["share"]
    assert confusion["a", "b"] == pytest.approx((0.25 + 0.5) / 2)
    assert confusion["b", "b"] == pytest.approx((1.0 + 0.5) / 2)


def test_without_settings_it_says_which_preset_has_them() -> None:
    with pytest.raises(MicfpError, match=r"workflow/presets/thesis-settings\.yaml"):
        thesis_settings.plan(Params())
