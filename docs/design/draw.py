"""Draws the parts of architecture.md that follow from the code: packages, stages, studies.

python docs/design/draw.py          prints the page
python docs/design/draw.py --write  writes it
"""

import ast
import re
import sys
import tomllib
from pathlib import Path

from micfp.engine.task import Task
from micfp.plan.experiment import plan_experiment
from micfp.plan.params import Params
from micfp.plan.stages import STAGES
from micfp.studies.registry import STUDIES

CHECKOUT = Path(__file__).parents[2]
PAGE = Path(__file__).with_name("architecture.md")


def packages() -> str:
    """A row for each layer of the contracts in pyproject.toml, the highest first."""
    text = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    rows = ["| layer | package | what it holds |", "|---|---|---|"]
    for number, layer in enumerate(layers):
        for name in layer.split(" : "):
            rows.append(f"| {len(layers) - number} | `{name}` | {_said(name)} |")
    return "\n".join(rows)


def _said(name: str) -> str:
    """The first line of what a package or file says of itself."""
    path = CHECKOUT / "micfp" / name / "__init__.py"
    if not path.exists():
        path = CHECKOUT / "micfp" / f"{name}.py"
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return said.partition("\n")[0].rstrip(".")


def stages() -> str:
    """The stages of `all`, and what each reads, as a Mermaid flow chart."""
    edges: dict[tuple[str, str], None] = {}
    waiting: list[Task] = [plan_experiment(Params()).figures]
    seen = set()
    while waiting:
        task = waiting.pop(0)
        if task.address not in seen:
            seen.add(task.address)
            edges |= {(needed.step, task.step): None for needed in task.needs()}
            waiting += task.needs()
    order = list(STAGES)
    lines = [f"  {a} --> {b}" for a, b in sorted(edges, key=lambda e: tuple(map(order.index, e)))]
    return "\n".join(["```mermaid", "flowchart LR", *lines, "```"])


def studies() -> str:
    """A row for each study: its target, what it does, its stages."""
    rows = ["| target | what it does | stages of its own |", "|---|---|---|"]
    for study in STUDIES.values():
        own = ", ".join(f"`{stage.name}`" for stage in study.stages)
        rows.append(f"| `{study.target}` | {study.does} | {own} |")
    return "\n".join(rows)


def drawn(page: str) -> str:
    """The page with what is between its marks drawn anew."""
    for draw in (packages, stages, studies):
        name = draw.__name__
        page = re.sub(
            rf"<!-- {name} -->\n.*?<!-- end -->",
            lambda _, draw=draw, name=name: f"<!-- {name} -->\n{draw()}\n<!-- end -->",  # type: ignore[misc]
            page,
            flags=re.DOTALL,
        )
    return page


if __name__ == "__main__":
    new = drawn(PAGE.read_text(encoding="utf-8"))
    if "--write" in sys.argv:
        PAGE.write_text(new, encoding="utf-8")
    else:
        print(new, end="")
