"""The file of a case: nothing is lost, nothing is half written, and no stranger is trusted."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from made_up import MODEL, recording

import micfp
from micfp.casework import case_file, database
from micfp.casework.case_file import Case, OtherDeviceError, open_case
from micfp.casework.database import LONGEST_VALUE
from micfp.errors import MicfpError

MADE_UP = Path(__file__).with_name("made_up.py")
JOURNALS_LAST_BYTES = bytes.fromhex("d9d505f920a163d7")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A case with the devices `one` (references 0 and 1) and `two` (reference 2)."""
    path = tmp_path / "case.micfp"
    with open_case(path, create=True) as case:
        for number, name in enumerate(("one", "one", "two")):
            assert case.add_reference(name, recording(number), MODEL)
    return path


def held(path: Path) -> list[tuple[str, str]]:
    with open_case(path) as case:
        return [(one.device, one.recording.path) for one in case.references()]


def refused(path: Path, create: bool = False) -> str:
    """What is said of a file that is not opened; it is left as it was."""
    before = path.read_bytes()
    with pytest.raises(MicfpError) as raised, open_case(path, create) as case:
        case.references()
    assert path.read_bytes() == before
    said = str(raised.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said


def write(path: Path, *statements: str) -> None:
    """Change a file as another program may."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


# --- what is kept ---------------------------------------------------------------------------------


def test_references_come_back_as_they_were(path: Path) -> None:
    with open_case(path) as case:
        one, two = case.devices()
        assert case.model_sha256 == MODEL
    assert (one.name, two.name) == ("one", "two")
    assert (len(one.references), len(two.references)) == (2, 1)
    for number, found in enumerate([*one.references, *two.references]):
        expected, kept = recording(number), found.recording
        assert found.device == ("one", "one", "two")[number]
        assert timedelta(0) <= datetime.now(UTC) - found.added < timedelta(minutes=5)
        assert (found.micfp_version, found.model_sha256) == (micfp.__version__, MODEL)
        for field in ("path", "sha256", "sample_rate_hz", "n_samples", "channel", "track"):
            assert getattr(kept, field) == getattr(expected, field)
        mine, theirs = kept.fingerprint, expected.fingerprint
        assert mine.vectors.dtype == np.float32
        np.testing.assert_array_equal(mine.vectors, theirs.vectors)  # NaN are equal here
        for field in ("active_s", "duration_s", "bandwidth_hz", "snr_db"):
            assert getattr(mine, field) == getattr(theirs, field)


def test_a_case_says_what_made_it(path: Path) -> None:
    meta = dict(sqlite3.connect(path).execute("SELECT key, value FROM meta"))
    assert meta.keys() == {"made", "micfp_version", "model_sha256"}
    assert (meta["micfp_version"], meta["model_sha256"]) == (micfp.__version__, MODEL)
    assert path.read_bytes()[68:72] == b"micf"  # where SQLite has the application's number


def test_a_file_is_kept_once(path: Path) -> None:
    with open_case(path) as case:
        assert not case.add_reference("one", recording(1), MODEL)
        with pytest.raises(OtherDeviceError, match=r"^1\.wav: is enrolled as 'one', and a "):
            case.add_reference("two", recording(1), MODEL)
    assert len(held(path)) == 3


def test_a_path_that_is_no_utf8_comes_back(path: Path) -> None:
    odd = os.fsdecode(b"gr\xf6\xdfe.wav")
    with open_case(path) as case:
        case.add_reference("two", recording(3, odd), MODEL)
    assert held(path)[-1] == ("two", odd)


def test_another_model_is_refused_until_nothing_of_the_first_is_left(path: Path) -> None:
    other = "f" * 64
    with open_case(path) as case:
        with pytest.raises(MicfpError, match=r"another fingerprint model \(0123456789ab\) than "):
            case.add_reference("two", recording(3), other)
        assert (case.remove("one"), case.remove("two")) == (2, 1)
        assert case.model_sha256 is None
        assert case.add_reference("two", recording(3), other)


def test_what_is_removed_is_gone(path: Path) -> None:
    vectors = recording(1).fingerprint.vectors.astype("<f4").tobytes()
    start = vectors[:200]  # a page holds so much in one piece
    assert start in path.read_bytes()
    with open_case(path) as case:
        assert case.remove("one") == 2
        assert [device.name for device in case.devices()] == ["two"]
        with pytest.raises(MicfpError, match=r"has no device 'one'; there are: two$"):
            case.remove("one")
    assert start not in path.read_bytes()


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "a device needs a name"),
        (" \n ", "a device needs a name"),
        ("x" * 201, "a name of 201 characters"),
        ("a\x1b[31mb", "no line breaks or other controls"),
        ("a\udcffb", "no line breaks or other controls"),
        ("ONE", "'ONE': there is a device 'one': give that name, or another one"),
    ],
)
def test_names_that_nobody_could_tell(path: Path, name: str, said: str) -> None:
    with open_case(path) as case, pytest.raises(MicfpError, match=said):
        case.add_reference(name, recording(3), MODEL)
    assert len(held(path)) == 3


def test_two_ways_to_write_a_name_are_one_device(path: Path) -> None:
    with open_case(path) as case:
        case.add_reference("café", recording(3), MODEL)
        case.add_reference(" cafe\u0301 ", recording(4), MODEL)  # as macOS writes it
        assert [len(device.references) for device in case.devices()] == [2, 1, 2]


# --- files that are no case -----------------------------------------------------------------------


def test_none(tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match=r"^no .*none\.micfp here: enrol first"):
        open_case(tmp_path / "none.micfp").__enter__()
    assert list(tmp_path.iterdir()) == []


def test_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.micfp"
    path.touch()
    assert "is empty (0 bytes)" in refused(path)
    with open_case(path, create=True) as case:
        assert case.begun_in_empty
    with open_case(path, create=True) as case:
        assert not case.begun_in_empty


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize("content", [b"hello", b"RIFF" + bytes(5000)], ids=["text", "audio"])
def test_no_database(tmp_path: Path, content: bytes, create: bool) -> None:
    path = tmp_path / "a.micfp"
    path.write_bytes(content)
    assert "is not even a database" in refused(path, create)


@pytest.mark.parametrize("create", [False, True])
def test_foreign(tmp_path: Path, create: bool) -> None:
    path = tmp_path / "mlflow.db"
    write(path, "CREATE TABLE runs (id INTEGER)", "INSERT INTO runs VALUES (1)")
    assert "is a database of another program" in refused(path, create)


def test_another_version(path: Path) -> None:
    write(path, "PRAGMA user_version = 1")
    assert "is a case of form 1, and this micfp (0.1.0) knows form 2" in refused(path)


@pytest.mark.parametrize("create", [False, True])
def test_cut_off(path: Path, create: bool) -> None:
    os.truncate(path, path.stat().st_size - 5000)
    assert "is damaged (" in refused(path, create)


def test_a_page_that_was_overwritten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-4096:] = bytes(4096)
    path.write_bytes(content)
    assert "is damaged (" in refused(path)


def test_a_single_bit_of_a_vector(path: Path) -> None:
    """SQLite would not see it; a likelihood ratio would be another."""
    content = bytearray(path.read_bytes())
    vectors = recording(2).fingerprint.vectors.astype("<f4").tobytes()
    content[content.index(vectors[:200]) + 100] ^= 1
    path.write_bytes(content)
    assert "is damaged (a vector is not what was written)" in refused(path)


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_no_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.micfp"
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    with pytest.raises(MicfpError, match="is no regular file"):
        open_case(path, create=True).__enter__()


# --- files of strangers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON device BEGIN DELETE FROM reference; END",
        "CREATE VIEW v AS SELECT load_extension('x.so')",
        "CREATE TABLE more (x)",
        "CREATE INDEX i ON device (upper(name))",
        "ALTER TABLE device ADD COLUMN x",
        "DROP TABLE meta",
    ],
)
def test_another_schema_is_refused(path: Path, statement: str) -> None:
    write(path, statement)
    for create in (False, True):
        assert "its tables are not those of a case" in refused(path, create)


def test_two_tables_in_one_place(path: Path) -> None:
    write(
        path,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master "
        "WHERE name = 'meta') WHERE name = 'device'",
    )
    assert "is damaged (" in refused(path)


@pytest.mark.parametrize(
    "change",
    [
        "vectors = zeroblob(2047)",
        "vectors = zeroblob(60000)",
        "vectors = 'text'",
        "vectors_sha256 = 'x'",
        "sha256 = upper(sha256) || 'F'",
        "added = 'yesterday'",
        "added = '2026-11-28T03:20:11'",
        "sample_rate_hz = -1",
        "sample_rate_hz = 'fast'",
        "n_samples = 1e300",
        "n_samples = x'39'",
        """parameters = '{"channel": "mean", "track": 0, "more": 1}'""",
        """parameters = '{"channel": -1, "track": 0}'""",
        "parameters = '[[[['",
        "active_s = 9e999",
        "active_s = 0",
        "bandwidth_hz = 1e9",
        "snr_db = 'x'",
        "path = 1",
        "model_sha256 = x'00'",
        "micfp_version = CAST(x'ff' AS TEXT)",
    ],
)
def test_values_that_are_none(path: Path, change: str) -> None:
    write(path, f"UPDATE reference SET {change} WHERE id = 1")
    assert "is damaged (" in refused(path)


def test_a_value_that_fills_the_memory(path: Path) -> None:
    """It is not even read: the limit is 16 MiB and a little."""
    write(path, f"UPDATE reference SET vectors = zeroblob({LONGEST_VALUE + 1}) WHERE id = 1")
    assert "is damaged (string or blob too big)" in refused(path)


@pytest.mark.parametrize("value", [np.inf, 1e7, np.nan])
def test_numbers_beyond_all_sense(path: Path, value: float) -> None:
    """With a digest that is right: whoever writes a file may compute that, too."""
    odd = recording(5)
    odd.fingerprint.vectors[1, 3] = value  # NaN: a band that one vector has and another has not
    with open_case(path) as case:
        case.add_reference("one", odd, MODEL)
    assert "is damaged (" in refused(path)


def test_a_journal_that_names_another_file_deletes_nothing(path: Path, tmp_path: Path) -> None:
    """SQLite takes the file that a journal names for one of its own, and deletes it."""
    precious = tmp_path / "precious"
    precious.write_text("all that I have")
    copy = tmp_path / "sent.micfp"
    journal = tmp_path / "sent.micfp-journal"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN")
    connection.execute("UPDATE reference SET vectors = randomblob(2048)")
    connection.execute(
        "INSERT INTO reference SELECT id + 9, device, path, id, added, 0, 0, 1, 1, "
        "'', 0, 0, 0, 0, randomblob(9000), '' FROM reference"
    )
    content = path.with_name("case.micfp-journal").read_bytes()
    copy.write_bytes(path.read_bytes())
    connection.execute("ROLLBACK")
    name = str(precious).encode()
    numbers = (1 << 30) // 4096 + 1, len(name), sum(name)
    page, length, checksum = (number.to_bytes(4, "big") for number in numbers)
    content += bytes(-len(content) % 512)
    journal.write_bytes(content + page + name + length + checksum + JOURNALS_LAST_BYTES)
    assert "is no journal of micfp's" in str(refused_journal(copy))
    assert precious.exists()
    sqlite3.connect(copy).execute("SELECT count(*) FROM reference").fetchall()
    assert not precious.exists()  # what it was good for


def refused_journal(path: Path) -> MicfpError:
    with pytest.raises(MicfpError) as raised:
        open_case(path).__enter__()
    return raised.value


# --- several processes, and one that is killed ----------------------------------------------------


def start(path: Path, name: str, first: int, count: int) -> "subprocess.Popen[str]":
    words = [sys.executable, str(MADE_UP), str(path), name, str(first), str(count)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "case.micfp"
    started = [start(path, "one", 0, 40), start(path, "two", 100, 40), start(path, "one", 200, 40)]
    assert [process.wait(120) for process in started] == [0, 0, 0]
    for process in started:
        assert process.stdout is not None
        process.stdout.close()
    expected = {
        (name, f"{number}.wav")
        for name, first in (("one", 0), ("two", 100), ("one", 200))
        for number in range(first, first + 40)
    }
    found = held(path)
    assert len(found) == 120
    assert set(found) == expected


@pytest.mark.parametrize("after", [0, 1, 7])
def test_a_process_that_is_killed_leaves_what_it_said(tmp_path: Path, after: int) -> None:
    path = tmp_path / "case.micfp"
    process = start(path, "one", 0, 100_000)
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _ in range(after + 1)]
    process.send_signal(signal.SIGKILL)
    said += map(int, process.stdout.read().split())
    assert process.wait() == -signal.SIGKILL
    numbers = [int(name.removesuffix(".wav")) for _, name in held(path)]
    assert numbers in (said, [*said, said[-1] + 1])  # one may be kept that it could not say
    with open_case(path, create=True) as case:
        assert case.add_reference("two", recording(999_999), MODEL)


def test_half_a_change_is_undone(path: Path) -> None:
    """Killed while pages of it are in the file: the journal brings back what was there."""
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from micfp.casework.case_file import open_case\n"
        "with open_case(Path(sys.argv[1])) as case, case._transaction():\n"
        "    case._connection.execute('PRAGMA cache_size = 1')\n"
        "    case._connection.execute('UPDATE reference SET vectors = zeroblob(60000)')\n"
        "    case._connection.execute('DELETE FROM device')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    before = held(path)
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.with_name("case.micfp-journal").stat().st_size > 0
    assert path.stat().st_size > 100_000  # half of it is there
    assert held(path) == before


def test_a_change_that_is_broken_off(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(case_file, "row_of", interrupted)
    with open_case(path) as case:
        with pytest.raises(KeyboardInterrupt):
            case.add_reference("three", recording(3), MODEL)
        assert case._names() == ["one", "two"]
    assert len(held(path)) == 3


def test_a_file_that_is_in_use(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with open_case(path) as case:
        assert len(case.references()) == 3  # reading needs no turn
        with pytest.raises(MicfpError, match="another process is writing to it; try again"):
            case.add_reference("two", recording(3), MODEL)
    other.execute("ROLLBACK")
    assert len(held(path)) == 3


# --- disks ----------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """A disk of 200 kB at `disk` below the folder; gives what mounts it again with options."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(*words: str) -> None:
        done = subprocess.run(["mount", *words, str(folder)], capture_output=True, check=False)
        if done.returncode:
            pytest.skip("no disk may be mounted here: needs root, and the right to mount")

    mount("-t", "tmpfs", "-o", "size=200k", "tmpfs")
    try:
        yield lambda options: mount("-o", f"remount,{options}")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(case: Case) -> tuple[int, str]:
    """Add references until one is refused: how many were kept, and what was said."""
    for number in range(10_000):
        try:
            case.add_reference("one", recording(1000 + number), MODEL)
        except MicfpError as error:
            return number, str(error)
    raise AssertionError("never full")


def test_a_full_disk(disk: Callable[[str], None], tmp_path: Path) -> None:
    path = tmp_path / "disk" / "case.micfp"
    with open_case(path, create=True) as case:
        count, said = fill(case)
        assert 10 < count < 100
        assert said == f"{path}: the disk is full; free some space and try again: nothing is lost"
        assert len(case.references()) == count  # also in the process that met it
    assert len(held(path)) == count
    disk("size=400k")
    with open_case(path) as case:
        assert case.add_reference("one", recording(count), MODEL)


def test_no_room_for_a_new_case(disk: Callable[[str], None], tmp_path: Path) -> None:
    (tmp_path / "disk" / "else").write_bytes(bytes(200 * 1024))
    path = tmp_path / "disk" / "case.micfp"
    with pytest.raises(MicfpError, match=r"case\.micfp: the disk is full"):
        open_case(path, create=True).__enter__()
    assert path.stat().st_size == 0
    assert not path.with_name("case.micfp-journal").exists()


def test_a_disk_that_may_not_be_written(disk: Callable[[str], None], tmp_path: Path) -> None:
    path = tmp_path / "disk" / "case.micfp"
    with open_case(path, create=True) as case:
        case.add_reference("one", recording(0), MODEL)
    disk("ro")
    before = path.read_bytes()
    assert held(path) == [("one", "0.wav")]
    with pytest.raises(MicfpError, match="may not be written here"):
        open_case(path, create=True).__enter__()
    with open_case(path) as case, pytest.raises(MicfpError, match="may not be written here"):
        case.remove("one")
    with pytest.raises(MicfpError, match="cannot be opened or made here"):
        open_case(path.with_name("new.micfp"), create=True).__enter__()
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["case.micfp"]


def test_no_room_as_sqlite_says_it(path: Path) -> None:
    """Where no disk may be mounted: a file that may have no more pages."""
    with open_case(path) as case:
        case._connection.execute("PRAGMA max_page_count = 14")
        assert "the disk is full" in fill(case)[1]
        kept = [(one.device, one.recording.path) for one in case.references()]
    assert held(path) == kept


def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    path = tmp_path / "case.micfp"
    limit = f"ulimit -f 60; exec {sys.executable} {MADE_UP} {path} one 0 1000"  # 60 KiB in bash
    done = subprocess.run(["bash", "-c", limit], capture_output=True, text=True, check=False)
    assert f"MicfpError: {path}: the disk failed, or is full" in done.stderr
    assert [name for _, name in held(path)] == [f"{number}.wav" for number in done.stdout.split()]
