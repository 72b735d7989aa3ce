"""Further columns of a manifest, and what was played, as the target of the tiny pipeline."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from tiny_pipeline import RATE_HZ, Place, place, write_corpus

SESSIONS = ("a-1", "a-2", "b-1", "b-2")
ROOMS = {"a": ("Hall", (1.0, 0.0, 0.9)), "b": ("Booth", (1.0, 0.0, -0.9))}


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny corpus in two rooms of two sessions each, with two columns more."""
    root = write_corpus(tmp_path_factory.mktemp("rooms") / "corpus", SESSIONS)
    table = pd.read_csv(root / "recordings.csv")
    for row in table.itertuples():
        samples, _ = soundfile.read(root / str(row.path))
        heard = np.convolve(samples, ROOMS[str(row.session)[0]][1], mode="same")
        soundfile.write(root / str(row.path), heard.astype(np.float32), RATE_HZ)
    table["Environment"] = [ROOMS[session[0]][0] for session in table["session"]]
    table["usage history"] = np.where(table["unit"] == 1, "new", "")
    table.to_csv(root / "recordings.csv", index=False)
    return root


def asking(folder: Path, root: Path, **differences: object) -> Place:
    """A folder that asks for another label."""
    own = place(folder, root)
    compared = {"by_content": None, "by_recording": {"kind": "by_recording", "folds": 2}}
    own.edit({"split_comparison": compared, "selection": {"kind": "by_recording"}})
    own.edit(differences)
    return own


def test_a_room_is_identified_in_sessions_that_are_new(rooms: Path, tmp_path: Path) -> None:
    tested = {"kind": "by_session", "test": ["a-2", "b-2"], "test_share": None, "folds": None}
    own = asking(tmp_path / "room", rooms, target="environment", split=tested)
    said = own.make("all")
    assert "careful" not in said
    chosen = json.loads((own.folder / "results" / "tables" / "chosen.json").read_text())
    assert chosen["accuracy"] == 1.0  # two filters that differ as day and night
    confusion = own.folder / "results" / "tables" / "confusion" / "pooled.csv"
    assert list(pd.read_csv(confusion, index_col=0).columns) == ["Booth", "Hall"]
    # 3 devices x 4 sessions x 4 contents x 2.0 s / 0.5 s; the room stands among the labels
    table = pd.read_parquet(own.folder / "results" / "features" / "thesis.parquet")
    assert len(table) == 192
    assert list(table.columns)[8:11] == ["start_sample", "stop_sample", "environment"]
    report = (own.folder / "results" / "report.html").read_text()
    assert "named the right environment" in report
    assert "rather than its microphone" not in report

    take = rooms / "disc-1" / "b-2" / "a.wav"
    model = own.folder / "results" / "models" / "default"
    named = own.run("micfp", "identify", str(take), "--model", str(model), "--json")
    assert json.loads(named.said.splitlines()[0])["device"] == "Booth", named.said
    judged = own.run(
        *("micfp", "evaluate", str(rooms), "--corpus", "manifest", "--model", str(model), "--json")
    )
    assert json.loads(judged.said.splitlines()[-1])["recording_accuracy"] == 1.0, judged.said


def test_what_was_played_is_identified_on_devices_that_are_new(rooms: Path, tmp_path: Path) -> None:
    """Noise holds no content: the test is that it runs through, and that devices stay apart."""
    tested = {"kind": "by_unit", "test": ["disc-1"], "test_share": None, "folds": None}
    own = asking(tmp_path / "content", rooms, target="content", split=tested)
    own.make("all")
    classes = pd.read_csv(own.folder / "results" / "tables" / "pooled.csv")["class"]
    assert list(classes) == ["a", "b", "c", "d"]
    models = pd.read_csv(own.folder / "results" / "tables" / "models.csv")
    assert set(models["n_recordings"]) == {16}  # of one device


@pytest.mark.parametrize(
    ("target", "kind", "said"),
    [
        ("enviroment", "by_session", "the nearest is environment"),
        ("usage history", "by_session", "16 of 48 recordings have no usage history label"),
        ("content", "by_content", "so the target cannot be content"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    target: str, kind: str, said: str, rooms: Path, tmp_path: Path
) -> None:
    split = {"kind": kind, "test": None, "test_share": None, "folds": 2}
    own = asking(tmp_path / "refused", rooms, target=target, split=split)
    done = own.snakemake("all", "-n")
    assert done.status != 0
    (sentence,) = {line for line in done.said.splitlines() if "MicfpError" in line or said in line}
    assert said in sentence


def test_a_split_that_leaks_is_said(rooms: Path, tmp_path: Path) -> None:
    split = {"kind": "by_content", "test": None, "test_share": None, "folds": 2}
    own = asking(tmp_path / "leaks", rooms, target="environment", split=split)
    said = own.make("all", "-n")
    assert "micfp: target = environment: careful: each session has one environment" in said


def test_train_takes_a_further_column(rooms: Path, tmp_path: Path) -> None:
    own = Place(tmp_path)
    said = own.run(
        *("micfp", "train", str(rooms / "recordings.csv"), "--corpus", "manifest"),
        *("--target", "Environment", "--project", "own", "--cores", "2", "--json"),
    )
    assert said.status == 0, said.said
    trained = json.loads(said.said.splitlines()[-1])
    assert (trained["target"], trained["devices"]) == ("environment", ["Booth", "Hall"])
    assert trained["recording_accuracy"] == 1.0
    assert "tested on sessions that are not in training" in said.said
