"""The paper's experiments, small: real Snakemake, MLflow and report, on the simulated bench."""

import csv
import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
import yaml
from mlflow_database import count_runs, query
from stage_outputs import check_outputs
from tiny_pipeline import CHECKOUT, Place, planned_jobs

from micfp.models.method_config import TrainingConfig
from micfp.models.method_files import load_method
from micfp.plan.params import load_params
from micfp.recordings.splits import make_folds
from micfp.studies.variants import params_of
from micfp.tables import LABELS

pytestmark = pytest.mark.slow

PRESETS = CHECKOUT / "workflow" / "presets"
CONFIGURED = ("--configfile", "params.yaml", "workflow/presets/paper-smoke.yaml")
TARGETS = ("table5", "table6", "ablation", "lean", "transfer")


def fresh(folder: Path) -> Place:
    folder.mkdir()
    for name in ("Snakefile", "workflow", "profiles"):
        (folder / name).symlink_to(CHECKOUT / name)
    shutil.copy(CHECKOUT / "params.yaml", folder)
    return Place(folder)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = fresh(tmp_path_factory.mktemp("paper") / "smoke")
    said = place.snakemake("paper", *CONFIGURED, timeout_s=1200)
    assert said.status == 0, said.said
    assert "Traceback" not in said.said, said.said
    return place


def table(place: Place, target: str, name: str = "methods") -> list[dict[str, str]]:
    with (place.folder / "results" / f"paper_{target}" / f"{name}.csv").open() as lines:
        return list(csv.DictReader(lines))


def test_every_row_that_the_preset_asks_for_is_there(done: Place) -> None:
    asked = yaml.safe_load((PRESETS / "paper-smoke.yaml").read_text())["paper"]
    for target in TARGETS[:4]:
        names = [
            (corpus, method)
            for part in asked[target]
            for corpus in part["corpora"]
            for method in part["methods"]
        ]
        rows = [(row["corpus"], row["method"]) for row in table(done, target)]
        assert [row for row in rows if "-plain" not in row[1]] == names
    # the source; then of the target what starts anew, and two groups by two ways of training
    rows = [
        (row["corpus"], row["method"], row["source"], row["layers"], row["fine_tuning"])
        for row in table(done, "transfer")
    ]
    assert rows == [
        ("bench", "transformer", "", "", ""),
        ("other-microphones", "transformer", "", "", ""),
        *(
            ("other-microphones", "transformer", "bench", layers, training)
            for layers in ("mlp", "softmax")
            for training in ("paper_fine_tuning", "our_fine_tuning")
        ),
    ]


def test_a_row_says_what_it_was_learned_from_and_whether_to_its_end(done: Place) -> None:
    for target in TARGETS:
        for row in table(done, target):
            # 5 or 3 devices; windows of 1 s every 0.25 s in 2 x 5 s of training, 5 s of the test
            devices = 3 if row["corpus"] == "other-microphones" else 5
            assert row["n_classes"] == str(devices)
            per_content = int(row["n_test"]) / devices
            assert 14 <= per_content <= 22
            assert int(row["n_train"]) == 2 * devices * per_content
            recorded_s = 3600 * float(row["test_audio_h"]) / devices
            assert 5 <= recorded_s < 8
            assert float(row["n_parameters"]) > 0
            assert float(row["audio_h"]) == pytest.approx(4 * float(row["test_audio_h"]), rel=0.1)
            fit = json.loads((done.store / row["address"] / "fit.json").read_text())
            if row["epochs"] not in ("", "0", "0.0"):
                assert float(row["epochs"]) == fit["epochs"]
                assert row["converged"] == str(fit["converged"])
                assert float(row["best_epoch"]) <= float(row["epochs"])
                papers = "paper" in row.get("training", "") + row.get("fine_tuning", "")
                kept = row["epochs"] if papers else row["best_epoch"]
                assert row["kept_epoch"] == kept
                assert row["device"] == "cpu" or torch.accelerator.is_available()


