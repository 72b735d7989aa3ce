"""The store: equal content under equal names, whole results only, made once."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from micfp.engine import store
from micfp.engine.digests import file_digests
from micfp.errors import MicfpError


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))


def start(code: str) -> "subprocess.Popen[str]":
    """Another process with the same store."""
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited 20 s in vain"
        time.sleep(0.005)


def unfinished() -> list[Path]:
    return list((store.store_root() / ".unfinished").iterdir())


# --- digests --------------------------------------------------------------------------------------


def test_digest_is_of_content_and_not_of_order() -> None:
    one = store.digest({"a": 1, "b": {"c": [1, 2], "d": None}})
    assert one == store.digest({"b": {"d": None, "c": [1, 2]}, "a": 1})
    assert len(one) == 32
    others = [
        {"a": 1, "b": {"c": [2, 1], "d": None}},  # the order of a list counts
        {"a": 1.5, "b": {"c": [1, 2], "d": None}},
        {"a": "1", "b": {"c": [1, 2], "d": None}},
        {"a": 1, "b": {"c": [1, 2]}},
    ]
    assert one not in [store.digest(other) for other in others]


def test_digest_is_the_same_in_every_process() -> None:
    # sha256 of the text {"a":[1,"ü"]} with the letter as \u00fc, first 32 digits.
    import hashlib

    text = b'{"a":[1,"\\u00fc"]}'
    assert store.digest({"a": [1, "ü"]}) == hashlib.sha256(text).hexdigest()[:32]
    with pytest.raises(ValueError, match="float"):
        store.digest({"a": float("nan")})


def test_digests_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b, gone = tmp_path / "a.wav", tmp_path / "b.wav", tmp_path / "gone.wav"
    a.write_bytes(b"sound")
    b.write_bytes(b"sound")
    first = file_digests([a, b, gone])
    assert first[a] == first[b]
    assert first[gone].startswith("unreadable-")

    os.utime(a, ns=(1, 1))  # touched: read again, the same content
    assert file_digests([a])[a] == first[a]
    b.write_bytes(b"noise")  # as long as before
    assert file_digests([b])[b] != first[b]

    # What did not change is not read again; a cache that is damaged is made anew.
    monkeypatch.setattr(store, "sha256", lambda path: pytest.fail(f"{path} was read again"))
    assert file_digests([a])[a] == first[a]
    monkeypatch.undo()
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    (tmp_path / "store" / ".digests.json").write_text("{")
    assert file_digests([a])[a] == first[a]


def test_a_file_that_changes_twice_in_a_tick_is_read_again(tmp_path: Path) -> None:
    """Same size, same time, same inode: what a coarse clock shows of two writes in a row."""
    a = tmp_path / "a.wav"
    now = time.time_ns()
    for stamp in (now, now + 3_600 * 10**9):  # or the clock has jumped back since
        a.write_bytes(b"sound")
        os.utime(a, ns=(stamp, stamp))
        first = file_digests([a])[a]
        a.write_bytes(b"noise")
        os.utime(a, ns=(stamp, stamp))
        assert file_digests([a])[a] != first


def test_digests_of_equal_paths_and_folders(tmp_path: Path) -> None:
    found = file_digests([tmp_path])  # a folder cannot be read as a file
    assert found[tmp_path].startswith("unreadable-")
    other = file_digests([tmp_path / "no.wav", tmp_path / "nor.wav"])
    assert len(set(other.values())) == 2  # two unreadable files are not one


def test_digests_without_the_cache_write_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"sound")
    file_digests([tmp_path / "a.wav"], cached=False)
    assert not store.store_root().exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_digest_of_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"sound")
    (tmp_path / "a.wav").chmod(0)
    found = file_digests([tmp_path / "a.wav"])
    assert found[tmp_path / "a.wav"].startswith("unreadable-")


# --- results --------------------------------------------------------------------------------------


def test_a_result_appears_when_it_is_complete() -> None:
    with store.writing("fit", "k1") as out:
        (out / "model").mkdir()
        (out / "model" / "a.json").write_text("1")
        assert store.present("fit") == set()
        assert not store.entry_path("fit", "k1").exists()
    assert store.present("fit") == {"k1"}
    assert (store.entry_path("fit", "k1") / "model" / "a.json").read_text() == "1"
    assert unfinished() == []
    assert store.present("segments") == set()


def test_a_failure_leaves_nothing() -> None:
    with pytest.raises(KeyError), store.writing("fit", "k1") as out:  # noqa: PT012
        (out / "half.json").write_text("1")
        raise KeyError("a step fails")
    assert store.present("fit") == set()
    assert unfinished() == []


def test_a_result_that_is_there_stays() -> None:
    for text in ("first", "second"):
        with store.writing("fit", "k1") as out:
            (out / "a").write_text(text)
    assert (store.entry_path("fit", "k1") / "a").read_text() == "first"
    assert unfinished() == []


def test_something_else_in_the_place_of_a_result() -> None:
    with store.writing("fit", "k0") as out:
        (out / "a").write_text("1")
    target = store.entry_path("fit", "k1")
    target.write_text("a file")
    with (
        pytest.raises(MicfpError, match="k1: could not be written; is something else"),
        store.writing("fit", "k1") as out,
    ):
        (out / "a").write_text("1")


def test_a_kill_leaves_no_half_result() -> None:
    killed = start(
        "import time\n"
        "from micfp.engine import store\n"
        "with store.locked('fit-k1'), store.writing('fit', 'k1') as out:\n"
        "    (out / 'first').write_text('1')\n"
        "    time.sleep(60)\n"
    )
    folder = store.store_root() / ".unfinished"
    wait_for(lambda: folder.is_dir() and any(folder.glob("*/first")))
    assert store.present("fit") == set()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert store.present("fit") == set()

    with store.locked("fit-k1"), store.writing("fit", "k1") as out:  # the lock died with it
        (out / "first").write_text("1")
        (out / "second").write_text("2")
    assert sorted(p.name for p in store.entry_path("fit", "k1").iterdir()) == ["first", "second"]


def test_two_processes_make_a_result_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = (
        "import time\n"
        "from micfp.engine import store\n"
        "with store.locked('fit-k1'):\n"
        "    if 'k1' not in store.present('fit'):\n"
        "        with store.writing('fit', 'k1') as out:\n"
        f"            open({str(log)!r}, 'a').write('made\\n')\n"
        "            time.sleep(0.3)\n"
        "            (out / 'a').write_text('1')\n"
        "print((store.entry_path('fit', 'k1') / 'a').read_text())\n"
    )
    both = [start(code), start(code)]
    assert [process.communicate()[0] for process in both] == ["1\n", "1\n"]
    assert log.read_text() == "made\n"


def test_a_lock_that_is_swept_while_one_waits() -> None:
    """Whoever waited on the old file must not hold it beside one who holds the new."""
    code = (
        "from micfp.engine import store\n"
        "print('ready', flush=True)\n"
        "with store.locked('fit-k1'):\n"
        "    print('held', flush=True)\n"
    )
    with contextlib.ExitStack() as old:
        old.enter_context(store.locked("fit-k1"))
        waiting = start(code)
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "ready\n"
        time.sleep(0.5)
        (store.store_root() / ".locks" / "fit-k1").unlink()
        with store.locked("fit-k1"):
            old.close()
            time.sleep(0.5)
            assert waiting.poll() is None
    assert waiting.communicate()[0] == "held\n"


def test_a_shared_lock() -> None:
    with (
        store.locked("plans", shared=True),
        store.locked("plans", shared=True),
        store.locked_if_free("plans") as free,
    ):
        assert not free
    with store.locked_if_free("plans") as free:
        assert free


# --- what was written -----------------------------------------------------------------------------


def write(text: str) -> Path:
    with store.writing("fit", "k1") as out:
        (out / "model").mkdir()
        (out / "model" / "a.json").write_text(text)
    return store.entry_path("fit", "k1") / "model" / "a.json"


def test_what_was_written_is_noted() -> None:
    assert store.damage("fit", "k1") == store.Damage(known=False)
    file = write("first")
    write("second")  # is not taken, and its sums are not noted
    assert store.damage("fit", "k1") == store.Damage(known=True)
    store.check_whole("fit", "k1")

    file.write_text("thirst"[1:])
    assert store.damage("fit", "k1").what == ("model/a.json has changed",)
    assert store.damage("fit", "k1", most_bytes=4).what == ()  # as large as before
    with pytest.raises(
        MicfpError, match=r"fit/k1: damaged \(model/a\.json has changed\); `micfp st"
    ):
        store.check_whole("fit", "k1")
    file.write_text("firs")
    assert store.damage("fit", "k1", 0).what == ("model/a.json has 4 bytes instead of 5",)
    file.unlink()
    assert store.damage("fit", "k1").what == ("model/a.json is missing",)
    file.write_text("first")
    file.with_name("b.json").write_text("")
    assert store.damage("fit", "k1").what == ("model/b.json was not written by micfp",)


def test_sums_that_are_lost_are_no_damage() -> None:
    write("first")
    store.sums_path("fit", "k1").write_text("{")
    assert store.damage("fit", "k1") == store.Damage(known=False)
    store.check_whole("fit", "k1")


def test_a_result_that_is_gone() -> None:
    with pytest.raises(MicfpError, match="fit/k1: no longer in the store; run again"):
        store.check_whole("fit", "k1")


def test_take_out(tmp_path: Path) -> None:
    assert not store.take_out("fit", "k1")
    write("first")
    with store.locked("fit-k1"):
        assert not store.take_out("fit", "k1")
    assert store.take_out("fit", "k1")
    assert store.present("fit") == set()
    assert not store.sums_path("fit", "k1").exists()
    assert unfinished() == []
    write("second")
    assert store.take_out("fit", "k1", tmp_path / "kept")
    (kept,) = (tmp_path / "kept").glob("*/k1/model/a.json")
    assert kept.read_text() == "second"


# --- the disk -------------------------------------------------------------------------------------


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = r"the disk is full; free some space and run again"
    with pytest.raises(MicfpError, match=rf"fit/k1: {said}"), store.writing("fit", "k1"):
        full()
    assert store.present("fit") == set()
    assert unfinished() == []

    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a").write_text("new")
    (tmp_path / "out").write_text("old")
    monkeypatch.setattr(store.shutil, "copyfile", full)
    monkeypatch.setattr(os, "replace", full)
    for write in (
        lambda: store.write_whole(tmp_path / "out", "new"),
        lambda: store.copy_whole(tmp_path / "source" / "a", tmp_path / "out"),
        lambda: store.copy_whole(tmp_path / "source", tmp_path / "out"),
    ):
        with pytest.raises(MicfpError, match=said):
            write()
    assert (tmp_path / "out").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "source", "store"]


def test_the_disk_fills_while_a_table_is_written() -> None:
    """A real limit in a real process, met inside of the Parquet writer."""
    code = (
        "import resource, signal\n"
        "import numpy as np, pandas as pd\n"
        "from micfp.engine import store\n"
        "from micfp.tables import write_table\n"
        "from micfp.errors import MicfpError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "table = pd.DataFrame({'a': np.random.default_rng(1).random(100_000)})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try:\n"
        "    with store.writing('features', 'k1') as out:\n"
        "        write_table(table, out / 'a.parquet')\n"
        "except (MicfpError, OSError) as error:\n"
        "    print(type(error).__name__)\n"
    )
    process = start(code)
    out, err = process.communicate()
    assert out.strip() in ("MicfpError", "OSError"), err
    assert store.present("features") == set()
    assert unfinished() == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("may not mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_full(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICFP_STORE", str(small_disk / "store"))
    with (
        pytest.raises(MicfpError, match="fit/k1: the disk is full; free some space and run again"),
        store.writing("fit", "k1") as out,
    ):
        (out / "a").write_bytes(bytes(2_000_000))
    assert store.present("fit") == set()
    assert unfinished() == []

    filler = small_disk / "filler"
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with (
        pytest.raises(MicfpError, match=r"fit/k1\.json: the disk is full"),
        store.writing("fit", "k1") as out,
    ):
        (out / "empty").touch()  # fits; what is to be noted of it does not
    with pytest.raises(MicfpError, match="the disk is full"):
        store.write_whole(store.store_root() / ".costs" / "fit" / "k1.json", "{}")
    assert store.present("fit") == set()

    filler.unlink()
    write("first")
    store.check_whole("fit", "k1")


def test_a_store_that_may_not_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        pytest.raises(MicfpError, match="k1: the store may not be written here"),
        store.writing("fit", "k1"),
    ):
        raise PermissionError(errno.EACCES, "Permission denied")


# --- what is published ----------------------------------------------------------------------------


def test_write_whole_replaces(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.json"
    store.write_whole(target, "ä")
    store.write_whole(target, "ö")
    assert target.read_text(encoding="utf-8") == "ö"
    assert os.stat(target).st_mode & 0o777 == 0o644
    assert list(target.parent.iterdir()) == [target]


def test_results_are_copies_and_not_the_store(tmp_path: Path) -> None:
    with store.writing("fit", "k1") as out:
        (out / "model").mkdir()
        (out / "model" / "a.json").write_text("1")
    entry = store.entry_path("fit", "k1")
    shown = tmp_path / "results" / "model"
    store.copy_whole(entry / "model", shown)
    with open(shown / "a.json", "r+") as file:  # as an editor that writes in place
        file.write("9")
    assert (entry / "model" / "a.json").read_text() == "1"

    (shown / "stale").write_text("from an earlier run")
    store.copy_whole(entry / "model", shown)
    assert [p.name for p in shown.iterdir()] == ["a.json"]
    assert (shown / "a.json").read_text() == "1"
    store.copy_whole(entry / "model" / "a.json", shown)  # a file in a folder's place
    assert shown.read_text() == "1"
    store.copy_whole(entry / "model", shown)  # and back
    assert shown.is_dir()
    assert list(shown.parent.iterdir()) == [shown]


def test_large_files_are_not_stored_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LINKED_BYTES", 3)
    (tmp_path / "small").write_text("123")
    (tmp_path / "large").write_text("1234")
    for name in ("small", "large"):
        store.copy_whole(tmp_path / name, tmp_path / "out" / name)
    assert not (tmp_path / "small").samefile(tmp_path / "out" / "small")
    assert (tmp_path / "large").samefile(tmp_path / "out" / "large")

    for reason in (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):

        def no_link(*_: object, reason: int = reason) -> None:
            raise OSError(reason, os.strerror(reason))

        monkeypatch.setattr(os, "link", no_link)
        copied = tmp_path / "out" / f"copied-{reason}"
        store.copy_whole(tmp_path / "large", copied)
        assert copied.read_text() == "1234"
        assert not (tmp_path / "large").samefile(copied)
