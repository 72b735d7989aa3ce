"""The default model and the last run: those of a run that ended well, and the figures they had."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tiny_pipeline import CONTENTS, DEVICES, Place, place, write_corpus


@pytest.fixture
def other(finished: Place, corpus: Path, tmp_path: Path) -> Place:
    """A folder of its own with the finished run's results and store."""
    made = place(tmp_path / "other", corpus, MICFP_STORE=str(finished.store))
    for name in ("results", ".micfp"):
        shutil.copytree(finished.folder / name, made.folder / name)
    return made


BY_DEFAULT = ("--model", "results/models/default")


def named(at: Place, corpus: Path, model: str) -> dict[str, str]:
    """Of each recording of the evening the device that the command names."""
    paths = [str(corpus / d / "evening" / f"{c}.wav") for d in DEVICES for c in CONTENTS]
    said = at.run("micfp", "identify", "--json", "--model", model, *paths)
    assert said.status == 0, said.said
    return {a["path"]: a["device"] for a in map(json.loads, said.said.splitlines())}


def test_the_reported_figure_is_that_of_the_command(other: Place, corpus: Path) -> None:
    models = pd.read_csv(other.folder / "results" / "tables" / "models.csv").set_index("model")
    for model in ("knn-thesis-plain", "nb-thesis-plain", "lda-thesis-plain"):
        answers = named(other, corpus, f"results/models/{model}")
        correct = [Path(path).parts[-3] == device for path, device in answers.items()]
        assert len(correct) == 12
        assert sum(correct) / 12 == pytest.approx(models.loc[model, "recording_accuracy"])


@pytest.mark.slow
def test_another_rule_is_that_of_figures_and_command(other: Place) -> None:
    other.edit({"evaluation": {"decision": "vote"}})
    other.make("all", "--until", "publish")
    run = other.folder / "results"
    about = json.loads((run / "models" / "default" / "provenance.json").read_text())
    assert about["decision"] == "vote"
    decisions = pd.read_csv(run / "tables" / "decisions.csv")
    # 3 models x 3 rules; the morning trains: 3 devices x 4 contents, and none of the evening
    assert len(decisions) == 9
    assert set(decisions["n_recordings"]) == {12}
    assert (decisions["accuracy"] == decisions["n_correct"] / 12).all()


def test_a_model_says_where_it_is_from(other: Place, corpus: Path) -> None:
    path = str(corpus / "disc-1" / "evening" / "a.wav")
    said = other.run("micfp", "identify", *BY_DEFAULT, "--json", path)
    model = json.loads(said.said)["model"]
    chosen = json.loads((other.folder / "results" / "tables" / "chosen.json").read_text())
    assert model["name"] == chosen["model"]
    assert model["corpus"] == "tiny"
    assert model["made"].startswith("20")
    assert model["devices"] == sorted(DEVICES)
    assert (model["sample_rates_hz"], model["codecs"]) == ([16_000], ["pcm_s16"])
    assert "(corpus tiny, made 20" in other.run("micfp", "identify", *BY_DEFAULT, path).said


@pytest.mark.slow
def test_after_a_run_that_failed_there_is_no_default(
    other: Place, corpus: Path, tmp_path: Path
) -> None:
    path = str(corpus / "disc-1" / "evening" / "a.wav")
    silent = write_corpus(tmp_path / "silent")
    for file in silent.rglob("*.wav"):
        file.write_text(f"no audio: {file}")
    other.edit({"corpus": {"name": "another", "root": str(silent)}})
    looked = other.snakemake("all", "-n")
    assert looked.status == 0, looked.said
    assert (
        other.run("micfp", "identify", *BY_DEFAULT, path).status == 0
    )  # a dry run changes nothing
    failed = other.snakemake("all")
    assert failed.status != 0
    assert "default (corpus tiny, made 20" in failed.said
    assert "is withdrawn: this run on corpus another makes another" in failed.said

    said = other.run("micfp", "identify", *BY_DEFAULT, path)
    assert said.status == 2
    assert "there is no default model" in said.said
    assert "results/models/knn-thesis-plain" in said.said
    segments = other.run("micfp", "export-segments", "heard")
    assert segments.status == 2
    assert "or a later one has not: run it (again)" in segments.said
    assert not (other.folder / "heard").exists()

    other.edit({"corpus": {"name": "tiny", "root": str(corpus)}})
    again = other.make("all", "--until", "publish")
    assert "the default model is now " in again
    assert other.run("micfp", "identify", *BY_DEFAULT, path).status == 0


def test_planning_that_fails_leaves_no_default_of_another_corpus(
    other: Place, corpus: Path
) -> None:
    other.edit({"corpus": {"name": "another", "root": "nowhere"}})
    assert other.snakemake("all").status != 0
    path = str(corpus / "disc-1" / "evening" / "a.wav")
    assert "there is no default model" in other.run("micfp", "identify", *BY_DEFAULT, path).said
    assert other.run("micfp", "export-segments", "heard").status == 2


def test_segments_are_those_of_the_last_run(other: Place, corpus: Path, tmp_path: Path) -> None:
    """A run with a preset, which params.yaml knows nothing of."""
    moved = tmp_path / "moved"
    shutil.copytree(corpus, moved)
    root = json.dumps({"name": "moved", "root": str(moved)})
    other.make("all", "--until", "publish", "--config", f"corpus={root}")
    said = other.run("micfp", "export-segments", "heard", "--most", "2")
    assert said.status == 0, said.said
    assert "heard: 6 segments of corpus moved" in said.said
    assert len(list((other.folder / "heard").rglob("*.wav"))) == 6