def test_a_network_that_stops_at_its_last_epoch_is_marked(done: Place) -> None:
    """Two epochs are fewer than the patience: nothing can have converged."""
    (row,) = (row for row in table(done, "table5") if row["method"] == "cross_scale_paper")
    assert (row["epochs"], row["converged"]) == ("2.0", "False")
    report = (done.folder / "results" / "report.html").read_text()
    assert "Not converged (†)" in report
    assert "2 (2) †" in report


def test_the_report_sets_the_paper_beside(done: Place) -> None:
    report = (done.folder / "results" / "report.html").read_text()
    for sentence in (
        "Eight methods (Table V)",
        "Blocks left out (Tables VII and VIII)",
        "Transfer (Table IX)",
        "99.6, 99.6",  # the paper's network, accuracy and F1
        "45 devices, 642 pieces",  # what differs
        "of recordings; ",  # hours of audio of ours
        "svc on bed",
    ):
        assert sentence in report, sentence


def test_times_stand_beside_the_tables(done: Place) -> None:
    rows = {row["method"]: row for row in table(done, "table6", "forward")}
    assert set(rows) == {"mfcc_svm", "gsv_cnn", "cross_scale", "svc-bed-plain"}
    for row in rows.values():
        assert 0 < float(row["whole_ms"]) < 1000
        assert row["processor"]
    assert rows["mfcc_svm"]["network_ms"] == rows["svc-bed-plain"]["network_ms"] == ""
    for name in ("gsv_cnn", "cross_scale"):
        assert float(rows[name]["onnx_difference"]) < 1e-4
        assert 0 < float(rows[name]["onnx_ms"]) < 1000
    assert {row["method"] for row in table(done, "lean", "forward")} == {"cross_scale", "lean_half"}


def test_one_training_serves_every_table(done: Place) -> None:
    addresses = {
        row["address"]
        for target in ("table5", "table6", "ablation", "lean")
        for row in table(done, target)
        if (row["corpus"], row["method"]) == ("bench", "cross_scale")
    }
    assert len(addresses) == 1


def test_what_is_fine_tuned_keeps_the_layers_before(done: Place) -> None:
    """Group `softmax`: only the last layer is another; `mlp`: the hidden one too."""
    rows = table(done, "transfer")
    before = load_method(done.store / rows[0]["address"] / "model").network.state_dict()
    for row in rows[2:]:
        after = load_method(done.store / row["address"] / "model").network.state_dict()
        changed = {
            name.rpartition(".")[0]
            for name, value in after.items()
            if value.shape != before[name].shape or not value.equal(before[name])
        }
        assert len(changed) == {"softmax": 1, "mlp": 2}[row["layers"]], changed


def test_mlflow_has_a_run_a_row_with_its_curves(done: Place) -> None:
    database = done.folder / "mlflow.db"
    runs = dict(query(database, "select value, run_uuid from tags where key = 'micfp.address'"))
    assert count_runs(database) == len(runs)  # no address twice
    for target in TARGETS:
        for row in table(done, target):
            run = runs[row["address"]]
            metrics = query(
                database, f"select key, step, value from metrics where run_uuid = '{run}'"
            )
            last = {name: value for name, _, value in metrics}
            for name in ("accuracy", "recording_accuracy", "f1_macro_low"):
                if row[name]:
                    assert last[name] == pytest.approx(float(row[name])), name
            steps = sorted(step for name, step, _ in metrics if name == "validation_loss")
            assert steps == list(range(1, int(float(row["epochs"] or 0)) + 1))
            assert query(database, f"select status from runs where run_uuid = '{run}'") == [
                ("FINISHED",)
            ]


def test_nothing_is_made_twice(done: Place) -> None:
    said = done.snakemake("-n", "paper", *CONFIGURED).said
    assert "Nothing to be done" in said, said


def test_another_learning_rate_trains_only_its_networks_again(done: Place) -> None:
    said = done.snakemake(
        "-n", "paper-table5", *CONFIGURED, "--config", 'trainings={"ours_slow": {"epochs": 4}}'
    ).said
    jobs = planned_jobs(said)
    jobs.pop("paper-table5", None)
    assert jobs == {"train": 1, "compare_methods": 1, "publish": 1, "track": 1}, said


