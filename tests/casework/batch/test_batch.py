"""`micfp batch`: one row per file, or a reason; a kill loses little; nothing is stale."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import soundfile as sf

from micfp.casework.batch.rows import columns
from micfp.cli import main

COMMAND = [sys.executable, "-c", "import micfp.cli; micfp.cli.main()"]
ROOT = Path(__file__).parents[3]
Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process; gives its status."""

    def run(*words: object) -> int:
        monkeypatch.setattr(sys, "argv", ["micfp", *map(str, words)])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Noise bursts of 3 s, silence, and what is no audio."""
    files = tmp_path / "files"
    files.mkdir()
    rng = np.random.default_rng(1)
    for number in range(5):
        samples = rng.normal(0, 0.1, 24_000) * (np.arange(24_000) // 4000 % 2)
        sf.write(files / f"{number}.wav", samples, 8000)
    sf.write(files / "silent.wav", np.zeros(24_000), 8000)
    (files / "broken.wav").write_bytes(b"RIFF\x10\x00\x00\x00WAVEfmt ")
    shutil.copy(files / "0.wav", files / "=1+2.wav")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_row_per_file_with_a_reason_where_there_is_no_answer(
    folder: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("batch", "files", "--out", "found.parquet") == 0
    assert capsys.readouterr().out == "found.parquet: 8 files\n"
    table = pd.read_parquet("found.parquet").set_index("path")
    assert list(table.index) == [f"files/{path.name}" for path in sorted(Path("files").iterdir())]
    whole = table.loc["files/1.wav"]
    assert (whole["container"], whole["codec"], whole["sample_rate_hz"]) == ("WAV", "pcm_s16", 8000)
    assert (whole["samples"], whole["duration_s"]) == (24_000, 3.0)
    assert "broken.wav" in table.loc["files/broken.wav", "refused"]
    assert "silence" in table.loc["files/silent.wav", "refused"]
    assert np.isnan(table.loc["files/silent.wav", "snr_db"])
    # Copies have one digest.
    assert table.loc["files/=1+2.wav", "sha256"] == table.loc["files/0.wav", "sha256"]


def test_no_cell_of_a_csv_is_a_formula(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("files")
    assert run("batch", "=1+2.wav", "--what", "quality", "--out", "t.csv") == 0
    (row,) = csv.DictReader(Path("t.csv").read_text().splitlines())
    assert row["path"] == "'=1+2.wav"
    assert list(row) == list(columns(("quality",)))


def test_a_kill_costs_a_shard_and_the_same_command_goes_on(folder: Path, run: Run) -> None:
    words = ["batch", "files", "--what", "quality", "--shard-files", "2", "--out", "t.parquet"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    shards = folder / "t.parquet.shards"
    process = subprocess.Popen([*COMMAND, *words], cwd=folder, env=environment)
    until = time.monotonic() + 60
    while not list(shards.glob("*.jsonl")) and time.monotonic() < until:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = {path: path.stat().st_mtime_ns for path in shards.glob("*.jsonl")}
    assert kept
    assert run(*words) == 0
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(pd.read_parquet(folder / "t.parquet")) == 8
    assert not list(folder.rglob("*.part"))


def test_a_file_that_changed_has_a_new_row(folder: Path, run: Run) -> None:
    words = ["batch", "files", "--what", "quality", "--shard-files", "2", "--out", "t.parquet"]
    assert run(*words) == 0
    sf.write(folder / "files" / "4.wav", np.zeros(8000), 8000)
    shards = sorted((folder / "t.parquet.shards").glob("*.jsonl"))
    before = [path.stat().st_mtime_ns for path in shards]
    assert run(*words) == 0
    again = [path.stat().st_mtime_ns for path in shards]
    # Sorted: 0, 1 | 2, 3 | 4, =1+2 | broken, silent.
    assert [a == b for a, b in zip(before, again, strict=True)] == [True, True, False, True]
    table = pd.read_parquet("t.parquet").set_index("path")
    assert "silence" in table.loc["files/4.wav", "refused"]


def test_a_damaged_shard_is_found_again(folder: Path, run: Run) -> None:
    words = ["batch", "files", "--what", "quality", "--shard-files", "4", "--out", "t.csv"]
    assert run(*words) == 0
    before = Path("t.csv").read_bytes()
    damaged = sorted((folder / "t.csv.shards").glob("*.jsonl"))[1]
    damaged.write_bytes(damaged.read_bytes()[:100])
    assert run(*words) == 0
    assert Path("t.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give files or folders, or --manifest"),
        (("files", "--out", "t.xlsx"), "ends in .csv or .parquet"),
        (("files", "--what", "identity"), "batch.what.0 = 'identity'"),
        (("files", "--what", "identify"), "no case.micfp here: enrol first"),
        (("--manifest", "no.csv"), "no.csv: no such file; give a CSV with a column path"),
        (("--manifest", "files/0.wav"), "files/0.wav: is no CSV with a column path"),
        (("files/0.wav", "--out", "/proc/t.parquet"), "could not be written there"),
    ],
)
def test_wrong_use_is_one_sentence(
    folder: Path, run: Run, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("batch", *words) == 2
    assert said in capsys.readouterr().err


def test_who_made_each_of_real_recordings(
    shared_data: Path,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As `micfp identify` says it, file by file."""
    monkeypatch.chdir(tmp_path)
    there = shared_data / "ccnu_mobile"
    for name in ("IPHONEX", "SAMSUNG_S8"):
        assert run("enroll", name, *(there / f"{name}_{n}.wav" for n in (1, 2))) == 0
    files = [there / f"{name}.wav" for name in ("IPHONEX_4", "huawei_p20_4")]
    Path("files.csv").write_text("path\n" + "".join(f"{path}\n" for path in files))
    assert run("batch", "--manifest", "files.csv", "--what", "identify", "--out", "t.parquet") == 0
    capsys.readouterr()
    assert run("identify", "--json", *files) in (0, 3)
    lines = capsys.readouterr().out.splitlines()
    rows = pq.read_table("t.parquet").to_pylist()
    for row, said in zip(rows, map(json.loads, lines), strict=True):
        assert (row["answer"], row["refused"]) == (said["answer"], said["refused"])
        assert row["best"] == said["ranking"][0]["device"]
        assert row["log10_lr"] == pytest.approx(said["ranking"][0]["log10_lr"])
        assert row["none_of_these"] == pytest.approx(said["none_of_these"])
    assert rows[0]["answer"] == "IPHONEX"


