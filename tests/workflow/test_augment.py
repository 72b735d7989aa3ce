"""A run whose models train with degraded copies, and what its first page says of two ways."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from stage_outputs import check_outputs
from tiny_pipeline import Place, place

pytestmark = pytest.mark.slow

ON: dict[str, Any] = {"augment": {"enabled": True}, "ways": {"enabled": True}}
MESSENGER, TELEPHONE = "as a messenger sends it", "by telephone"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Place:
    made = place(tmp_path_factory.mktemp("augment") / "done", corpus)
    made.edit(ON)
    made.make("all", "--until", "publish")
    return made


def fits_of(done: Place) -> Iterator[tuple[dict[str, Any], dict[str, Any], pd.DataFrame]]:
    """Specification, summary and scores of every fit."""
    for folder in (done.store / "fit").iterdir():
        spec = json.loads((done.store / ".specs" / "fit" / f"{folder.name}.json").read_text())
        summary = json.loads((folder / "fit.json").read_text())
        yield spec, summary, pd.read_parquet(folder / "scores.parquet")


def test_copies_are_trained_on_and_never_tested(done: Place) -> None:
    table = pd.read_csv(done.folder / "results" / "tables" / "models.csv")
    # mornings as they are and through four chains: 12 recordings of 4 segments
    assert set(table["n_train"]) == {12 * 4 * 5}
    assert set(table["n_test"]) == {12 * 4}
    quality = pd.read_csv(done.folder / "results" / "tables" / "quality.csv")
    for spec, summary, scores in fits_of(done):
        # of what is tested nothing is a copy, be it in one fold or in two
        assert set(scores["recording"]) <= set(quality["recording"])
        if spec["params"]["split"]["kind"] == "by_content":
            # two folds of two contents: 12 recordings train in each, and their copies
            assert summary["n_train"] == [240, 240]
            assert len(scores) == 96


def test_the_features_that_are_published_are_those_of_the_recordings(done: Place) -> None:
    for path in (done.folder / "results" / "features").glob("*.parquet"):
        assert len(pd.read_parquet(path)) == 24 * 4


def test_the_first_page_has_a_row_for_each_way_beside_the_clean_one(done: Place) -> None:
    ways = pd.read_csv(done.folder / "results" / "tables" / "ways.csv", keep_default_na=False)
    assert ways["way"].tolist() == [MESSENGER] * 4 + [TELEPHONE] * 4
    for _, rows in ways.groupby("way"):
        together, chains = rows.iloc[0], rows.iloc[1:]
        assert together["chain"] == ""
        # 12 evening recordings through three chains
        assert (together["n_recordings"], together["n_test"]) == (12, 3 * 12 * 4)
        assert set(chains["n_test"]) == {48}
        assert together["accuracy"] == pytest.approx(chains["accuracy"].mean())
        assert together["accuracy_low"] <= together["accuracy"] <= together["accuracy_high"]
    report = (done.folder / "results" / "report.html").read_text()
    first = report[report.index('id="summary"') : report.index('id="recordings"')]
    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in re.findall(r"<tr.*?</tr>", first, re.S)]
    assert [
        any(name in row for row in rows) for name in ("as it was recorded", MESSENGER, TELEPHONE)
    ] == [True] * 3
    assert "degraded copies of them (noisy, wideband, narrowband and coded)" in first


def test_another_way_fits_nothing(done: Place) -> None:
    """What is asked about has no say in what is learned, or in which model is chosen."""
    chains = {"by a loud street": {"white-5": [{"kind": "noise", "snr_db": 5}]}}
    planned = done.planned_results("all", "--config", f"ways={json.dumps({'chains': chains})}")
    assert planned.keys().isdisjoint({"fit", "inner_cv", "overfit", "augmented", "evaluate"})
    assert (len(planned["degrade"]), len(planned["ways"])) == (2, 1)


def test_without_both_nothing_is_left_of_them(done: Place, corpus: Path) -> None:
    other = place(done.folder.parent / "clean", corpus, MICFP_STORE=str(done.store))
    planned = other.planned_results("all")
    assert planned.keys().isdisjoint({"degrade", "augmented", "ways"})
    assert {"fit", "evaluate"} <= planned.keys()


def test_stages_make_what_their_versions_say(done: Place) -> None:
    check_outputs(done, ("ways",))
