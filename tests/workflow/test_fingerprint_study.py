"""The study of fingerprints on a few virtual phones with voices of espeak-ng."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow_database import champion, folder_of, query, read_runs
from stage_outputs import check_outputs
from tiny_pipeline import Place, digests, place

from micfp.bench.population import write_population
from micfp.config.population import PopulationConfig
from micfp.errors import MicfpError
from micfp.evidence.calibration_file import read_calibration
from micfp.fingerprint.embedding.model_file import load_model
from micfp.plan.params import merge
from micfp.studies.registry import STUDIES
from micfp.tracking.fetch import fetched

pytestmark = pytest.mark.slow

LOUD = {"content": None, "ct": None}
SMALL = {
    "seed": 3,
    "fingerprint": {
        "n_classes": 8,
        "content_devices": 3,
        "training": {"n_devices": 12},
        "same_setting": {"n_devices": 4},
        "other_setting": {"n_devices": 4, "sessions": 2},
        "judged": {"n_devices": 6},
        "calibration": {"n_devices": 6, "sessions": 2},
        "replicates": 3,
        "network": {
            **{"population": {"n_devices": 4}, "n_steps": 10, "n_hidden": 8, "n_dimensions": 4},
        },
        "devices_per_task": 6,
        "add": ["phones"],
        "conditions": {"low": [{"kind": "band", "high_hz": 3400}]},
        "lengths_s": [1.0],
        "folds": 2,
        "few": [2, 100],
        "draws": 2,
        "without": {"without one": ["phones 0003"]},
        "ablations": {
            "loud alone": {"recipe": {"same": LOUD, "other": LOUD | {"quiet": None}}},
            "8 devices": {"training": {"n_devices": 8}},
        },
    },
}
# Six devices in one room, each with the same four speakers.
PHONES = PopulationConfig(
    name="phones", n_devices=6, sessions=1, speakers=4, common_sessions=True, take_s=3.0
)


@pytest.fixture(scope="module")
def done(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    made = place(tmp_path_factory.mktemp("fingerprint") / "done", corpus)
    phones = made.folder / "phones"
    write_population(PHONES, 5, phones)
    (phones / "phones 0001" / "0-2.wav").write_text("not audio at all")
    real = [{"name": "phones", "reader": "bench", "root": str(phones)}]
    made.edit(merge(SMALL, {"fingerprint": {"corpora": real}}))
    made.make("fingerprint")
    return made


def _model(done: Place) -> Path:
    return done.folder / "results" / "fingerprint" / "fingerprint.safetensors"


def test_scores_of_the_published_model_are_calibrated(done: Place) -> None:
    folder = done.folder / "results" / "fingerprint"
    found = read_calibration(folder / "calibration.json")
    assert found.model_sha256 == hashlib.sha256(_model(done).read_bytes()).hexdigest()
    assert set(found.sittings) == {"same", "other", "any"}
    assert found.made_of.startswith("6 virtual phones that taught nothing")
    for one in found.sittings.values():
        assert len(one.replicates) == 3
        # Six real phones bound, and no virtual one.
        assert -np.log10(6) - 1e-9 <= one.bounds.lower <= one.bounds.upper <= np.log10(6) + 1e-9
    rows = pd.read_csv(folder / "calibrated.csv")
    # All recordings of the phones are of one sitting: nothing is validated of two.
    assert set(rows["sitting"]) == {"same", "any"}
    assert set(rows["condition"]) == {"clean", "low", "low, enrolled clean"}
    assert (rows["n_devices"] <= 6).all()


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
    loaded = load_model(_model(done))
    assert loaded.trained_on.startswith("12 virtual phones, 2 sessions with 2 speakers each")
    assert loaded.trained_on.endswith("; blended with 6 devices of phones")
    assert {one.within.kappa for one in loaded.model.settings["same"].scorers} == {0.2}
    noise = np.random.default_rng(1).standard_normal(32_000).astype(np.float32)
    level = np.repeat(np.array([0.001, 0.05], np.float32), 16_000)
    found = loaded.model.fingerprint(noise * level, 16_000)
    assert found.active_s == pytest.approx(1.0, abs=0.1)
    assert 7000 < found.bandwidth_hz <= 8000
    assert np.isfinite(loaded.model.scores([found], [found], "other")).all()


def test_devices_of_a_corpus_validate_the_model(done: Place) -> None:
    folder = done.folder / "results" / "fingerprint"
    table = pd.read_csv(folder / "validated.csv")
    of = table.groupby(["protocol", "content", "draw"], sort=False)["n_devices"].agg(
        ["size", "max"]
    )
    # clean, low, low enrolled clean; of few devices only what is on both sides, in two draws.
    assert of.to_dict("index") == {
        ("alone", "disjoint", 0): {"size": 3, "max": 6},
        ("alone, without one", "disjoint", 0): {"size": 3, "max": 5},
        ("leave some out", "disjoint", 0): {"size": 3, "max": 6},
        ("leave some out", "seen", 0): {"size": 3, "max": 6},
        ("with 2", "disjoint", 0): {"size": 2, "max": 6},
        ("with 2", "disjoint", 1): {"size": 2, "max": 6},
    }
    alone = table[table["protocol"] == "alone"].iloc[0]
    # Six devices with four contents, less one file: 3 references of 3 tests of 3 pieces each for
    # that device, and for five others 4 x 3 x 3.
    assert alone["n_same"] <= 5 * 4 * 3 * 3 + 3 * 2 * 3
    assert alone["n_same"] > 0.8 * (5 * 4 * 3 * 3 + 3 * 2 * 3)  # without pauses
    assert alone["eer"] < 0.4  # by other speakers, of a model of twelve phones
    left_out = pd.read_csv(folder / "left_out.csv")
    assert left_out["path"].str.endswith("phones 0001/0-2.wav").tolist() == [True]
    assert left_out["why"].str.contains("0-2.wav: ").all()


def test_variants_are_one_table_beside_the_model_as_it_is(done: Place) -> None:
    folder = done.folder / "results" / "fingerprint"
    table = pd.read_csv(folder / "ablation.csv").set_index("variant")
    assert table["n_devices"].to_dict() == {"as it is": 12, "loud alone": 12, "8 devices": 8}
    validated = pd.read_csv(folder / "validated.csv")
    alone = validated[(validated["protocol"] == "alone")]
    # clean, and low on both sides.
    matched = alone[alone["enrolled"] == alone["condition"]]["eer"]
    assert len(matched) == 2
    assert table.loc["as it is", "corpus phones, 1 s"] == pytest.approx(matched.mean())
    rates = table.drop(columns="n_devices")
    assert rates.shape == (3, 2 + 1 + 1 + 3 + 1)
    assert rates.notna().all(axis=None)
    assert (rates.loc["loud alone"] != rates.loc["as it is"]).any()
    # What is published is blended, but for its weights: of the other sitting, too.
    report = (done.folder / "results" / "report.html").read_text()
    assert "What each step is worth" in report
    assert "loud alone" in report


def test_report_and_mlflow_say_what_to_expect(done: Place) -> None:
    report = (done.folder / "results" / "report.html").read_text()
    assert "Fingerprints of devices that no training saw" in report
    assert "phones: real devices" in report
    assert "0-2.wav" in report
    assert "Real devices, by how much is heard: phones, leave some out" in report
    assert "Other session and speaker, scored as of the other sitting: equal" in report
    run = _run(done)
    assert "eer.other.other_speaker.1_ref.10_s" in run["metrics"]
    table = pd.read_csv(done.folder / "results" / "fingerprint" / "judged.csv")
    assert run["metrics"]["mean_eer"] == pytest.approx(table["eer"].mean(), abs=1e-9)
    assert len(table) == len([name for name in run["metrics"] if name.startswith("eer.")])


def _run(done: Place) -> dict[str, Any]:
    """The one run that MLflow has."""
    (run,) = read_runs(done.folder / "mlflow.db").values()
    return run


def test_the_model_is_registered_with_what_a_person_has_to_know(done: Place) -> None:
    database = done.folder / "mlflow.db"
    run, found = _run(done), champion(database, "tiny-fingerprint")
    sha256 = hashlib.sha256(_model(done).read_bytes()).hexdigest()
    assert run["params"]["sha256"] == sha256
    assert run["params"]["trained_on"].startswith("12 virtual phones, 2 sessions with 2 speakers")
    assert (found["version"], found["run"]) == (1, run["id"])
    assert found["micfp.address"] == run["tags"]["micfp.address"]
    assert float(found["micfp.mean_eer"]) == run["metrics"]["mean_eer"]
    assert found["micfp.judged"] == "judged"
    assert len(found["micfp.rows"].split()) == 2 * 2 + 4 * 3
    ((about,),) = query(database, "select description from model_versions")
    assert about.startswith("fingerprint.safetensors, trained on 12 virtual phones")
    assert about.endswith(sha256)
    # Nothing that MLflow would run: no description of a model, and no pickle.
    artifacts = set(digests(folder_of(run)))
    assert "tables/judged.csv" in artifacts
    kept = {name for name in artifacts if not name.startswith(("tables/", "figures/"))}
    assert kept == {"micfp_model/fingerprint.safetensors"}
    assert query(database, "select 1 from logged_models") == []


def test_tracking_again_logs_and_registers_nothing(done: Place) -> None:
    before = _run(done)
    said = done.run("micfp", "track")
    assert said.status == 0, said.said
    assert _run(done) == before
    database = done.folder / "mlflow.db"
    assert query(database, "select name, version from model_versions") == [("tiny-fingerprint", 1)]


def test_the_champion_comes_back_byte_for_byte(done: Place) -> None:
    uri = f"sqlite:///{done.folder / 'mlflow.db'}"
    with fetched("models:/tiny-fingerprint@champion", uri) as folder:
        (file,) = folder.iterdir()
        assert file.name == "fingerprint.safetensors"
        assert file.read_bytes() == _model(done).read_bytes()
        assert load_model(file).trained_on.startswith("12 virtual phones")
    nothing = "^models:/tiny-fingerprint/1: none.safetensors: no such file"
    with (
        pytest.raises(MicfpError, match=nothing),
        fetched("models:/tiny-fingerprint/1", uri) as folder,
    ):
        load_model(folder / "none.safetensors")


def test_who_takes_it_for_another_kind_of_model_is_told_so(done: Place, corpus: Path) -> None:
    recording = str(corpus / "disc-1" / "evening" / "b.wav")
    address = "models:/tiny-fingerprint@champion"
    said = done.run("micfp", "identify", recording, "--model", address)
    assert said.status == 2
    assert said.said.startswith(f"micfp: {address}: no model there (no model.json)")
    assert said.said.count("\n") == 1


def test_nothing_is_made_twice(done: Place) -> None:
    assert "Nothing to be done" in done.make("-n", "fingerprint")


def test_stages_make_what_their_versions_say(done: Place) -> None:
    check_outputs(done, [stage.name for stage in STUDIES["fingerprint"].stages])
