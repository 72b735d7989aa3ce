"""A file is there whole, or what was there before is."""

import multiprocessing
import os
import signal
import sys
from pathlib import Path

import pytest

from micfp.cli import main
from micfp.errors import MicfpError
from micfp.written import check_writable, written_whole


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


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A file stands in its place: nobody, not even root, can make it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(MicfpError, match=r"file/x: cannot be written \(Not a directory\); give"):
        check_writable(tmp_path / "file" / "x")
    check_writable(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("cluster", "a.wav", "b.wav", "--out"),
        ("compare", "--a", "a.wav", "--b", "b.wav", "--out"),
        ("response", "a.wav", "--stimulus", "b.wav", "--out"),
        ("scan", "a.wav", "--out"),
        ("validate", "corpus", "--figures"),
    ],
)
def test_commands_say_at_once_that_their_folder_cannot_be_written(
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before they look at a recording: there is none."""
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["micfp", *words, "file/x"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    said = "micfp: file/x: cannot be written (Not a directory); give another folder\n"
    assert capsys.readouterr().err == said
