"""A worker of a Bayesian search and the database of its studies."""

from pathlib import Path

import pytest

from micfp.config import Params, parse_params
from micfp.errors import MicfpError
from micfp.steps import draw
from micfp.steps.task import Spec, Task


def spec_of(storage: str | None) -> Spec:
    params = parse_params({"search": {"method": "bayesian", "storage": storage}}, "here")
    task: Task = draw.task(params, (), "all", 0)
    return Spec(task.step, task.key, task.params, {}, ())


def test_studies_lie_in_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path))
    study = draw.open_study(spec_of(None))
    assert (tmp_path / ".studies" / "studies.db").exists()
    assert draw.finished(study, None) == []
    assert draw.open_study(spec_of(None)).study_name == study.study_name


@pytest.mark.parametrize(
    ("storage", "reason"),
    [
        ("sqlite:////nowhere/at/all.db", "unable to open database file"),
        ("postgresql+none://127.0.0.1/micfp", "postgresql.none"),
        ("nonsense://127.0.0.1/micfp", "nonsense"),
    ],
)
def test_database_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: str, reason: str
) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path))
    with pytest.raises(MicfpError) as raised:
        draw.open_study(spec_of(storage))
    said = str(raised.value)
    assert said.startswith(f"search.storage: {storage} cannot be used (")
    assert reason in said
    assert said.endswith("then run again: what was drawn is kept")
    assert "\n" not in said


def test_database_that_was_taken_away_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    file = tmp_path / "studies.db"
    study = draw.open_study(spec_of(f"sqlite:///{file}"))
    file.write_bytes(b"no database " * 1000)
    with pytest.raises(MicfpError, match=r"studies.db cannot be used \(.*not a database"):
        draw.finished(study, f"sqlite:///{file}")


@pytest.mark.parametrize(
    ("storage", "sentence"),
    [
        ("studies.db", "no address of a database"),
        ("postgresql://me:secret@host/micfp", "leave the password out"),
    ],
)
def test_address_that_cannot_be_is_refused(storage: str, sentence: str) -> None:
    with pytest.raises(MicfpError, match=sentence) as raised:
        parse_params({"search": {"storage": storage}}, "here")
    assert "secret" not in str(raised.value)
    assert Params().search.storage is None
