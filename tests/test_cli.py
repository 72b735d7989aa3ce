"""The command: what a person types, what comes out, and which status it leaves with."""

import csv
import gc
import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import soundfile as sf
import yaml
from small_model import RATE_HZ, device_noise, fit_model, parameters, write_corpus

from micfp.bench.speech import more_sentences
from micfp.cli import main
from micfp.config.models import EvaluationConfig
from micfp.plan.params import Params
from micfp.plan.params_document import render


class Said:
    """What a command wrote, and the status it left with."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    def records(self) -> list[dict[str, Any]]:
        """Standard output as JSON, one object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


BY_DEFAULT = ("--model", "results/models/default")


@pytest.fixture
def micfp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Runs `micfp WORDS...` in an empty directory of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))

    def run(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["micfp", *map(str, words)])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return run


def test_imports_are_not_held_up_by_looking_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job imports some 200 000 objects: a handful of looks in place of 300."""
    seen = []
    monkeypatch.setattr("micfp.cli.app", lambda: seen.append(gc.get_threshold()[0]))
    usual = gc.get_threshold()
    try:
        main()
    finally:
        gc.set_threshold(*usual)
    assert seen == [50_000]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `corpus/`, and `model/` fitted on it."""
    root = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MICFP_STORE", str(root / "store"))
        folder = fit_model(parameters(write_corpus(root / "corpus")))
    folder.rename(root / "model")
    return root


