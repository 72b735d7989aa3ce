"""Decoding in a process that may die."""

import faulthandler
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from micfp.audio import isolated
from micfp.errors import MicfpError


def test_results_come_in_order_from_one_process() -> None:
    results = list(isolated(lambda n: (n * n, os.getpid()), range(100)))
    assert [square for square, _ in results] == [n * n for n in range(100)]
    (process,) = {pid for _, pid in results}
    assert process != os.getpid()


def test_one_that_dies_costs_its_own_answer_alone() -> None:
    def work(name: str) -> str:
        faulthandler.disable()  # pytest's would print where it died
        if name == "segfault.wav":
            os.kill(os.getpid(), signal.SIGSEGV)
        if name == "leaves.wav":
            os._exit(3)
        if name == "sentence.wav":
            raise MicfpError("sentence.wav: is a song")
        return name.upper()

    names = ["a", "segfault.wav", "b", "leaves.wav", "sentence.wav", "segfault.wav"]
    results = [str(result) for result in isolated(work, names)]
    died = "the process that decoded it died"
    assert results == [
        "A",
        f"segfault.wav: {died} (SIGSEGV); copy it again, or convert it",
        "B",
        f"leaves.wav: {died} (exit status 3); copy it again, or convert it",
        "sentence.wav: is a song",
        f"segfault.wav: {died} (SIGSEGV); copy it again, or convert it",
    ]


def test_an_error_of_ours_is_raised_with_its_lines() -> None:
    def work(n: int) -> float:
        return 1 / n

    results = isolated(work, [2, 0, 1])
    assert next(results) == 0.5
    with pytest.raises(ZeroDivisionError) as raised:
        next(results)
    assert "return 1 / n" in raised.value.__notes__[0]


def test_arrays_larger_than_a_pipe() -> None:
    for n, result in enumerate(isolated(lambda n: np.full(1_000_000, n), range(5))):
        assert not isinstance(result, MicfpError)
        assert result.shape == (1_000_000,)
        assert result[0] == n


def test_one_that_never_comes_back_costs_its_own_answer_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("micfp.audio.isolation.MOST_S", 0.3)
    results = isolated(lambda name: time.sleep(60) if name == "b" else name, ["a", "b", "c"])
    assert [str(result) for result in results] == [
        "a",
        "b: is not decoded after 0.005 minutes; convert it to WAV",
        "c",
    ]


def test_nobody_is_left_behind(tmp_path: Path) -> None:
    """A reader that stops ends the process, and so does one that is killed."""

    def work(n: int) -> int:
        (tmp_path / "new").write_text(str(os.getpid()))
        (tmp_path / "new").replace(tmp_path / "pid")
        time.sleep(0.01)
        return n

    results = isolated(work, range(10_000))
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert _gone(int((tmp_path / "pid").read_text()))

    parent = os.fork()
    if parent == 0:
        for _ in isolated(work, range(10_000)):
            pass
        os._exit(0)
    before = pid = int((tmp_path / "pid").read_text())
    while pid == before:
        pid = int((tmp_path / "pid").read_text())
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert _gone(pid)


def _gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if "(zombie)" in Path(f"/proc/{pid}/status").read_text():
            return True
        time.sleep(0.02)
    return False