def epochs_kept(checkpoint: Path) -> int:
    """Those in a checkpoint; none of one that is gone again."""
    try:
        return len(torch.load(checkpoint, weights_only=True)["curves"])
    except FileNotFoundError:
        return 0


def test_killed_and_run_again_nothing_is_trained_twice(tmp_path: Path) -> None:
    """The same command, once more: what was whole stays, what was begun goes on after its epoch."""
    place = fresh(tmp_path / "killed")
    (place.folder / "long.yaml").write_text(
        yaml.safe_dump({"trainings": {"ours": {"epochs": 60, "patience_epochs": None}}})
    )
    command = ("paper-lean", *CONFIGURED, "long.yaml")
    checkpoints, trained = place.store / ".checkpoints", place.store / "train"

    def epochs_of_the_second() -> int:
        """Of the training that is under way when one is whole."""
        if not list(trained.glob("*/fit.json")):
            return 0
        return max(map(epochs_kept, checkpoints.glob("*.pt")), default=0)

    until = time.monotonic() + 600
    with place.started("snakemake", "-j1", *command):
        while not (kept := epochs_of_the_second()):
            assert time.monotonic() < until
            time.sleep(0.02)
    whole = {path: path.stat().st_mtime_ns for path in trained.glob("*/fit.json")}

    done = place.snakemake(*command)
    assert done.status == 0, done.said
    assert len(whole) == 1
    for path, written in whole.items():
        assert path.stat().st_mtime_ns == written
    (after,) = re.findall(r"^went on after epoch (\d+) of a run that was cut off$", done.said, re.M)
    assert kept <= int(after) < 60
    fits = [json.loads(path.read_text()) for path in trained.glob("*/fit.json")]
    assert [fit["epochs"] for fit in fits] == [60, 60]
    assert not list(checkpoints.iterdir())
    assert "Nothing to be done" in place.snakemake("-n", *command).said


