"""The study of the thesis's settings, on the tiny corpus."""

from pathlib import Path

import pandas as pd
import pytest
from stage_outputs import check_outputs
from tiny_pipeline import Place, place

pytestmark = pytest.mark.slow

MODELS = [{"features": "thesis", "preparation": "plain", "classifiers": ["nb", "svc", "lda"]}]
SETTINGS = {
    "as it is, plain": {"differences": {"models": MODELS}},
    "librosa": {"differences": {"models": MODELS, "features": {"thesis": {"engine": "librosa"}}}},
    "longer": {
        "differences": {"models": MODELS, "segments": {"windows": {"length_s": 1.0, "hop_s": 1.0}}}
    },
}


@pytest.fixture(scope="module")
def done(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    made = place(tmp_path_factory.mktemp("thesis") / "done", corpus)
    made.edit({"thesis_settings": {"corpora": SETTINGS}})
    made.make("thesis-settings")
    return made


def table(made: Place, name: str) -> pd.DataFrame:
    return pd.read_csv(made.folder / "results" / "thesis_settings" / f"{name}.csv")


def test_every_setting_has_its_models_and_segments(done: Place) -> None:
    rows = table(done, "settings")
    assert rows["setting"].unique().tolist() == list(SETTINGS)
    # 12 test recordings of 2 s, the evening's: segments of 0.5 s, and of 1 s
    assert rows.groupby("setting")["n_test"].unique().map(list).to_dict() == {
        **{"as it is, plain": [48], "librosa": [48], "longer": [24]},
    }
    classes = table(done, "classes")
    assert len(classes) == 3 * 3
    assert set(classes["support"]) == {16, 8}


def test_both_engines_give_the_same_answers(done: Place) -> None:
    rows = table(done, "settings").set_index(["setting", "model"])["f1_weighted"]
    assert rows["as it is, plain"].tolist() == pytest.approx(rows["librosa"].tolist(), abs=0.03)


def test_shares_of_a_true_class_add_up(done: Place) -> None:
    shares = table(done, "confusion").groupby(["setting", "true"])["share"].sum()
    assert shares.tolist() == pytest.approx([1.0] * 9)


def test_the_report_has_it_and_nothing_is_made_again(done: Place) -> None:
    report = (done.folder / "results" / "report.html").read_text()
    assert "The thesis\u2019s settings" in report or "The thesis&#39;s settings" in report
    assert "longer: " in report
    assert "Nothing to be done" in done.make("-n", "thesis-settings")


def test_stages_make_what_their_versions_say(done: Place) -> None:
    check_outputs(done, ("compare_thesis",))
