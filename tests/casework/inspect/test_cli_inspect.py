"""`micfp inspect`: a table for people, one object a line for programs, status 3 for what failed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from planted import iphone, wav

from micfp.cli import main


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["micfp", "inspect", *map(str, words)])
    status = 0
    try:
        main()
    except SystemExit as end:
        status = int(end.code or 0)
    said = capsys.readouterr()
    return status, said.out, said.err


def test_a_folder_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wav(tmp_path / "b.wav")
    iphone(tmp_path / "a.m4a")
    status, out, _ = run(monkeypatch, capsys, tmp_path, "--json")
    assert status == 0
    first, second = map(json.loads, out.splitlines())
    assert [Path(one["path"]).name for one in (first, second)] == ["a.m4a", "b.wav"]
    assert first.keys() == {"path", "fields", "inconsistencies", "refused"}
    keys = {"group", "name", "value", "reader", "place"}
    assert all(field.keys() == keys and field["reader"] for field in first["fields"])
    (sentence,) = first["inconsistencies"]
    assert sentence.startswith("says 'Apple', encoded by 'Lav")
    assert second["inconsistencies"] == []
    assert first["refused"] is None


def test_one_bad_file_among_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.wav").write_bytes(b"RIFF\x10\0\0\0WAVEnot a chunk")
    good = wav(tmp_path / "good.wav")
    status, out, err = run(monkeypatch, capsys, tmp_path / "gone.wav", tmp_path / "bad.wav", good)
    assert status == 3
    assert err.startswith(f"micfp: {tmp_path}/gone.wav: no such file")
    assert f"refused: {tmp_path}/bad.wav: " in out
    assert f"\n{good}\n" in out
    of_bad, of_good = out.split(f"\n{good}\n")
    assert "amiss" not in of_bad  # nothing could be held against a rule
    assert "no rule found anything amiss in what was read; that does not make a file genuine" in (
        of_good
    )


def test_a_table_in_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(monkeypatch, capsys, iphone(tmp_path / "a\x1b[31m.m4a"))
    assert status == 0
    assert "\x1b" not in out
    groups = [line.strip() for line in out.splitlines() if line[:2] == "  " and line[2] != " "]
    assert groups == ["in short", "consistency", "file", "container", "codec", "tags", "samples"]
    short, row = (line for line in out.splitlines() if "iPhone 14 Pro" in line)
    assert short == "    model: iPhone 14 Pro"
    assert row.split()[:4] == ["model", "iPhone", "14", "Pro"]
    assert "micfp (moov.meta.ilst: com.apple.quicktime.model)" in row
    assert "consistent with, never proof" in out


def test_no_heavy_library_is_imported() -> None:
    code = (
        "import sys; import micfp.casework.inspect.inspecting; "
        "assert not {'torch', 'mlflow', 'sklearn', 'mutagen', 'pymediainfo'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
