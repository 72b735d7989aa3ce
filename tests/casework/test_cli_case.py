"""`micfp case verify` and `repeat`: what a second examiner finds."""

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from made_up import RATE_HZ, voice
from test_log import write

from micfp.casework import database
from micfp.casework.case_file import open_case
from micfp.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a case of two devices, one recording each, and four questions.

    Silence is refused, and the last pair: beside the same sitting, its pitch seems changed.
    """
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for seed, name in enumerate(("a.wav", "b.wav", "asked.wav")):
            sf.write(name, voice(seed=seed), RATE_HZ)
        sf.write("empty.wav", np.zeros(RATE_HZ), RATE_HZ)
        for words in (
            ("enroll", "desk", "a.wav"),
            ("enroll", "disc", "b.wav"),
            ("identify", "asked.wav", "empty.wav"),
            ("verify", "asked.wav", "a.wav", "--case", "case.micfp"),
            ("verify", "asked.wav", "a.wav", "--case", "case.micfp", "--sitting", "same"),
        ):
            patch.setattr(sys, "argv", ["micfp", *words])
            status()
    return folder


@pytest.fixture
def micfp(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs `micfp WORDS...` in a copy of that folder."""
    folder = tmp_path / "copy"
    shutil.copytree(whole, folder)
    monkeypatch.chdir(folder)

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["micfp", *map(str, words)])
        left = status()
        said = capsys.readouterr()
        return left, said.out, said.err

    return run


def status() -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def kinds() -> list[str]:
    with open_case() as case:
        return [one.kind for one in case.entries()]


def records(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


def test_answers_are_recorded_as_they_are_printed(micfp: Run) -> None:
    assert kinds() == [*("begin", "enroll", "enroll", "identify", "identify", "verify", "verify")]
    _, said, _ = micfp("identify", "asked.wav", "--channel", "0", "--json")
    _, both, _ = micfp("verify", "a.wav", "b.wav", "--case", "case.micfp", "--json")
    micfp("verify", "a.wav", "b.wav")  # of no case
    with open_case() as case:
        one, two = case.entries()[7:]
    assert [one.answer] == records(said)
    assert [two.answer] == records(both)
    assert (one.question["channel"], one.question["track"]) == (0, None)
    assert (one.question["sitting"], one.question["enrolled_by"]) == ("any", 7)
    assert one.question["population"] == "any"
    assert one.question["fingerprint_sha256"] == one.answer["conditional_on"]["fingerprint_sha256"]
    assert [file.path for file in two.files] == ["a.wav", "b.wav"]


def test_a_file_that_is_none_is_recorded_too(micfp: Run) -> None:
    Path("text.wav").write_text("no sound")
    assert micfp("identify", "text.wav")[0] == 3
    with open_case() as case:
        entry = case.entries()[-1]
    assert "not an audio file" in entry.answer["refused"]
    assert entry.files[0].sha256 is not None
    assert entry.files[0].heard is None


def test_what_inspect_reads_is_recorded_and_is_in_the_report(micfp: Run) -> None:
    _, said, _ = micfp("inspect", "a.wav", "--case", "case.micfp", "--json")
    with open_case() as case:
        entry = case.entries()[-1]
    assert (entry.kind, entry.files[0].path) == ("inspect", "a.wav")
    assert [entry.answer] == records(said)
    assert micfp("report")[0] == 0
    page = Path("report.html").read_text()
    assert "What the files say of themselves" in page
    assert entry.files[0].sha256 in page
    os.utime("a.wav", (0, 0))  # a copy has other times
    left, said, _ = micfp("case", "repeat")
    assert left == 0
    assert "entry 8, inspect a.wav: same\n" in said


def test_a_scan_is_recorded_repeated_and_in_the_report(micfp: Run) -> None:
    """The enrolled devices name its segments; one that is enrolled later has no say in it."""
    _, said, _ = micfp("scan", "asked.wav", "empty.wav", "--case", "case.micfp", "--json")
    with open_case() as case:
        one, empty = case.entries()[7:]
    assert [one.kind, empty.kind] == ["scan", "scan"]
    assert [one.answer, empty.answer] == records(said)
    assert one.question["enrolled_by"] == 7
    assert empty.answer["refused"] is not None
    micfp("enroll", "new", "asked.wav")
    left, said, errors = micfp("case", "repeat")
    assert (left, errors) == (0, "")
    assert "entry 8, scan asked.wav: same\n" in said
    assert "entry 9, scan empty.wav: same\n" in said
    assert micfp("report")[0] == 0
    assert "Changes inside recordings" in Path("report.html").read_text()


def test_a_scan_with_another_answer_is_found_by_repeating(micfp: Run) -> None:
    """The log's chain is made anew over a changed answer, as a forger would; the scan is not."""
    sf.write("long.wav", voice(8.0, seed=5), RATE_HZ)
    micfp("scan", "long.wav", "--case", "case.micfp")
    with open_case() as case:
        entry = case.entries()[-1]
        answer = dict(entry.answer)
        answer["segments"] = [dict(one, device="disc") for one in answer["segments"]]
        assert answer["segments"] != entry.answer["segments"]
        case.record("scan", entry.question, answer, entry.files)
        case.record("scan", entry.question, answer | {"duration_s": "long"}, entry.files)
    left, _, errors = micfp("case", "repeat")
    assert left == 1
    assert "entry 9, scan long.wav: different: device: " in errors
    assert "entry 10, scan long.wav: different: " in errors
    Path("long.wav").unlink()
    left, _, errors = micfp("case", "repeat")
    assert "entry 8, scan long.wav: not repeated: long.wav is not here" in errors


def test_whole_cases_hold_and_repeat(micfp: Run) -> None:
    left, said, errors = micfp("case", "verify")
    assert (left, errors) == (0, "")
    assert said.startswith("the case holds: 7 entries in its log, 4 recordings with the digests ")
    left, said, errors = micfp("case", "repeat")
    assert (left, errors) == (0, "")
    assert "entry 4, identify asked.wav: same\n" in said
    assert said.endswith(
        "6 of 6 entries have the same numbers within 0.005; the greatest difference is 0\n"
    )


def test_beside_the_case_is_found_what_lay_elsewhere(micfp: Run, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    os.chdir(elsewhere)
    left, said, _ = micfp("case", "verify", "../copy/case.micfp", "--json")
    assert (left, records(said)[0]["recordings"]) == (0, 4)
    assert micfp("case", "repeat", "../copy/case.micfp")[0] == 0


def test_missing_recordings_are_said_and_are_no_break(micfp: Run) -> None:
    Path("b.wav").unlink()
    left, said, _ = micfp("case", "verify")
    assert left == 0
    assert "not here: b.wav: is missing, and was there for entry 3" in said
    left, said, _ = micfp("case", "repeat", "--json")
    assert left == 3
    states = {one["number"]: one["state"] for one in records(said)}
    assert states == {
        **{2: "same", 3: "not repeated", 4: "not repeated"},
        **{5: "same", 6: "same", 7: "same"},  # silence is refused without references
    }


def test_a_changed_byte_of_audio(micfp: Run) -> None:
    content = bytearray(Path("asked.wav").read_bytes())
    content[5000] ^= 1
    Path("asked.wav").write_bytes(content)
    left, _, errors = micfp("case", "verify")
    assert left == 1
    assert "wrong: asked.wav: is not the file that entry 4 of the log is about" in errors
    left, _, errors = micfp("case", "repeat")
    assert left == 1
    assert "entry 4, identify asked.wav: different: asked.wav is another file" in errors


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"log10_lr":', b'"log11_lr":'),
        (b'"answer":null', b'"answer":nul1'),
        (b'"time":"2', b'"time":"3'),
    ],
    ids=["result", "answer", "time"],
)
def test_a_changed_byte_of_a_result(micfp: Run, old: bytes, new: bytes) -> None:
    content = Path("case.micfp").read_bytes()
    place = content.rindex(old)
    Path("case.micfp").write_bytes(content[:place] + new + content[place + len(old) :])
    left, _, errors = micfp("case", "verify")
    assert left == 1
    assert "of the log, or its digest, is not what was written" in errors


