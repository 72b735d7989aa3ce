"""Curves of a training in a real MLflow database while it runs."""

from pathlib import Path

import pytest
from mlflow_database import query

from micfp.engine.task import Spec
from micfp.models.training import Epoch
from micfp.tracking.live import live_run, write_place

SPEC = Spec(
    step="train",
    key="0" * 32,
    params={"name": "small", "split": {"kind": "by_content"}},
    inputs={},
    audio=(),
    needs=("matrix/" + "1" * 32,),
)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "work"))
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    write_place(f"sqlite:///{tmp_path / 'mlflow.db'}", "trial")
    return tmp_path / "mlflow.db"


def epoch(number: int) -> Epoch:
    """An epoch whose losses say its number: 1 / number."""
    return Epoch(number, 1e-3, 2 / number, 0.5, 1 / number, 0.25)


def losses(database: Path) -> list[tuple[int, float]]:
    sql = "select step, value from metrics where key = 'validation_loss' order by step, timestamp"
    return [(step, value) for step, value in query(database, sql)]


def test_every_epoch_is_there_before_the_next_begins(database: Path) -> None:
    with live_run(SPEC) as live:
        for number in (1, 2, 3):
            live.epoch(epoch(number))
            assert losses(database) == [(n, 1 / n) for n in range(1, number + 1)]
            assert query(database, "select status from runs") == [("RUNNING",)]
        live.metrics({"accuracy": 0.75})
    assert query(database, "select name, status from runs") == [("small", "FINISHED")]
    assert query(database, "select value from metrics where key = 'accuracy'") == [(0.75,)]
    tags = dict(query(database, "select key, value from tags"))
    assert tags["micfp.address"] == f"train/{SPEC.key}"
    assert tags["micfp.data"] == SPEC.needs[0]
    params = dict(query(database, "select key, value from params"))
    assert params == {"name": "small", "split.kind": "by_content"}


def test_a_training_that_goes_on_after_a_kill_goes_on_in_its_run(database: Path) -> None:
    def cut_off() -> None:
        with live_run(SPEC) as live:
            live.epoch(epoch(1))
            live.epoch(epoch(2))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    assert query(database, "select status from runs") == [("FAILED",)]
    with live_run(SPEC) as live:
        assert query(database, "select status from runs") == [("RUNNING",)]
        for number in (1, 2, 3):  # the loop tells of those that were there, too
            live.epoch(epoch(number))
    assert losses(database) == [(1, 1.0), (2, 0.5), (3, 1 / 3)]
    assert query(database, "select status from runs") == [("FINISHED",)]


def test_training_goes_on_without_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_place("http://127.0.0.1:9", "trial")  # the port of `discard`: nobody listens
    with live_run(SPEC) as live:
        for number in range(1, 4):
            live.epoch(epoch(number))
        live.metrics({"accuracy": 1.0})
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1, said  # once, and not once an epoch
    assert "training goes on without it" in said[0]


def test_training_is_silent_where_nobody_said_where_to_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with live_run(SPEC) as live:
        live.epoch(epoch(1))
    assert capsys.readouterr().err == ""
    assert not list(tmp_path.iterdir())
