"""The SQLite database of MLflow is there whole or not at all."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

CODE = """
from micfp.tracking.client import connected
with connected("sqlite:///runs.db", then="") as client:
    print(client.create_experiment("{name}"))
"""


def creator(folder: Path, name: str) -> "subprocess.Popen[str]":
    """A process that opens the database and makes an experiment in it."""
    return subprocess.Popen(
        [sys.executable, "-c", CODE.format(name=name)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_kill_while_it_is_made_and_two_makers_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    killed = creator(tmp_path, "killed")
    end = time.monotonic() + 60
    # MLflow makes its tables, then changes them in steps: the kill comes amidst
    while not [f for f in tmp_path.glob(".runs.db-*/runs.db") if f.stat().st_size > 300_000]:
        assert killed.poll() is None
        assert time.monotonic() < end
        time.sleep(0.005)
    killed.kill()
    killed.communicate()
    assert not (tmp_path / "runs.db").exists()

    both = [creator(tmp_path, name) for name in ("a", "b")]
    said = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert sorted(int(out) for out, _ in said) == [1, 2]
    assert sorted(p.name for p in tmp_path.iterdir() if "runs.db" in p.name) == ["runs.db"]
