"""A file is there whole, or what was there before is."""

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from micfp.errors import MicfpError
from micfp.written import written_whole


def _fail(path: Path, error: BaseException) -> None:
    with written_whole(path, "the table") as part:
        part.write_text("half")
        raise error


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")
    for error in (OSError(28, "No space left on device"), ValueError("ours"), KeyboardInterrupt()):
        with pytest.raises((MicfpError, ValueError, KeyboardInterrupt)) as raised:
            _fail(path, error)
        if isinstance(error, OSError):
            assert str(raised.value) == (
                f"{path}: the table could not be written there (No space left on device)"
            )
        assert list(tmp_path.iterdir()) == [path]
        assert path.read_text() == "old"
    with written_whole(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "new"


def test_the_longest_name_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("\u00e9" * 127)  # 254 bytes
    with written_whole(path) as part:
        part.write_text("whole")
    assert path.read_text() == "whole"


def _die(path: Path) -> None:
    with written_whole(path) as part:
        part.write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_kill_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")
    process = multiprocessing.get_context("spawn").Process(target=_die, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert path.read_text() == "old"
