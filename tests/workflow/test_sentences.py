"""What a user can mend ends a run with one clear sentence and no traceback."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tiny_pipeline import DEVICES, RATE_HZ, Place, place, write_corpus


def refused(place: Place, *arguments: str) -> str:
    """Run the workflow, which must refuse; the one sentence that it said."""
    done = place.snakemake(*(arguments or ("all",)))
    assert done.status != 0, done.said
    assert "Traceback" not in done.said, done.said
    # a failed job's log is shown once more, so the sentence may stand twice
    sentences = {line for line in done.said.splitlines() if line.startswith("micfp: ")}
    assert len(sentences) == 1, done.said
    return sentences.pop()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sed": 1}, "unknown key 'sed'"),
        ({"segments": {"windows": {"length_s": -1}}}, "segments.windows.length_s"),
        ({"split": {"folds": 3}}, "exactly one of test, test_share and folds"),
        ({"corpus": {"reader": "foldr"}}, "corpus.reader"),
        (
            {"models": [{"features": "thesys", "preparation": "plain", "classifiers": ["nb"]}]},
            "thesys",
        ),
        ({"corpus": {"root": "nowhere"}}, "nowhere"),
    ],
    ids=["unknown key", "value", "split", "reader", "feature set", "missing corpus"],
)
def test_bad_parameter(corpus: Path, tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    other = place(tmp_path, corpus)
    other.edit(change)
    assert sentence in refused(other, "all", "-n")
    assert not other.store.exists()  # refused before anything is made


def test_a_preset_that_unfolds_to_millions_of_values(corpus: Path, tmp_path: Path) -> None:
    """Snakemake reads it by itself, and would write it out for ever."""
    other = place(tmp_path, corpus)
    lines = ["models:", "- &m0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"- &m{n} [{','.join(9 * [f'*m{n - 1}'])}]" for n in range(1, 9)]
    (other.folder / "bomb.yaml").write_text("\n".join(lines))
    said = refused(other, "all", "-n", "--configfile", "params.yaml", "bomb.yaml")
    assert "there are more than 20000 values" in said


def test_confounds_of_a_recorded_corpus(corpus: Path, tmp_path: Path) -> None:
    said = refused(place(tmp_path, corpus), "confounds", "-n")
    assert said == (
        "micfp: the confounds study rebuilds the virtual bench and cannot rebuild 'tiny': leave "
        "the preset of that corpus out"
    )


def test_split_with_more_folds_than_sessions(finished: Place, corpus: Path, tmp_path: Path) -> None:
    other = place(tmp_path, corpus, MICFP_STORE=str(finished.store))
    other.edit({"split": {"test": None, "folds": 3}})
    assert "needs 3 sessions, and the corpus has at most 2" in refused(other)


def test_one_session(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "corpus", sessions=("morning",))
    other = place(tmp_path / "run", root)
    assert "tests on session evening, which the corpus does not have: it has morning" in (
        refused(other)
    )


def test_one_class(finished: Place, corpus: Path, tmp_path: Path) -> None:
    """All recordings are of one make, and the make is asked for."""
    with (corpus / "recordings.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    one_make = corpus / "one_make.csv"
    with one_make.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"make": "Acme", "model": "Acme " + row["model"]} for row in rows)
    other = place(tmp_path, one_make, MICFP_STORE=str(finished.store))
    other.edit({"target": "make"})
    assert "recordings have the make 'Acme': identification needs at least two classes" in (
        refused(other)
    )


def test_stop_policy(finished: Place, corpus: Path, tmp_path: Path) -> None:
    other = place(tmp_path, corpus, MICFP_STORE=str(finished.store))
    other.edit({"check": {"policy": {"unreadable": "stop"}}})
    said = refused(other)
    assert "z.wav" in said
    assert "unreadable" in said


def test_nothing_but_silence(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    for n, device in enumerate(DEVICES):
        for s, session in enumerate(("morning", "evening")):
            (root / device / session).mkdir(parents=True)
            zeros = np.zeros(RATE_HZ + 2 * n + s, np.float32)  # no file is a copy of another
            soundfile.write(root / device / session / "a.wav", zeros, RATE_HZ)
    other = place(tmp_path / "run", root)
    other.edit({"corpus": {"reader": "folder"}, "segments": {"method": "silence"}})
    # what one recording of each device and session gives
    other.edit({"selection": {"kind": "random"}, "split_comparison": {"by_content": None}})
    assert "no segment is left" in refused(other)


@pytest.mark.slow
def test_database_server_that_does_not_answer(
    finished: Place, corpus: Path, tmp_path: Path
) -> None:
    """A closed port: results are published, and the sentence says how to log them later."""
    uri = "http://127.0.0.1:9"
    patience = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    other = place(
        tmp_path, corpus, MICFP_STORE=str(finished.store), MLFLOW_TRACKING_URI=uri, **patience
    )
    said = refused(other)
    assert said.startswith(f"micfp: MLflow at {uri} ")
    assert "`micfp track`" in said
    assert json.loads((tmp_path / "results" / "metrics.json").read_text())
