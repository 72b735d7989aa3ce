"""Damage recordings, put them through micfp, and say what came of it.

    python -m tests.fuzz.run --number 10000 --seed 1 2 --write

prints the table, and writes it into docs/reliability.md. One mutant again, kept in a folder:

    python -m tests.fuzz.run --seed 1 --only 42
"""

import argparse
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from queue import SimpleQueue

from micfp.engine.run import ENVIRONMENT
from tests.fuzz.mutants import Mutant, make_mutant
from tests.fuzz.originals import read_originals, write_originals
from tests.fuzz.worker import MOST_BYTES, MOST_SECONDS, Result, Worker

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
ROWS = {
    "answer": "answer",
    "sentence": "one sentence (`MicfpError`)",
    "exception": "another exception",
    "inconsistency": "answers that contradict each other",
    "signal": "process died",
    "hang": f"more than {MOST_SECONDS} s",
    "memory": f"more than {MOST_BYTES / 1e9:.0f} GB",
}
GOOD = ("answer", "sentence")


def main() -> int:
    """Examine mutants; 1 where one got neither an answer nor a sentence."""
    asked = _arguments()
    os.environ.update(ENVIRONMENT)  # of the workers
    columns: dict[int, list[Result]] = {}
    with prepared() as folder:
        for seed in asked.seed:
            columns[seed] = []
            indices = range(asked.number) if asked.only is None else [asked.only]
            for result in examined(folder, seed, indices, asked.workers):
                columns[seed].append(result)
                if asked.only is not None or result.outcome.kind not in GOOD:
                    mutant = make_mutant(read_originals(folder / "originals"), seed, result.index)
                    asked.keep.mkdir(parents=True, exist_ok=True)
                    kept = asked.keep / f"{seed}-{result.index}-{mutant.name}"
                    kept.write_bytes(mutant.content)
                    print(f"{described(result, seed, mutant)}\n    {kept}", flush=True)
    text = table(columns)
    print(text)
    if asked.write:
        write(text)
    return any(r.outcome.kind not in GOOD for r in chain(*columns.values()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--number", type=int, default=300, help="how many mutants for each seed")
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="of all that is drawn")
    parser.add_argument("--only", type=int, metavar="I", help="examine this mutant alone")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--keep",
        type=Path,
        default=Path(tempfile.gettempdir()) / "micfp-fuzz",
        help="folder for mutants that got no answer and no sentence (default: %(default)s)",
    )
    parser.add_argument("--write", action="store_true", help="write the table into the page")
    asked = parser.parse_args()
    if asked.write and asked.only is not None:
        parser.error("--write needs more than one mutant")
    return asked


@contextmanager
def prepared() -> Iterator[Path]:
    """A passing folder with what workers need: `originals`, and a `model` fitted on noise."""
    from tests.small_model import fit_under

    with tempfile.TemporaryDirectory(prefix="micfp-fuzz-") as name:
        folder = Path(name)
        (folder / "originals").mkdir()
        write_originals(folder / "originals")
        (folder / "model").symlink_to(fit_under(folder / "fitting"))
        yield folder


def examined(
    folder: Path, seed: int, indices: Sequence[int], n_workers: int = 1
) -> Iterator[Result]:
    """Results of mutants as they come, from workers side by side."""
    n_workers = min(n_workers, len(indices))
    results: SimpleQueue[Result | None] = SimpleQueue()

    def work(first: int) -> None:
        try:
            with Worker(folder, seed) as worker:
                for index in indices[first::n_workers]:
                    results.put(worker.examine(index))
        finally:
            results.put(None)

    with ThreadPoolExecutor(n_workers) as pool:
        shares = [pool.submit(work, first) for first in range(n_workers)]
        for _ in shares:
            yield from iter(results.get, None)
        for share in shares:
            share.result()


def described(result: Result, seed: int, mutant: Mutant) -> str:
    """One result in words, with the command that gives it again."""
    outcome = result.outcome
    return (
        f"{outcome.kind} {outcome.step}: {outcome.detail}\n"
        f"    {mutant.name}: {', '.join(mutant.damage)}; {len(mutant.content)} bytes, "
        f"{result.seconds:.2f} s, {result.memory_bytes / 1e6:.0f} MB\n"
        f"    python -m tests.fuzz.run --seed {seed} --only {result.index}"
    )


def table(columns: dict[int, list[Result]]) -> str:
    """What came of the mutants of each seed, in Markdown."""
    counts = {seed: Counter(r.outcome.kind for r in rs) for seed, rs in columns.items()}
    rows = [["what came of it", *(f"seed {seed}" for seed in columns)]]
    rows.append(["---", *("---:" for _ in columns)])
    rows.append(["files", *(str(len(results)) for results in columns.values())])
    for kind, words in ROWS.items():
        rows.append([words, *(str(counts[seed][kind]) for seed in columns)])
    rows.append(["longest, s", *(f"{max(r.seconds for r in rs):.2f}" for rs in columns.values())])
    rows.append(
        [
            "most memory of a process, MB",
            *(f"{max(r.memory_bytes for r in rs) / 1e6:.0f}" for rs in columns.values()),
        ]
    )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write(text: str) -> None:
    """Put the table between its marks in the page."""
    page = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(r"(<!-- fuzz -->\n).*?(<!-- end -->)", re.S)
    new, n_found = pattern.subn(lambda match: f"{match[1]}{text}\n{match[2]}", page)
    assert n_found == 1
    PAGE.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