@pytest.mark.slow
def test_shards_are_jobs_of_snakemake(folder: Path) -> None:
    for name in ("Snakefile", "workflow", "profiles", "params.yaml"):
        (folder / name).symlink_to(ROOT / name)
    paths = sorted((folder / "files").iterdir())
    (folder / "files.csv").write_text("path\n" + "".join(f"files/{p.name}\n" for p in paths))
    asked = '{"manifest": "files.csv", "what": ["quality"], "shard_files": 3}'
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }

    def snakemake() -> str:
        words = ["snakemake", "-j1", "--config", f"batch={asked}", "--", "batch"]
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stderr

    snakemake()
    table = pd.read_parquet("results/batch.parquet")
    assert table["path"].tolist() == [f"./files/{p.name}" for p in paths]
    shards = sorted(Path("results/batch").glob("*.jsonl"))
    assert len(shards) == 3
    assert "Nothing to be done" in snakemake()
    # A row more at the end: the last shard has another name, and the others are not found again.
    kept = [path.stat().st_mtime_ns for path in shards[:2]]
    with Path("files.csv").open("a") as file:
        file.write("files/0.wav\n")
    snakemake()
    assert [path.stat().st_mtime_ns for path in shards[:2]] == kept
    assert len(pd.read_parquet("results/batch.parquet")) == 9
