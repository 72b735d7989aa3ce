"""`micfp enroll` and `micfp devices`: what comes out, and which status they leave with."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import soundfile as sf
from made_up import MODEL, RATE_HZ, recording, voice

from micfp import __version__
from micfp.casework.case_file import open_case
from micfp.cli import main
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model, save_model


@dataclass(frozen=True)
class Said:
    """What a command wrote, and the status it left with."""

    status: int
    out: str
    err: str

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Said]


@pytest.fixture
def micfp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs `micfp WORDS...` in a folder with two recordings, a.wav and b.wav."""
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate("ab"):
        sf.write(f"{name}.wav", voice(seed=seed), RATE_HZ)

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


def test_enroll_for_a_person(micfp: Run) -> None:
    said = micfp("enroll", "desk phone", "a.wav", "none.wav")
    assert said.status == 0
    assert said.out.startswith("a.wav: enrolled as desk phone, 1.")
    assert said.out.count("\n") == 1
    assert said.err == "not enrolled: none.wav: no such file; check the path\n"
    said = micfp("devices")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("desk phone: 1 reference, 1.")


def test_enroll_for_a_program(micfp: Run) -> None:
    said = micfp("enroll", "desk", "a.wav", "none.wav", "--json", "--case", "other.micfp")
    assert (said.status, said.err) == (0, "")
    one, none = said.records()
    assert list(one) == ["device", "path", "accepted", "refused", "quality", "warnings"]
    assert list(one["quality"]) == ["active_s", "duration_s", "bandwidth_hz", "snr_db"]
    assert (one["device"], one["path"], one["accepted"]) == ("desk", "a.wav", True)
    assert one["refused"] is None
    assert (none["accepted"], none["quality"]) == (False, None)
    assert none["refused"] == "none.wav: no such file; check the path"
    assert not Path("case.micfp").exists()
    (device,) = micfp("devices", "--json", "--case", "other.micfp").records()
    assert list(device) == ["device", "references", "active_s", "added"]
    assert (device["device"], device["references"]) == ("desk", 1)


def test_where_none_is_enrolled_the_status_is_3(micfp: Run) -> None:
    Path("text.wav").write_text("no sound")
    said = micfp("enroll", "desk", "text.wav", "none.wav")
    assert said.status == 3
    assert said.out == ""
    assert said.err.count("\n") == 2
    said = micfp("enroll", "desk", "none.wav", "--json")
    assert (said.status, said.records()[0]["accepted"]) == (3, False)
    assert micfp("devices").out == "case.micfp: no device is enrolled\n"


def test_folders(micfp: Run) -> None:
    """The case that lies among the recordings is none of them."""
    micfp("enroll", "desk", "a.wav")
    Path("more").mkdir()
    shutil.copy("b.wav", "more/c.wav")
    said = micfp("enroll", "desk", ".", "more", "--json")
    assert said.err == ""
    assert [one["path"] for one in said.records()] == ["a.wav", "b.wav", "more/c.wav", "more/c.wav"]
    assert [len(one["warnings"]) for one in said.records()] == [1, 0, 1, 1]
    (device,) = micfp("devices", "--json").records()
    assert device["references"] == 2


def test_export(micfp: Run) -> None:
    micfp("enroll", "desk", "a.wav", "b.wav", "--channel", "0")
    with open_case() as case:
        expected = [one.as_record() for one in case.references()]
    records = micfp("devices", "export", "--json").records()
    assert records == expected
    assert [one["path"] for one in records] == ["a.wav", "b.wav"]
    assert records[0]["channel"] == 0
    assert len(records[0]["model_sha256"]) == 64
    rows = list(csv.DictReader(io.StringIO(micfp("devices", "export").out)))
    assert rows == [{key: str(value) for key, value in one.items()} for one in expected]


def test_remove(micfp: Run) -> None:
    for name, path in (("desk", "a.wav"), ("disc", "b.wav")):
        micfp("enroll", name, path)
    said = micfp("devices", "remove", "desk")
    assert (said.status, said.out) == (0, "desk: removed, with 1 reference\n")
    assert [one["device"] for one in micfp("devices", "--json").records()] == ["disc"]
    assert micfp("devices", "remove", "desk").status == 2
    assert micfp("devices", "remove", "disc", "--json").records() == [
        {"device": "disc", "removed": 1}
    ]


