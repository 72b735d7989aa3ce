"""What tracking does without MLflow; the records themselves: tests/workflow/test_mlflow.py."""

import subprocess
from pathlib import Path

import pytest

from micfp import tracking
from micfp.errors import MicfpError


def test_parameters_become_flat_names() -> None:
    nested = {"seed": 42, "split": {"kind": "by_session", "test": ["b"]}, "knn": {"k": None}}
    assert tracking._flat(nested) == {
        "seed": "42",
        "split.kind": "by_session",
        "split.test": "['b']",
        "knn.k": "None",
    }


def test_long_values_fit_into_mlflow() -> None:
    (value,) = tracking._flat({"list": list(range(1000))}).values()
    assert len(value) == tracking.MOST_PARAM_LENGTH
    assert value.startswith("[0, 1, 2,")


def test_nothing_published_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MicfpError, match="nothing is published yet; run `snakemake all` first"):
        tracking.track(None)
    with pytest.raises(MicfpError, match="abc: no such order; run snakemake"):
        tracking.track("abc")


def test_studies_are_not_what_is_tracked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    markers = tmp_path / "results" / ".published"
    markers.mkdir(parents=True)
    (markers / "a").write_text('{"target": "confounds", "files": []}')
    with pytest.raises(MicfpError, match="nothing is published yet"):
        tracking._last_published()
    (markers / "b").write_text('{"target": "all", "files": []}')
    assert tracking._last_published() == "b"


def test_git_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=30
        ).stdout.strip()

    def revision() -> str:
        tracking.git_revision.cache_clear()
        return tracking.git_revision()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert revision() == "unknown"
    git("init", "-q")
    (tmp_path / "file").write_text("one\n")
    git("add", "file")
    git("commit", "-q", "-m", "one")
    head = git("rev-parse", "--short=12", "HEAD")
    assert revision() == head
    (tmp_path / "file").write_text("two\n")
    assert revision() == f"{head}-dirty"
    tracking.git_revision.cache_clear()
