"""What is wanted and what the store lacks of it."""

from collections.abc import Callable, Iterable

from micfp.engine import store
from micfp.engine.task import Task


def missing(
    wanted: Iterable[Task], take_back: Callable[[str], bool] = lambda address: False
) -> list[Task]:
    """Wanted tasks, and what they need, that the store lacks; needs before those who need them.

    take_back: puts the result of an address into the store, if it can.
    """
    there: dict[str, set[str]] = {}
    seen: set[str] = set()
    ordered: list[Task] = []

    def visit(task: Task) -> None:
        if task.address in seen:
            return
        seen.add(task.address)
        keys = there.setdefault(task.step, store.present(task.step))
        if task.key in keys:
            return
        if take_back(task.address):
            task.write_spec()
            return
        for needed in task.needs():
            visit(needed)
        ordered.append(task)

    for task in wanted:
        visit(task)
    return ordered