def test_a_number_that_was_written_anew_does_not_repeat(micfp: Run) -> None:
    """With a chain that is right: only who repeats the numbers finds it."""
    from micfp.casework import log

    with open_case() as case:
        rows = case.log_rows()
    before, statements = "0" * 64, []
    for row in rows:
        record = json.loads(row.text)
        if record["number"] == 6:
            assert 0.6 < record["answer"]["log10_lr"] < 0.7
            record["answer"]["log10_lr"] += 0.01
        text = log.canonical(record)
        before = log.chained(before, text)
        statements.append(
            f"UPDATE log SET entry = '{text}', sha256 = '{before}' WHERE number = {row.number}"
        )
    write(Path("case.micfp"), *statements)
    assert micfp("case", "verify")[0] == 0
    left, _, errors = micfp("case", "repeat")
    assert left == 1
    assert "entry 6, verify asked.wav, a.wav: different: log10_lr: 0.6" in errors


def test_an_answer_that_another_device_gets_is_found(micfp: Run) -> None:
    """A device that was never enrolled stands in an answer."""
    with open_case() as case:
        entry = case.entries()[3]
        answer = dict(entry.answer) | {"ranking": [dict(entry.answer["ranking"][0])]}
        answer["ranking"][0]["device"] = "stranger"
        case.record("identify", entry.question, answer, entry.files)
    left, _, errors = micfp("case", "verify")
    assert left == 1
    assert "entry 8 of the log names a device that was not enrolled then" in errors


def test_a_device_that_was_removed_since_is_repeated_all_the_same(micfp: Run) -> None:
    micfp("devices", "remove", "disc")
    assert micfp("case", "verify")[0] == 0
    assert micfp("case", "repeat")[0] == 0


def test_a_case_that_cannot_be_written_now_answers_and_says_so(
    micfp: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.05)
    other = sqlite3.connect("case.micfp", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    left, said, errors = micfp("identify", "asked.wav", "asked.wav")
    assert left == 0
    assert said.count("asked.wav: ") == 2
    assert errors == (
        "micfp: the case does not keep what was asked and answered: case.micfp: another process is "
        "writing to it; try again\n"
    )
    left, _, errors = micfp("verify", "a.wav", "b.wav", "--case", "case.micfp")
    assert left == 0
    assert "does not keep what was asked" in errors
    other.execute("ROLLBACK")
    assert len(kinds()) == 7


def test_another_calibration_is_said(micfp: Run) -> None:
    with open_case() as case:
        entry = case.entries()[3]
        question = dict(entry.question) | {"calibration_sha256": "0" * 64}
        case.record("identify", question, entry.answer, entry.files)
    left, _, errors = micfp("case", "repeat")
    assert left == 3
    assert "entry 8, identify asked.wav: not repeated: its calibration (000000000000) is" in errors


@pytest.mark.parametrize("verb", ["verify", "repeat"])
def test_what_is_no_case(micfp: Run, verb: str) -> None:
    assert micfp("case", verb, "a.wav")[0] == 2
    left, _, errors = micfp("case", verb, "none.micfp")
    assert (left, "no none.micfp here" in errors) == (2, True)
