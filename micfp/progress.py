"""One way to show how far long work is."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

shown = True
"""Whether a person wants to know: `--quiet` says no."""


def progress(iterable: Iterable[Item], total: int, label: str) -> Iterator[Item]:
    """Yield the items and say on stderr how far the work is.

    A tqdm bar on a terminal; elsewhere a plain line about every 10 %. `total`: number of items,
    >= 0; `label`: what is being done.
    """
    if not shown:
        yield from iterable
        return
    if sys.stderr.isatty():
        from tqdm import tqdm

        yield from tqdm(iterable, total=total, desc=label, unit="", leave=False)
        return
    tenths = 0
    for done, item in enumerate(iterable, start=1):
        yield item
        tenth = 10 * done // total if total else 10
        if tenth > tenths:
            tenths = tenth
            print(f"{label}: {done} of {total}", file=sys.stderr, flush=True)
