"""The preset of one's own recordings works for few and short ones."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import yaml
from tiny_pipeline import CHECKOUT, RATE_HZ, Done, Place, place

import micfp
from micfp.fingerprint.identify import identify
from micfp.fingerprint.model import load_model

SECONDS = 8.0
# Fewer models and draws than by default, and no figure anew for each of twelve families.
LESS = {
    "features": {"thesis": {"families": ["mfcc", "rms"], "rate_hz": "native", "n_fft": 512}},
    "models": [
        {"features": "thesis", "preparation": "plain", "classifiers": ["svc", "knn", "lda", "dt"]}
    ],
    "overfitting": {"shuffles": 1, "learning_curve_shares": [0.5], "regularisation": {}},
    "evaluation": {"bootstrap_samples": 20},
}


def own_recordings(root: Path, devices: int, contents: int) -> Path:
    """`<root>/phone-<n>/text-<n>.wav`: bursts of noise between silences, 8 s each."""
    bursts = np.repeat([1.0, 0.0, 1.0, 0.0], int(SECONDS / 4 * RATE_HZ))
    for content in range(contents):
        played = np.random.default_rng(content).standard_normal(len(bursts)) * 0.05 * bursts
        for device in range(devices):
            heard = np.convolve(played, (1.0, 0.9 - 0.6 * device), mode="same")
            own = np.random.default_rng([content, device]).standard_normal(len(heard)) * 1e-4
            path = root / f"phone-{device}" / f"text-{content}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, (heard + own).astype(np.float32), RATE_HZ)
    return root


def fresh(folder: Path) -> Place:
    """A folder with params.yaml as it is, but for less work."""
    made = place(folder, folder)
    (folder / "params.yaml").write_text((CHECKOUT / "params.yaml").read_text())
    made.edit(LESS)
    return made


def run(made: Place, target: str, root: Path, *config: str) -> Done:
    preset = CHECKOUT / "workflow" / "presets" / "folder.yaml"
    files = ("--configfile", "params.yaml", str(preset))
    corpus = "corpus=" + json.dumps({"root": str(root)})
    return made.snakemake(target, *files, "--config", corpus, *config)


def test_three_devices_with_two_recordings_of_8_s(tmp_path: Path) -> None:
    """And a fourth one that recorded next to nothing: -100 dBFS, below the -60 of `quiet`."""
    root = own_recordings(tmp_path / "mine", devices=3, contents=2)
    for content in range(2):
        still = np.random.default_rng(content).standard_normal(int(SECONDS * RATE_HZ)) * 1e-5
        (root / "muted").mkdir(exist_ok=True)
        soundfile.write(root / "muted" / f"text-{content}.wav", still, RATE_HZ, "FLOAT")
    made = fresh(tmp_path / "run")
    done = run(made, "all", root)
    assert done.status == 0, done.said
    assert "text-0.wav (silent" in done.said
    assert "no recording is left of muted, which no model can name then" in done.said
    # what was settled is said, and what is too good
    assert "micfp: split.folds: auto is 2, the most (up to 4) that recordings give by_content" in (
        done.said
    )
    assert "micfp: selection: auto is random in 2 folds; careful: " in done.said
    results = made.folder / "results"
    params = json.loads((results / "run.json").read_text())["params"]
    assert (params["split"]["kind"], params["split"]["folds"]) == ("by_content", 2)
    assert (params["selection"]["kind"], params["selection"]["folds"]) == ("random", 2)
    assert "pieces of one recording on both sides" in (results / "report.html").read_text()
    # windows of a second: 8 of each of six recordings, all tested once
    assert set(pd.read_csv(results / "tables" / "models.csv")["n_test"]) == {48}
    model = load_model(results / "models" / "default")
    assert model.fitted.classes == ("phone-0", "phone-1", "phone-2")
    assert model.provenance.left_out == ("muted",)
    answer = identify(root / "phone-1" / "text-0.wav", model)
    assert "careful: the model cannot name muted: too few of their recordings" in answer.as_text(
        model
    )
    # `micfp train` leaves the muted one out before it plans
    training = micfp.train(root, made.folder)
    said, trained = training.said, training.trained
    assert "windows of 1 s: the shortest recording has 8.0 s" in said
    assert (trained.devices, trained.left_out) == (model.fitted.classes, ("muted",))
    row = pd.read_csv(results / "tables" / "models.csv").set_index("model").loc[trained.name]
    assert trained.accuracy[0] == row["recording_accuracy"]
    assert trained.n_recordings == 6
    assert repr(training).startswith(f"{results / 'models' / 'default'}: ")
    assert "cannot name muted" in training._repr_html_()
    assert training.to_frame()["recording_accuracy"].tolist() == [trained.accuracy[0]]
    assert training.model.identify(root / "phone-1" / "text-0.wav").answer == answer.device
    assert yaml.safe_load((made.folder / "train.yaml").read_text())["corpus"]["name"] == "mine"


def test_what_cannot_be_is_said_at_once_and_before_any_work(tmp_path: Path) -> None:
    """Six devices with three recordings: three contents, of which two are trained on."""
    root = own_recordings(tmp_path / "mine", devices=6, contents=3)
    made = fresh(tmp_path / "run")
    four = json.dumps({"kind": "by_content", "folds": 4})
    split_comparison = json.dumps({"by_recording": {"folds": 4}, "by_content": {"folds": 5}})
    done = run(
        made,
        "all",
        root,
        f"split={four}",
        f"selection={four}",
        f"split_comparison={split_comparison}",
    )
    assert done.status != 0
    assert "Traceback" not in done.said
    (said,) = (line for line in done.said.splitlines() if line.startswith("micfp: "))
    for key, works in (
        ("split", 3),
        ("selection", 2),
        ("split_comparison.by_recording", 3),
        ("split_comparison.by_content", 3),
    ):
        assert f"{key}.folds = {works} would work" in said
    assert not made.store.exists() or "check" not in made.entries()
