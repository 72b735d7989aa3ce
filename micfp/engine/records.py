"""What runs wanted, as the store remembers it, so that nothing they use is removed.

A record is a file `<store>/.plans/<digest>.json` with the checkout that planned, the target and
the addresses of what it publishes. Its time is that of the last plan.
"""

import contextlib
import json
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micfp.engine import store
from micfp.engine.task import needs_in, spec_path
from micfp.errors import MicfpError


@dataclass(frozen=True)
class Record:
    """A plan that was made on this store; `time_s` in seconds since 1970."""

    file: Path
    folder: Path
    node: str
    target: str
    addresses: tuple[str, ...]
    time_s: float


@contextlib.contextmanager
def planning(target: str, entries: Mapping[str, Any]) -> Iterator[None]:
    """Record what a run wants while it looks what the store has; nothing is removed meanwhile.

    entries: addresses, or mappings of them. Where the store may not be written nothing is recorded:
    a run that needs nothing new works there.
    """
    content = {
        "folder": str(Path.cwd()),
        "node": platform.node(),
        "target": target,
        "addresses": sorted(set(addresses_in(entries))),
    }
    with contextlib.ExitStack() as held:
        with contextlib.suppress(MicfpError):
            held.enter_context(store.locked(store.PLANS, shared=True))
            store.write_whole(_folder() / f"{store.digest(content)}.json", json.dumps(content))
        yield


def read_records() -> list[Record]:
    """Every plan that the store remembers.

    Raises MicfpError for a record that is damaged: what it wanted is not known.
    """
    records = []
    for file in sorted(_folder().glob("*.json")):
        with contextlib.suppress(FileNotFoundError):
            records.append(_read(file))
    return records


def _read(file: Path) -> Record:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return Record(
            file,
            Path(content["folder"]),
            content["node"],
            content["target"],
            tuple(content["addresses"]),
            file.stat().st_mtime,
        )
    except (ValueError, KeyError, TypeError):
        raise MicfpError(
            f"{file}: not a record of a plan; remove it, and run `snakemake -n` in the checkouts "
            "on this store, which writes it anew"
        ) from None


def read_needs(address: str) -> list[str]:
    """Addresses of what a result is made from; none where the store has no specification of it.

    A Bayesian study names its trials once it is done.
    """
    step, _, key = address.partition("/")
    try:
        needs = needs_in(json.loads(spec_path(step, key).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        needs = []
    with contextlib.suppress(FileNotFoundError, ValueError):
        if step == "study":
            text = (store.entry_path(step, key) / "trials.json").read_text(encoding="utf-8")
            needs += [trial["address"] for trial in json.loads(text)]
    return needs


def with_needs(addresses: Iterable[str]) -> set[str]:
    """Addresses and all that these results are made from."""
    return reached(addresses, read_needs)


def reached(addresses: Iterable[str], after: Callable[[str], Iterable[str]]) -> set[str]:
    """Addresses, what comes `after` each of them, what comes after that, and so on."""
    found: set[str] = set()
    waiting = list(addresses)
    while waiting:
        address = waiting.pop()
        if address not in found:
            found.add(address)
            waiting += after(address)
    return found


def addresses_in(entries: Any) -> list[str]:
    """Addresses in mappings of mappings of them."""
    if isinstance(entries, Mapping):
        return [address for inner in entries.values() for address in addresses_in(inner)]
    return [str(entries)]


def _folder() -> Path:
    return store.store_root() / ".plans"
