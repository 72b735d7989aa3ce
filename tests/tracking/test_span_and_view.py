"""When a run was at work, and the view that an experiment opens with."""

import json
from pathlib import Path

import pytest

from micfp.engine.run import cost_path
from micfp.tracking.client import connected
from micfp.tracking.span import Span, span_of
from micfp.tracking.view import NOTE, TAG, set_view


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "work"))


def cost(step: str, key: str, **values: object) -> None:
    path = cost_path(step, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))


def test_it_ends_with_the_last_and_is_as_long_as_all_together() -> None:
    cost("fit", "a", wall_s=2.5, ended="1970-01-01T00:01:00Z")
    cost("fit", "b", wall_s=1.25, ended="1970-01-01T00:00:10Z")
    assert span_of(["fit/a"]) == Span(57_500, 60_000)
    assert span_of(["fit/b", "fit/a"]) == Span(60_000 - 3_750, 60_000)


def test_a_cost_that_is_not_known_counts_nothing() -> None:
    cost("fit", "a", wall_s=2.5)  # of a version that did not write when it ended
    assert span_of(["fit/a", "fit/gone"]) is None


def test_the_view_is_kept_and_what_a_person_wrote_stays(tmp_path: Path) -> None:
    with connected(f"sqlite:///{tmp_path / 'mlflow.db'}", then="") as client:
        number = client.create_experiment("mine", str(tmp_path / "artifacts"))
        set_view(client, number)
        tags = client.get_experiment(number).tags
        assert json.loads(tags[TAG])["searchFilter"] == ""
        assert f"#/experiments/{number}/runs" in tags[NOTE]
        client.set_experiment_tag(number, NOTE, "What I look for")
        client.set_experiment_tag(number, TAG, "{}")
        set_view(client, number)
        tags = client.get_experiment(number).tags
        assert tags[NOTE] == "What I look for"
        assert json.loads(tags[TAG])["searchFilter"] == ""
