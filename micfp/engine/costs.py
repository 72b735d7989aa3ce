"""How long tasks take, learned from earlier results of the store: only the packing of jobs uses it.

`.costs/<stage>.txt` has a line for each result that was made: what it was a kind of
(`Task.cost_kind`), and its CPU seconds per MB (`Task.size_mb`).
"""

import functools
import re
import statistics
from collections import defaultdict
from pathlib import Path

from micfp.engine import store
from micfp.engine.packing import Cost
from micfp.engine.task import Spec, Task

LINE = re.compile(r"^(\w{32}) (\d+\.\d{6})$", re.MULTILINE)  # of a torn one nothing is taken
CHARACTERS_READ = 1_000_000
LAST_RESULTS = 31


def note_cost(spec: Spec, seconds: float) -> None:
    """Note how many CPU seconds a result took."""
    path = _file(spec.step)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as file:
        file.write(f"{spec.cost_kind} {seconds / spec.size_mb:.6f}\n")


def learned_costs() -> Cost:
    """About how many seconds per task takes, by what the store knows now.

    The median of the last results of this stage and kind, else the stage's default, times the size.
    """

    @functools.cache
    def medians_of(step: str) -> dict[str, float]:
        last: dict[str, list[float]] = defaultdict(list)
        path = _file(step)
        text = path.read_text(encoding="ascii", errors="replace") if path.exists() else ""
        for kind, s_per_mb in LINE.findall(text[-CHARACTERS_READ:]):
            last[kind].append(float(s_per_mb))
        return {kind: statistics.median(rates[-LAST_RESULTS:]) for kind, rates in last.items()}

    @functools.cache
    def cost_s(task: Task) -> float:
        return medians_of(task.step).get(task.cost_kind, task.stage.s_per_mb) * task.size_mb

    return cost_s


def _file(step: str) -> Path:
    return store.store_root() / ".costs" / f"{step}.txt"
