"""The study of fingerprints on a few virtual phones with voices of espeak-ng."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow_database import read_runs
from stage_outputs import check_outputs
from tiny_pipeline import Place, place

from micfp.fingerprint.embedding.model_file import load_model
from micfp.studies.registry import STUDIES

SMALL = {
    "seed": 3,
    "fingerprint": {
        "n_classes": 8,
        "content_devices": 3,
        "training": {"n_devices": 12},
        "same_setting": {"n_devices": 4},
        "other_setting": {"n_devices": 4, "sessions": 2},
        "judged": {"n_devices": 6},
        "devices_per_task": 6,
    },
}


@pytest.fixture(scope="module")
def done(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    made = place(tmp_path_factory.mktemp("fingerprint") / "done", corpus)
    made.edit(SMALL)
    made.make("fingerprint")
    return made


def test_every_row_is_judged(done: Place) -> None:
    table = pd.read_csv(done.folder / "results" / "fingerprint" / "judged.csv")
    # Two lengths for the two rows whose reference is of the same speaker, three for the others.
    assert len(table) == 2 * 2 + 4 * 3
    assert table["n_references"].tolist() == [1] * 13 + [3] * 3
    # Of each of six devices, 5 s hold five tests of 1 s and one of 3 s.
    of_1_s = table[table["test_s"] == 1]
    assert (of_1_s["n_same"] == 6 * 5).all()
    assert (of_1_s["n_different"] == 6 * 5 * 5).all()
    same = table[table["factor"] == "same session and speaker"]
    assert (same["eer"] < 0.25).all()


def test_the_model_knows_its_phones(done: Place) -> None:
    loaded = load_model(done.folder / "results" / "fingerprint" / "fingerprint.safetensors")
    assert loaded.trained_on.startswith("12 virtual phones, 2 sessions with 2 speakers each")
    noise = np.random.default_rng(1).standard_normal(32_000).astype(np.float32)
    level = np.repeat(np.array([0.001, 0.05], np.float32), 16_000)
    found = loaded.model.fingerprint(noise * level, 16_000)
    assert found.active_s == pytest.approx(1.0, abs=0.1)
    assert 7000 < found.bandwidth_hz <= 8000
    assert np.isfinite(loaded.model.scores([found], [found], "other")).all()


def test_report_and_mlflow_say_what_to_expect(done: Place) -> None:
    report = (done.folder / "results" / "report.html").read_text()
    assert "Fingerprints of devices that no training saw" in report
    assert "Other session and speaker, scored as of the other sitting: equal" in report
    runs = read_runs(done.folder / "mlflow.db")
    (run,) = [run for name, run in runs.items() if "fingerprint" in name]
    assert "eer.other.other_speaker.1_ref.10_s" in run["metrics"]


def test_nothing_is_made_twice(done: Place) -> None:
    assert "Nothing to be done" in done.make("-n", "fingerprint")


def test_stages_make_what_their_versions_say(done: Place) -> None:
    check_outputs(done, [stage.name for stage in STUDIES["fingerprint"].stages])