@pytest.mark.parametrize(
    ("target", "difference", "sentence"),
    [
        (
            "related",
            {},
            "related compares nothing: paper.related names no corpora or no methods",
        ),
        (
            "paper-lean",
            {"lean": [{"corpora": ["nowhere"], "methods": ["cross_scale"]}]},
            "the experiments name the corpus 'nowhere', which is not under paper.corpora",
        ),
        (
            "paper-lean",
            {"lean": [{"corpora": ["bench"], "methods": ["crosscale"]}]},
            "the experiments name the method 'crosscale', which is not under methods",
        ),
        ("paper-transfer", {"transfer": []}, "paper-transfer has no source"),
        (
            "paper-lean",
            {"corpora": {"bench": {"differences": {"split": {"validation": None}}}}},
            "cross_scale is a network, and the split has no part to stop on",
        ),
        (
            "paper-lean",
            {"corpora": {"bench": {"differences": {"split": {"folds": 2, "test": None}}}}},
            "cross_scale is trained once: give split test or test_share instead of folds",
        ),
        (
            "paper-lean",
            {"corpora": {"bench": {"differences": {"segment": {}}}}},
            "paper.corpora.bench: unknown key 'segment': the nearest right one is 'segments'",
        ),
        (
            "paper-lean",
            {"corpora": {"bench": {"preset": "nowhere.yaml"}}},
            "nowhere.yaml",
        ),
    ],
)
def test_what_cannot_be_planned_is_one_sentence(
    done: Place, tmp_path: Path, target: str, difference: dict[str, Any], sentence: str
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(yaml.safe_dump({"paper": difference}))
    found = done.snakemake("-n", target, *CONFIGURED, str(own))
    assert found.status == 2
    assert sentence in found.said
    assert "Traceback" not in found.said


def test_frames_that_do_not_fit_are_one_sentence(done: Place) -> None:
    """24 frames of 32 ms every 0.1 s need 2.332 s, and a segment has 1 s: 10 frames."""
    frames = '{"timing_tandem": {"fixed_by": "cut", "hop_s": 0.1}}'
    found = done.snakemake("paper-lean", *CONFIGURED, "--config", f"frames={frames}")
    assert found.status == 1
    told = [line for line in found.said.splitlines() if line.startswith("micfp: segment")]
    assert told
    for sentence in told:
        assert "1.000 s of audio have 10 frames of 0.032 s, and 24 are wanted" in sentence
        assert "cut longer segments, or set n_frames or hop_s of the frame set lower" in sentence
    assert "Traceback" not in found.said


def test_the_full_size_is_planned_as_the_paper_has_it(tmp_path: Path) -> None:
    """642 pieces of few phones, a moment each: 514 train and 128 are tested, in playing order."""
    place = fresh(tmp_path / "full")
    (place.folder / "data").mkdir()
    rng = np.random.default_rng(0)
    for device in ("huawei_p30", "apple_air1", "vivo_x6"):
        for piece in range(1, 643):
            path = place.folder / "data" / "ccnu_mobile" / f"{device}_{piece}.wav"
            path.parent.mkdir(exist_ok=True)
            soundfile.write(path, rng.uniform(-0.1, 0.1, 64), 32000)
    full = ("--configfile", "params.yaml", "workflow/presets/paper-full.yaml")
    assert len(place.planned_results("paper-ablation", *full)["train"]) == 7

    params = load_params([CHECKOUT / "params.yaml", PRESETS / "paper-full.yaml"])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(CHECKOUT)  # its corpora name presets
        own = params_of(params, params.paper.corpora["ccnu-mobile"], "ccnu-mobile")
    assert own.trainings["paper"].model_dump() == TrainingConfig().model_dump()
    assert own.methods["cross_scale"].training == "paper"
    labels = pd.DataFrame(
        [
            {"device": device, "recording": f"{device} {piece}", "content": str(piece)}
            for device in ("a", "b")
            for piece in range(1, 643)
        ]
    )
    for name in set(LABELS) - set(labels):
        labels[name] = "one"
    (fold,) = make_folds(labels, own.split, "device", np.random.default_rng(own.seed))
    pieces = labels["content"].to_numpy(int)
    learned = np.concatenate([fold.train, fold.validation])
    assert sorted(set(pieces[learned])) == list(range(1, 515))
    assert sorted(set(pieces[fold.test])) == list(range(515, 643))
    assert len(set(pieces[fold.validation])) == round(0.2 * 514)
    assert not set(pieces[fold.train]) & set(pieces[fold.validation])


def test_nothing_is_said_of_what_comes_from_a_source_that_was_not_learned(
    done: Place, tmp_path: Path
) -> None:
    """The same trainings, with more asked of the source than it reached."""
    source = float(table(done, "transfer")[0]["recording_accuracy"])
    assert source < 1
    transfer = yaml.safe_load((PRESETS / "paper-smoke.yaml").read_text())["paper"]["transfer"]
    transfer[0]["least_source_accuracy"] = 1.0
    place = Place(fresh(tmp_path / "strict").folder, {"MICFP_STORE": str(done.store)})
    (place.folder / "strict.yaml").write_text(yaml.safe_dump({"paper": {"transfer": transfer}}))
    said = place.snakemake("paper-transfer", *CONFIGURED, "strict.yaml", timeout_s=300)
    assert said.status == 0, said.said
    rows = [(row["corpus"], row.get("source", "")) for row in table(place, "transfer")]
    assert rows == [("bench", ""), ("other-microphones", "")]
    (left_out,) = table(place, "transfer", "unlearned")
    assert (left_out["source"], left_out["method"]) == ("bench", "transformer")
    assert float(left_out["recording_accuracy"]) == source
    report = (place.folder / "results" / "report.html").read_text()
    assert "Nothing is said of what transformer passes on from bench" in report


def test_stages_make_what_their_versions_say(done: Place) -> None:
    check_outputs(done, ("bench", "frames", "matrix", "train", "compare_methods"))
