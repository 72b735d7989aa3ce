"""How long tasks take: defaults of stages, and what earlier results of the store took."""

from pathlib import Path

import pytest

from micfp.engine import store
from micfp.engine.costs import LAST_RESULTS, learned_costs, note_cost
from micfp.engine.stage import Stage
from micfp.engine.task import Recording, Task, read_spec

CHECK = Stage("check", 1, "nowhere", s_per_mb=0.5)
FIT = Stage("fit", 1, "nowhere", s_per_mb=0.1, cost_by=("classifier",))


@pytest.fixture(autouse=True)
def _store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path))


def check(mb: float) -> Task:
    return Task(CHECK, {}, audio=(Recording("r", "r.wav", {}, round(mb * 1e6)),))


def fit(classifier: str, seed: int = 0, *tables: Task) -> Task:
    return Task(FIT, {"classifier": classifier, "seed": seed}, {"dataset": tables})


def took(task: Task, seconds: float) -> None:
    task.write_spec()
    note_cost(read_spec(task.step, task.key), seconds)


def test_a_stage_has_a_default_for_each_mb() -> None:
    cost_s = learned_costs()
    assert cost_s(check(8)) == (2 + 8) * 0.5  # 2 MB more than there are
    assert cost_s(Task(CHECK, {})) == 2 * 0.5
    # what opens no audio is as large as the largest that goes in: 10 MB, or 5 and 5
    small, large = check(3), check(8)
    assert fit("nb", 0, large).size_mb == fit("nb", 0, small, small).size_mb == 10
    judged = Task(CHECK, {}, {"a": (small,), "b": (large,), "c": (small, small, small)})
    assert judged.size_mb == 15


def test_it_is_learned_for_each_kind_and_scaled_by_size() -> None:
    took(fit("gb", 1, check(8)), 50.0)  # 5 s per MB
    cost_s = learned_costs()
    assert cost_s(fit("gb", 2, check(18))) == pytest.approx(100)
    assert cost_s(fit("nb", 2, check(18))) == pytest.approx(20 * 0.1)


def test_the_median_of_the_last_results_counts() -> None:
    for seconds in (1.0, 2.0, 900.0):
        took(fit("nb"), seconds)
    assert learned_costs()(fit("nb")) == pytest.approx(2.0)
    before = learned_costs()
    assert before(fit("nb")) == pytest.approx(2.0)
    for _ in range(LAST_RESULTS):
        took(fit("nb"), 8.0)
    assert learned_costs()(fit("nb")) == pytest.approx(8.0)
    assert before(fit("nb")) == pytest.approx(2.0)  # within one plan it stays


def test_torn_lines_are_passed_over() -> None:
    took(fit("nb"), 4.0)
    path = store.store_root() / ".costs" / "fit.txt"
    whole = path.read_text()
    path.write_text(whole[:20] + "\n" + whole + "\xff" + whole[:-4])
    assert learned_costs()(fit("nb")) == pytest.approx(4.0)