def test_names_of_strangers_do_nothing_to_a_terminal(micfp: Run) -> None:
    with open_case(create=True) as case:
        case.add_reference("one", recording(0, "\x1b[31m.wav"), MODEL)
        case._connection.execute("UPDATE device SET name = ?", ("a\x1b[31m\nb",))
    for words in ((), ("export",), ("--json",), ("export", "--json")):
        said = micfp("devices", *words)
        assert "\x1b" not in said.out
        assert said.out.count("\n") == 1 + (words == ("export",))
    assert micfp("devices", "--json").records()[0]["device"] == "a\x1b[31m\nb"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("devices",), "no case.micfp here: enrol first (micfp enroll NAME AUDIO...), or give "),
        (("devices", "--case", "x.micfp"), "no x.micfp here: enrol first"),
        (("devices", "remove"), "remove needs the name of a device"),
        (("devices", "list", "desk"), "remove needs the name of a device"),
        (("devices", "forget"), "'forget'"),
        (("devices", "--case", "a.wav"), "a.wav: is no case: it is not even a database"),
        (("enroll", "desk"), "Missing argument"),
        (("enroll", " ", "a.wav"), "a device needs a name"),
        (("enroll", "desk", "a.wav", "--channel", "left"), "give the number of a channel"),
        (("enroll", "desk", "a.wav", "--case", "a.wav"), "a.wav: is no case"),
        (("enroll", "desk", "a.wav", "--case", "no/a.micfp"), "cannot be opened or made here"),
        (("enroll", "desk", "a.wav", "--fingerprint", "a.wav"), "a.wav: not a fingerprint model"),
        (("enroll", "desk", "a.wav", "--fingerprint", "none"), "none: no such file"),
    ],
)
def test_wrong_use(micfp: Run, words: tuple[str, ...], said: str) -> None:
    before = Path("a.wav").read_bytes()
    done = micfp(*words)
    assert done.status == 2
    assert done.out == ""
    assert said in done.err
    assert not Path("case.micfp").exists()
    assert Path("a.wav").read_bytes() == before


def test_an_empty_file_is_said(micfp: Run) -> None:
    Path("case.micfp").touch()
    done = micfp("devices")
    assert (done.status, done.out) == (2, "")
    assert "case.micfp: is empty (0 bytes)" in done.err
    done = micfp("enroll", "desk", "a.wav")
    assert done.status == 0
    assert done.err == "micfp: case.micfp: was empty (0 bytes): a new case was begun in it\n"


def test_another_model(micfp: Run) -> None:
    micfp("enroll", "desk", "a.wav")
    save_model(load_model(SHIPPED).model, "the same, by another", Path("other.safetensors"))
    done = micfp("enroll", "desk", "b.wav", "--fingerprint", "other.safetensors")
    assert done.status == 2
    assert "case.micfp: is of another fingerprint model (" in done.err


def test_two_at_once(micfp: Run) -> None:
    """Two of `micfp enroll` in new processes, where no case is yet."""
    for seed in range(6):
        sf.write(f"{seed}.wav", voice(1.0, seed + 10), RATE_HZ)
    code = "from micfp.cli import main; main()"
    started = [
        subprocess.Popen([sys.executable, "-c", code, "enroll", name, *paths])
        for name, paths in (("one", ["0.wav", "1.wav", "2.wav"]), ("two", ["3.wav", "4.wav"]))
    ]
    assert [process.wait(120) for process in started] == [0, 0]
    counts = {one["device"]: one["references"] for one in micfp("devices", "--json").records()}
    assert counts == {"one": 3, "two": 2}


def test_version(micfp: Run) -> None:
    assert micfp("--version") == Said(0, f"micfp {__version__}\n", "")


def test_a_shell_completes_verbs() -> None:
    code = "import sys; sys.argv = ['micfp']; from micfp.cli import main; main()"
    asked = {"_MICFP_COMPLETE": "complete_bash", "COMP_WORDS": "micfp en", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | asked,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "enroll"
