"""The log of a case: written with what it tells of, never changed, and chained."""

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_up import MODEL, recording

import micfp
from micfp.casework import case_file, log
from micfp.casework.case_file import open_case
from micfp.casework.custody import broken, check
from micfp.casework.files import LoggedFile, logged
from micfp.errors import MicfpError

MADE_UP = Path(__file__).with_name("made_up.py")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A case with `one` (references 0, 1) and `two` (2), and a question of another kind."""
    path = tmp_path / "case.micfp"
    with open_case(path, create=True) as case:
        for number, name in enumerate(("one", "one", "two")):
            assert case.add_reference(name, recording(number), MODEL)
        case.record("scan", {"sitting": "any"}, {"changes": []}, [LoggedFile("x.wav", "a" * 64)])
    return path


def write(path: Path, *statements: str) -> None:
    """Change a file as another program may that takes the triggers out of its way."""
    connection = sqlite3.connect(path, isolation_level=None)
    kept = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = kept.fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _, sql in triggers:
        connection.execute(sql)
    connection.close()


def wrong(path: Path) -> list[str]:
    with open_case(path) as case:
        return broken(case)


# --- what is written ------------------------------------------------------------------------------


def test_every_change_and_question_is_an_entry(path: Path) -> None:
    with open_case(path) as case:
        case.remove("one")
        entries = case.entries()
        assert broken(case) == []
    assert [one.kind for one in entries] == ["begin", *["enroll"] * 3, "scan", "remove"]
    assert [one.number for one in entries] == [1, 2, 3, 4, 5, 6]
    assert {one.micfp_version for one in entries} == {micfp.__version__}
    enrolled = entries[3]
    assert enrolled.question == {"device": "two"}
    assert enrolled.answer["path"] == "2.wav"
    assert enrolled.answer["added"] == enrolled.time.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert enrolled.files == (logged(recording(2), vectors=False),)
    assert entries[4].files == (LoggedFile("x.wav", "a" * 64),)
    assert entries[5].answer == {"device": "one", "removed": 2}


def test_each_digest_covers_the_one_before_and_the_entry(path: Path) -> None:
    """By the definition: SHA-256 of the hexadecimal digest before, a line break and the text."""
    before = "0" * 64
    rows = sqlite3.connect(path).execute("SELECT number, entry, sha256 FROM log").fetchall()
    assert [number for number, _, _ in rows] == [1, 2, 3, 4, 5]
    for number, text, sha256 in rows:
        assert hashlib.sha256((before + "\n" + text).encode("ascii")).hexdigest() == sha256
        assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
        assert json.loads(text)["number"] == number
        before = sha256


def test_what_was_not_changed_is_no_entry(path: Path) -> None:
    with open_case(path) as case:
        assert not case.add_reference("one", recording(0), MODEL)
        with pytest.raises(MicfpError):
            case.add_reference("two", recording(0), MODEL)
        with pytest.raises(MicfpError):
            case.remove("three")
        assert len(case.entries()) == 5


def test_a_path_that_is_no_utf8_is_kept(path: Path) -> None:
    odd = os.fsdecode(b"gr\xf6\xdfe.wav")
    with open_case(path) as case:
        case.add_reference("two", recording(3, odd), MODEL)
        assert case.entries()[-1].files[0].path == odd
        assert broken(case) == []


def test_vectors_of_a_question_come_back_and_those_of_a_reference_are_not_kept(path: Path) -> None:
    asked = logged(recording(7), vectors=True)
    with open_case(path) as case:
        case.record("identify", {}, {}, [asked])
        found = case.entries()[-1].files[0].heard
        assert case.entries()[1].files[0].heard.vectors is None
    assert found.vectors.tobytes() == recording(7).fingerprint.vectors.tobytes()


# --- written with what it tells of ----------------------------------------------------------------


def test_no_change_without_its_entry(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(case_file.log, "append", interrupted)
    with open_case(path) as case:
        for change in (
            lambda: case.add_reference("three", recording(3), MODEL),
            lambda: case.remove("one"),
        ):
            with pytest.raises(KeyboardInterrupt):
                change()
        assert [one.name for one in case.devices()] == ["one", "two"]
    assert wrong(path) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log SET entry = 'x' WHERE number = 2",
        "UPDATE log SET number = 9 WHERE number = 5",
        "DELETE FROM log WHERE number = 5",
        "DELETE FROM log",
        "INSERT OR REPLACE INTO log VALUES (2, 'x', 'y')",
        "INSERT INTO log VALUES (7, 'x', 'y')",
        "INSERT INTO log (entry, sha256) VALUES ('x', 'y')",
    ],
)
def test_the_database_refuses_what_does_not_append(path: Path, statement: str) -> None:
    before = sqlite3.connect(path).execute("SELECT * FROM log").fetchall()
    with pytest.raises(sqlite3.IntegrityError, match="of the log"):
        sqlite3.connect(path).execute(statement)
    assert sqlite3.connect(path).execute("SELECT * FROM log").fetchall() == before


def test_an_answer_that_is_too_long(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LONGEST_ENTRY", 1000)
    with open_case(path) as case, pytest.raises(MicfpError, match="characters does not go into"):
        case.record("identify", {}, {"ranking": ["x"] * 1000}, [])
    assert wrong(path) == []


# --- several processes, kills, disks --------------------------------------------------------------


def start(path: Path, name: str, first: int, count: int) -> "subprocess.Popen[str]":
    words = [sys.executable, str(MADE_UP), str(path), name, str(first), str(count)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_two_processes_at_once(tmp_path: Path) -> None:
    path = tmp_path / "case.micfp"
    started = [start(path, "one", 0, 30), start(path, "two", 100, 30)]
    for process in started:
        assert len((process.communicate(timeout=120)[0]).split()) == 30
    with open_case(path) as case:
        assert broken(case) == []
        entries = case.entries()
    assert len(entries) == 61
    kept = {one.files[0].path for one in entries[1:]}
    assert kept == {f"{first + number}.wav" for first in (0, 100) for number in range(30)}


@pytest.mark.parametrize("after", [0, 5])
def test_a_kill(tmp_path: Path, after: int) -> None:
    path = tmp_path / "case.micfp"
    process = start(path, "one", 0, 100_000)
    assert process.stdout is not None
    for _ in range(after + 1):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert wrong(path) == []
    with open_case(path) as case:
        assert len(case.entries()) == 1 + len(case.references())


def test_half_an_entry_is_undone(path: Path) -> None:
    """Killed while pages of it are in the file: the journal brings back what was there."""
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from micfp.casework.case_file import open_case\n"
        "with open_case(Path(sys.argv[1])) as case, case._transaction():\n"
        "    case._connection.execute('PRAGMA cache_size = 1')\n"
        "    case._log('scan', {}, {'changes': ['x' * 100] * 3000}, ())\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.stat().st_size > 250_000  # much of it is in the file
    assert wrong(path) == []
    with open_case(path) as case:
        assert len(case.entries()) == 5


def test_a_full_disk(path: Path) -> None:
    """Of a question that finds no room nothing is kept, and all before it is."""
    with open_case(path) as case:
        (pages,) = case._connection.execute("PRAGMA page_count").fetchone()
        case._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(MicfpError, match="the disk is full; free some space and try again"):
            case.record("scan", {}, {"changes": ["x" * 100] * 3000}, [])
        assert broken(case) == []
        assert len(case.entries()) == 5
    assert wrong(path) == []


# --- what was changed -----------------------------------------------------------------------------


def test_a_changed_byte_of_an_entry(path: Path) -> None:
    content = bytearray(path.read_bytes())
    place = content.index(b'"device":"two"') + len('"device":"t')
    content[place] ^= 1  # twn? whatever: another name
    path.write_bytes(content)
    assert any(
        said.startswith("entry 4 of the log, or its digest, is not ") for said in wrong(path)
    )


def test_a_changed_digest(path: Path) -> None:
    write(path, f"UPDATE log SET sha256 = '{'b' * 64}' WHERE number = 3")
    numbers = [said.split()[1] for said in wrong(path)]
    assert numbers == ["3", "4"]  # and the one that was written after it


def test_an_entry_that_was_taken_out(path: Path) -> None:
    write(path, "DELETE FROM log WHERE number = 3")
    said = wrong(path)
    assert said[0] == "entry 3 of the log is missing"
    assert "1.wav: is enrolled as one, and the log does not say so" in said


def test_the_last_entry_taken_out_shows_in_the_last_digest(path: Path) -> None:
    """A chain alone cannot tell: that is why a report states the digest of the last entry."""
    with open_case(path) as case:
        before = check(case).last_sha256
    write(path, "DELETE FROM log WHERE number = 5")
    with open_case(path) as case:
        assert broken(case) == []
        assert check(case).last_sha256 != before


def test_a_chain_that_was_written_anew(path: Path) -> None:
    """With digests that are right: what the case holds, and what it was, still say it."""
    rows = sqlite3.connect(path).execute("SELECT number, entry FROM log").fetchall()
    before, statements = "0" * 64, []
    for number, text in rows:
        text = text.replace('"path":"2.wav"', '"path":"9.wav"')
        before = log.chained(before, text)
        statements.append(
            f"UPDATE log SET entry = '{text}', sha256 = '{before}' WHERE number = {number}"
        )
    write(path, *statements)
    assert wrong(path) == ["2.wav: as a reference is not what entry 4 of the log says"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE reference SET snr_db = snr_db + 1 WHERE id = 1", "0.wav: as a reference is not "),
        ("UPDATE reference SET path = 'y.wav' WHERE id = 1", "y.wav: as a reference is not what "),
        ("UPDATE device SET name = 'three' WHERE name = 'two'", "2.wav: as a reference is not "),
        ("DELETE FROM reference WHERE id = 2", "1.wav: entry 3 of the log enrols it as one, and "),
        ("UPDATE reference SET vectors = zeroblob(2048) WHERE id = 1", "is damaged (a vector is "),
        ("UPDATE meta SET value = 'x' WHERE key = 'made'", "when and by what the case was begun "),
        ("UPDATE meta SET value = 'x' WHERE key = 'model_sha256'", "the model of the case is not "),
        ("DELETE FROM log", "the log is empty"),
        ("UPDATE log SET entry = '[[[' WHERE number = 2", "entry 2 of the log, or its digest, is "),
    ],
)
def test_what_other_programs_change_is_found(path: Path, statement: str, said: str) -> None:
    write(path, statement)
    assert [one for one in wrong(path) if one.startswith(said)]


def test_nothing_else_is_said_of_a_whole_case(path: Path) -> None:
    with open_case(path) as case:
        found = check(case)
    assert (found.wrong, found.n_entries, found.n_recordings) == ((), 5, 0)
    assert found.missing[0] == "0.wav: is missing, and was there for entry 2"
    assert len(found.missing) == 4


# --- entries of strangers -------------------------------------------------------------------------


def forged(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Append an entry as whoever knows the form may, with a right digest."""
    connection = sqlite3.connect(path, isolation_level=None)
    number, text, before = connection.execute(
        "SELECT number, entry, sha256 FROM log ORDER BY number DESC LIMIT 1"
    ).fetchone()
    record = json.loads(text) | {"number": number + 1}
    change(record)
    text = json.dumps(record, sort_keys=True, separators=(",", ":"))
    connection.execute(
        "INSERT INTO log VALUES (?, ?, ?)", (number + 1, text, log.chained(before, text))
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.pop("time"),
        lambda record: record.update(time="yesterday"),
        lambda record: record.update(number=2),
        lambda record: record.update(kind="<script>"),
        lambda record: record.update(files=[{"path": 1, "sha256": None, "heard": None}]),
        lambda record: record.update(files=[{"path": "x", "sha256": "zz", "heard": None}]),
        lambda record: record.update(question=[]),
        lambda record: record.update(more=1),
        lambda record: record.update(kind="identify"),
        lambda record: record.update(kind="verify", files=[]),
    ],
)
def test_what_is_no_entry_is_said(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    forged(path, change)
    (said,) = wrong(path)
    assert said.startswith("entry 6 of the log")
    assert "\n" not in said