def process(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """`micfp WORDS...` as its own process."""
    return subprocess.run(
        [sys.executable, "-c", "from micfp.cli import main; main()", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


# --- the command itself ---------------------------------------------------------------------------

SLOW = ("numpy", "pandas", "sklearn", "scipy", "librosa", "matplotlib", "mlflow", "av", "pydantic")


def test_help_is_fast(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from micfp.cli import main\n"
        "sys.argv = ['micfp', '--help']\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        f"print([name for name in {SLOW!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    for verb in ("identify", "evaluate", "check", "corpus", "bench", "stimulus", "fetch", "params"):
        assert f" {verb} " in done.stdout
    assert done.stderr.strip() == "[]"
    assert " step " not in done.stdout  # the workflow's own verbs are not for people


def test_without_a_case_one_is_told_to_enrol_or_choose(tmp_path: Path) -> None:
    done = process("identify", "a.wav", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "micfp: case.micfp: there is no such case: enrol first (micfp enroll NAME AUDIO...), or "
        "choose a model (--model results/models/default)\n"
    )


def test_a_mendable_mistake_is_one_sentence(tmp_path: Path) -> None:
    done = process("identify", "a.wav", *BY_DEFAULT, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "micfp: results/models/default: there is no default model: no `snakemake all` has ended "
        "well here, or a later one has not; run it (again), or give --model DIR\n"
    )


def test_without_a_default_the_others_are_named(tmp_path: Path) -> None:
    other = tmp_path / "results" / "models" / "svc-thesis-plain"
    other.mkdir(parents=True)
    (other / "model.json").write_text("{}")
    done = process("identify", "a.wav", *BY_DEFAULT, cwd=tmp_path)
    assert done.stderr.endswith("DIR: there are results/models/svc-thesis-plain\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("corpus", "foldr", "."), "no corpus reader 'foldr'; there are bench, thesis,"),
        (("corpus", "folder", "none"), "none"),
        (("check", "none"), "none"),
        (("bench", "out", "--params", "none.yaml"), "none.yaml: there is no such parameter file"),
        (("params", "none.yaml"), "none.yaml: there is no such parameter file"),
        (("stimulus", "a.wav", "--params", "bad.yaml"), "unknown key 'seeed'"),
        (("publish", "0"), "0: no such order; run snakemake"),
        (("track",), "nothing is published yet; run `snakemake all` first"),
    ],
)
def test_mistakes(micfp: Any, words: tuple[str, ...], said: str) -> None:
    Path("bad.yaml").write_text("seeed: 1")
    done = micfp(*words)
    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith("micfp: ")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_reader_that_went_away(tmp_path: Path) -> None:
    """`micfp params | head -1` ends without a word."""
    command = f"{sys.executable} -c 'from micfp.cli import main; main()' params"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | head -1 >/dev/null"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.stderr == ""


def test_params(micfp: Any) -> None:
    assert micfp("params").out == render(Params())
    Path("mine.yaml").write_text("seed: 3\nsplit_comparison: {random: null}\n")
    said = micfp("params", "mine.yaml")
    assert yaml.safe_load(said.out)["seed"] == 3


def test_params_are_written_whole_or_not_at_all(micfp: Any) -> None:
    file = Path("params.yaml")
    said = micfp("params", "--write", file)
    assert (said.status, said.out) == (0, "")
    assert said.err == "params.yaml: written, the defaults\n"
    assert file.read_text() == render(Params())
    file.write_text("seed: 3\n")
    assert micfp("params", file, "--write", file).err.endswith("the parameters of the files\n")
    whole = file.read_text()
    assert yaml.safe_load(whole)["seed"] == 3
    assert whole == render(Params(seed=3))
    Path("wrong.yaml").write_text("seeed: 3\n")
    assert micfp("params", file, "wrong.yaml", "--write", file).status == 2
    assert file.read_text() == whole
    assert sorted(path.name for path in Path().iterdir()) == ["params.yaml", "wrong.yaml"]
    assert "none/params.yaml: the parameters could not be written there" in (
        micfp("params", "--write", "none/params.yaml").err
    )


def test_a_classifier_with_a_mistake_leaves_the_parameters_as_they_were(tmp_path: Path) -> None:
    """What `micfp params > params.yaml` would have emptied."""
    file = tmp_path / "params.yaml"
    file.write_text("seed: 3\n")
    mistake = (
        "import sys; sys.modules['micfp.models.classifiers.svc'] = None; "  # cannot be imported
    )
    command = f"{mistake}from micfp.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "params", "--write", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "micfp.models.classifiers.svc halted" in done.stderr
    assert file.read_text() == "seed: 3\n"


# --- identify and evaluate ------------------------------------------------------------------------

KEYS = [
    *("path", "device", "ranking", "closed_set", "left_out", "outside"),
    *("segments", "decision", "model", "warnings"),
]


def test_identify_for_a_person(micfp: Any, made: Path) -> None:
    sf.write("a.wav", device_noise("dull", 1.0), RATE_HZ)
    said = micfp("identify", "a.wav", "--model", made / "model")
    assert said.status == 0
    assert said.err == ""
    answer, bounds, worth, about, careful = said.out.splitlines()
    assert answer == "a.wav: dull, named by 2 of 2 segments"
    assert about.startswith(
        "    model lda-ltas-plain (corpus unknown, made at an unknown time): 2 d"
    )
    assert bounds == "    closed set: one of the 2 devices that the model knows, or wrong"
    assert worth == (
        "    no probability of this model: it was not calibrated on recordings that it had not "
        "heard"
    )
    assert careful == "    careful: only 2 segment(s): too short for a dependable answer"


def test_identify_for_a_program(micfp: Any, made: Path) -> None:
    sf.write("größe.wav", device_noise("dull"), RATE_HZ)
    Path("bad.wav").write_text("no sound")
    sf.write("b.flac", device_noise("bright"), RATE_HZ)
    files = ["größe.wav", "bad.wav", "gone.wav", "b.flac"]
    said = micfp("identify", *files, "--model", made / "model", "--json")
    assert said.status == 3  # not all are answered
    records = said.records()
    assert [list(record) for record in records] == [KEYS] * 4
    assert [record["path"] for record in records] == files
    assert [record["device"] for record in records] == ["dull", None, None, "bright"]
    assert "größe" in said.out
    good, bad, gone, _ = records
    assert [one["device"] for one in good["ranking"]] == ["dull", "bright"]
    assert [one["segments"] for one in good["ranking"]] == [8, 0]
    assert sum(math.exp(one["log_score"]) for one in good["ranking"]) == pytest.approx(1.0)
    assert [one["probability"] for one in good["ranking"]] == [None, None]
    assert (good["closed_set"], good["outside"]) == (True, None)
    assert good["decision"] == "log_probability"
    assert good["model"] == {
        "name": "lda-ltas-plain",
        "corpus": None,
        "made": None,
        "devices": ["bright", "dull"],
        "sample_rates_hz": [RATE_HZ],
        "codecs": ["pcm_s16"],
        "calibrated_on": None,
    }
    assert (good["segments"], good["warnings"]) == (8, [])
    assert (bad["device"], bad["ranking"], bad["segments"]) == (None, [], 0)
    assert "bad.wav" in bad["warnings"][0]
    assert "gone.wav" in gone["warnings"][0]


def test_identify_answers_the_good_files_among_bad_ones(micfp: Any, made: Path) -> None:
    Path("bad.wav").write_text("no sound")
    sf.write("b.wav", device_noise("bright"), RATE_HZ)
    said = micfp("identify", "bad.wav", "b.wav", "--model", made / "model")
    assert said.status == 3
    assert said.out.startswith("b.wav: bright, named by 8 of 8 segments")
    assert said.err.startswith("micfp: ")
    assert "bad.wav" in said.err
    assert said.err.count("\n") == 1


def test_evaluate(micfp: Any, made: Path) -> None:
    words = ("evaluate", made / "corpus", "--corpus", "folder", "--model", made / "model")
    (record,) = micfp(*words, "--json").records()
    assert record["model"] == "lda-ltas-plain"
    assert record["n_segments"] == 64  # 8 recordings of 4 s in half seconds
    assert record["n_recordings"] == 8
    assert record["accuracy"] == record["recording_accuracy"] == 1.0
    assert 0 < record["accuracy_low"] <= 1.0
    assert (record["unknown_labels"], record["unreadable"]) == ([], [])
    assert record["confidence"] == 0.95
    text = micfp(*words)
    assert text.status == 0
    assert text.out.startswith("lda-ltas-plain: 64 segments of 8 recordings\n")
    assert "accuracy per segment: 1.000 (95 % interval " in text.out
    assert "named wrongly" not in text.out


def test_evaluate_says_who_is_confused(micfp: Any, made: Path, tmp_path: Path) -> None:
    """Three recordings of `dull`, of which one is filed under `bright`."""
    for name, device in (("a", "dull"), ("b", "dull"), ("c", "bright")):
        (tmp_path / "new" / device).mkdir(parents=True, exist_ok=True)
        sf.write(tmp_path / "new" / device / f"{name}.wav", device_noise("dull"), RATE_HZ)
    words = ("evaluate", "new", "--model", made / "model", "--out", "found")
    text = micfp(*words)
    assert "accuracy per recording: 0.667 " in text.out  # 2 of 3
    assert "    bright: 1 of 1 named dull" in text.out
    counts = list(csv.reader(Path("found/confusion_recordings.csv").read_text().splitlines()))
    assert counts == [["", "bright", "dull"], ["bright", "0", "1"], ["dull", "0", "2"]]
    assert {path.name for path in Path("found").iterdir()} == {
        *("confusion_recordings.csv", "confusion_recordings.png", "classes_recordings.csv"),
        *("confusion_segments.csv", "confusion_segments.png", "classes_segments.csv"),
    }
    (record,) = micfp(*words[:4], "--json").records()
    assert record["confusions"] == [{"label": "bright", "named": "dull", "n": 1, "of": 1}]


def test_evaluate_warns_as_identify_does(micfp: Any, made: Path, tmp_path: Path) -> None:
    """A recording at another rate: what identify says of it, evaluate says, too."""
    (tmp_path / "new" / "dull").mkdir(parents=True)
    other = tmp_path / "new" / "dull" / "a.wav"
    sf.write(other, device_noise("dull"), 2 * RATE_HZ)
    (answer,) = micfp("identify", other, "--model", made / "model", "--json").records()
    assert answer["outside"]
    (record,) = micfp("evaluate", "new", "--model", made / "model", "--json").records()
    assert record["outside"] == [str(Path("new/dull/a.wav"))]
    assert [w.partition(": ")[2] for w in record["warnings"]] == answer["warnings"]
    first = micfp("identify", other, "--model", made / "model").out.splitlines()[0]
    assert "outside of what the model learned" in first
    careful = micfp("evaluate", "new", "--model", made / "model").out.splitlines()[1]
    assert careful.startswith("  careful: 1 of 1 recordings are outside of what the model learned")


def test_evaluate_says_the_confidence_of_its_intervals(
    micfp: Any, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "micfp.fingerprint.evaluate.EvaluationConfig",
        lambda **own: EvaluationConfig(confidence=0.995, **own),
    )
    said = micfp("evaluate", made / "corpus", "--corpus", "folder", "--model", made / "model")
    assert "accuracy per segment: 1.000 (99.5 % interval " in said.out


def test_evaluate_says_what_it_left_out(micfp: Any, made: Path, tmp_path: Path) -> None:
    for device in ("dull", "unheard"):
        (tmp_path / "new" / device).mkdir(parents=True)
        sf.write(tmp_path / "new" / device / "a.wav", device_noise("dull"), RATE_HZ)
    (tmp_path / "new" / "dull" / "b.wav").write_text("no sound")
    words = ("evaluate", "new", "--corpus", "folder", "--model", made / "model")
    (record,) = micfp(*words, "--json").records()
    assert record["unknown_labels"] == ["unheard"]
    assert record["n_recordings"] == 1
    (sentence,) = record["unreadable"]
    assert "b.wav" in sentence
    text = micfp(*words).out
    assert "careful: left out, since the model does not know them: unheard" in text

    (tmp_path / "new" / "dull").rename(tmp_path / "new" / "Dull")
    said = micfp(*words)
    assert said.status == 2
    assert "it knows bright, dull" in said.err


# --- corpora --------------------------------------------------------------------------------------


def test_corpus_and_its_manifest(micfp: Any, made: Path) -> None:
    records = micfp("corpus", "folder", made / "corpus", "--json").records()
    assert len(records) == 8
    first = records[0]
    assert (first["device"], first["session"], first["content"]) == ("bright", "day-1", "speech-1")
    assert (first["sample_rate_hz"], first["n_samples"], first["n_channels"]) == (
        RATE_HZ,
        4 * RATE_HZ,
        1,
    )

    said = micfp("corpus", "folder", made / "corpus", "--out", "list.csv")
    assert said.out == "list.csv: 8 recordings of 2 devices\n"
    again = micfp("corpus", "manifest", "list.csv", "--json").records()
    assert again == records
    table = micfp("corpus", "manifest", "list.csv").out
    assert table.splitlines()[0].split()[:2] == ["recording", "path"]
    assert "speech-1" in table


def test_corpus_with_a_file_that_cannot_be_read(micfp: Any) -> None:
    Path("new/dull").mkdir(parents=True)
    Path("new/dull/a.wav").write_text("no sound")
    (record,) = micfp("corpus", "folder", "new", "--json").records()
    assert record["device"] == "dull"
    assert record["sample_rate_hz"] is None


def test_what_is_left_out_of_a_folder_is_said(micfp: Any, made: Path) -> None:
    Path("new/dull").mkdir(parents=True)
    sf.write("new/dull/a.qta", device_noise("dull"), RATE_HZ, format="WAV")
    Path("new/dull/b\nc.pdf").write_text("%PDF")
    os.mkfifo("new/dull/pipe.wav")
    said_of = [
        micfp(verb, *words, "--json")
        for verb, *words in (
            ("corpus", "folder", "new"),
            ("check", "new"),
            ("identify", "new", "--model", made / "model"),
        )
    ]
    for said in said_of:
        assert [record["path"] for record in said.records()] == ["new/dull/a.qta"]
        assert said.err.startswith(
            "micfp: left out as no audio: 2 files: 'dull/b\\nc.pdf' (no sound), 'dull/pipe.wav' "
            "(a named pipe)\n"
        )


def test_check(micfp: Any, made: Path) -> None:
    Path("new/dull").mkdir(parents=True)
    Path("params.yaml").write_text("check: {min_level_dbfs: -10}\n")
    sf.write("new/dull/a.wav", device_noise("dull", level=0.05), RATE_HZ)
    Path("new/dull/b.wav").write_text("no sound")
    good, bad = micfp("check", "new", "--json").records()
    assert "quiet" in good["flags"]  # -26 dBFS, and the file here asks for -10
    assert bad["flags"] == "unreadable"
    assert "b.wav" in bad["error"]
    said = micfp("check", "new")
    assert said.status == 1  # there are flags
    assert said.out.startswith("2 of 2 recordings of 1 device have a flag:\n")
    assert "b.wav" in said.out.splitlines()[-1]  # and why it cannot be read
    Path("params.yaml").unlink()
    Path("new/dull/b.wav").unlink()
    spoken = device_noise("dull", level=0.05)  # with pauses, so that there is a noise floor
    spoken[: len(spoken) // 2] *= 0.01
    sf.write("new/dull/a.wav", spoken, RATE_HZ)
    Path("params.yaml").write_text("check: {max_dc_dbfs: -40}\n")  # so little noise has a mean
    fine = micfp("check", "new")
    assert fine.status == 0, fine.out
    assert fine.out.startswith("0 of 1 recordings of 1 device have a flag\n")
    Path("params.yaml").unlink()
    records = micfp("check", made / "corpus", "--json").records()
    assert len(records) == 8
    assert not any("quiet" in record["flags"] for record in records)
    assert not Path("store").exists()  # a look leaves nothing behind


# --- the bench, stimuli and segments --------------------------------------------------------------

TINY_BENCH: dict[str, Any] = {
    "bench": {
        "sessions": [
            {
                "name": "day-1",
                "contents": [{"name": "sweep-a", "kind": "sweep", "duration_s": 3.0}],
                "room_size_m": [4.0, 3.2, 2.5],
                "loudspeaker_m": [1.0, 1.5, 1.2],
            }
        ],
        "placement": {"max_order": 0},
    }
}


def test_bench_and_its_manifest(micfp: Any) -> None:
    Path("params.yaml").write_text(yaml.safe_dump(TINY_BENCH))
    said = micfp("bench", "corpus")
    assert said.out == "corpus: 5 recordings; recordings.csv lists them\n"
    with open("corpus/recordings.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5
    assert all(sf.info(Path("corpus") / row["path"]).duration == 3.0 for row in rows)
    records = micfp("corpus", "manifest", "corpus", "--json").records()
    assert {record["device"] for record in records} == {row["device"] for row in rows}


def test_stimulus(micfp: Any) -> None:
    Path("tiny.yaml").write_text(yaml.safe_dump(TINY_BENCH))
    said = micfp("stimulus", "play.wav", "--params", "tiny.yaml", "--session", "day-1")
    assert said.status == 0
    assert said.out.startswith("play.wav: 0.")
    assert sf.info("play.wav").samplerate == 44_100
    assert sf.info("play.wav").duration > 5.0  # 3 s, 2 s before it, and the marker
    assert said.err == ""
    later = micfp("stimulus", "later.wav", "--params", "tiny.yaml", "--session", "day-3")
    assert later.status == 0
    assert later.err == ""
    assert sf.info("later.wav").duration == sf.info("play.wav").duration
    assert Path("later.wav").read_bytes() != Path("play.wav").read_bytes()
    wrong = micfp("stimulus", "b.wav", "--params", "tiny.yaml", "--session", "evening")
    assert wrong.status == 2
    assert "'evening'" in wrong.err
    assert "day-1" in wrong.err
    assert not Path("b.wav").exists()


def test_stimulus_says_where_sentences_run_out(micfp: Any) -> None:
    session = TINY_BENCH["bench"]["sessions"][0]
    speech = {"contents": [{"name": "speech-a", "kind": "speech", "duration_s": 3.0}]}
    Path("tiny.yaml").write_text(yaml.safe_dump({"bench": {"sessions": [session | speech]}}))
    words = ("stimulus", "play.wav", "--params", "tiny.yaml", "--session")
    # 3 s are a sentence: day-2 says the first of 211 further ones, day-212 the last
    assert len(more_sentences()) == 211
    assert micfp(*words, "day-212").err == ""
    last = micfp(*words, "day-213")
    assert last.status == 0
    assert last.err == "micfp: day-213 says sentences of an earlier day: no others are left\n"


def test_export_segments(micfp: Any, tmp_path: Path) -> None:
    params = parameters(write_corpus(tmp_path / "corpus"))
    Path("params.yaml").write_text(render(params))
    none = micfp("export-segments", "out")
    assert none.status == 2
    assert "no `snakemake all` has ended well here" in none.err
    own = ("export-segments", "out", "--params", "params.yaml")
    early = micfp(*own)
    assert early.status == 2
    assert "the segments are not made yet" in early.err

    fit_model(params)
    said = micfp(*own, "--most", "3", "--device", "dull")
    assert said.out.endswith(
        "out: 3 segments of corpus bench\n"
    )  # after what the steps said of themselves
    files = sorted(Path("out").rglob("*.wav"))
    assert {path.parent.name for path in files} == {"dull"}
    # Half a second from 0.5 s on of day 1's first content, sample for sample.
    piece, rate_hz = sf.read("out/dull/day-1-speech-1-16000.wav", dtype="int16")
    whole, _ = sf.read("corpus/dull/day-1/speech-1.wav", dtype="int16")
    assert rate_hz == RATE_HZ
    assert piece.tolist() == whole[16_000:32_000].tolist()

    wrong = micfp(*own, "--device", "dul")
    assert wrong.status == 2
    assert "no device 'dul' in this corpus; there are bright, dull" in wrong.err


def test_it_runs_where_nothing_may_be_written(made: Path, tmp_path: Path) -> None:
    """Naming a device writes nothing: no store, no cache, no results."""
    sf.write(tmp_path / "a.wav", device_noise("dull"), RATE_HZ)
    before = sorted(os.listdir(tmp_path))
    done = process("identify", "a.wav", "--model", str(made / "model"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(tmp_path)) == before


# --- names of strangers ---------------------------------------------------------------------------


@pytest.mark.slow
def test_odd_names_are_shown_escaped_by_every_verb(made: Path, tmp_path: Path) -> None:
    """Text without what a terminal acts on, JSON that says the very name, and no traceback."""
    source = next((made / "corpus").glob("*/day-2/*.wav"))
    folder = tmp_path / "odd" / os.fsdecode(b"=\x1b[31m\xff\n")
    folder.mkdir(parents=True)
    names = [os.fsdecode(name) for name in (b"a\nb.wav", b"\xfe.wav", b"-\x1b]0;t\x07.wav")]
    for name in names:
        shutil.copy(source, folder / name)
    (folder / "broken\x1b.wav").write_bytes(b"RIFF")
    paths = [str(folder / name) for name in (*names, "broken\x1b.wav")]
    model = str(made / "model")
    for verb in (
        ("corpus", "folder", "odd"),
        ("check", "odd"),
        ("identify", "--model", model, "--", *paths),
        ("evaluate", "odd", "--corpus", "folder", "--model", model),
        ("check", paths[1]),
    ):
        for as_json in ([], ["--json"]):
            done = process(verb[0], *as_json, *verb[1:], cwd=tmp_path)
            said = done.stdout + done.stderr
            assert "Traceback" not in said
            assert not set(said) & {"\x1b", "\x07", "\ufffd"}
            if as_json and done.returncode == 0:
                assert [json.loads(line) for line in done.stdout.splitlines()]
    done = process("identify", "--json", "--model", model, "--", *paths, cwd=tmp_path)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["path"] for answer in answers] == paths


def test_population_writes_a_corpus_of_virtual_phones(tmp_path: Path) -> None:
    out = tmp_path / "phones"
    done = process("population", str(out), "--devices", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    # Two sessions with two speakers each, spoken by espeak-ng.
    assert f"{out}: 4 recordings; recordings.csv lists them" in done.stdout
    assert len(list(out.rglob("*.wav"))) == 4
