"""Keeping the store: what it holds, what is damaged, what is to be made again."""

import contextlib
import re
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micfp.engine import pulled, store
from micfp.engine.coordinator import hold_directory
from micfp.engine.places import MARKERS, published_addresses
from micfp.engine.records import reached, read_needs, read_records
from micfp.engine.run import called, cost_path
from micfp.engine.task import read_spec
from micfp.errors import MicfpError
from micfp.progress import progress


@dataclass(frozen=True)
class Held:
    """A result in the store; `used_s`: when it was made or last wanted by a run, since 1970."""

    address: str
    size_bytes: int
    used_s: float

    def as_text(self) -> str:
        """Address, size, last use and what a person calls it."""
        size, used = size_text(self.size_bytes), time_text(self.used_s)
        return f"{self.address}  {size:>9}  {used}  {called_by(self.address)}"


def held(step: str | None = None) -> list[Held]:
    """What the store holds, of all steps or one."""
    wanted_s = _wanted_s()
    found = []
    for address in contents().addresses:
        if step is None or address.startswith(f"{step}/"):
            with contextlib.suppress(FileNotFoundError):
                path = store.store_root() / address
                used_s = max(path.stat().st_mtime, wanted_s.get(address, 0.0))
                found.append(Held(address, _size(path), used_s))
    return found


@dataclass(frozen=True)
class Contents:
    """Addresses of results that micfp made, and what else lies in the store, which stays."""

    addresses: tuple[str, ...]
    foreign: tuple[Path, ...]


def contents() -> Contents:
    """What lies in the store.

    A result is a folder with a key for its name, of a stage of which the store has a specification
    or sums under this key; a link, to whatever it leads, is none. Raises MicfpError for a folder
    that is no store.
    """
    if not store.check_marked():
        return Contents((), ())
    noted = {*noted_files(".specs"), *noted_files(".sums")}
    stages = {address.partition("/")[0] for address in noted}
    addresses, foreign = [], []
    for stage in _visible(store.store_root()):
        if stage.name not in stages or stage.is_symlink() or not stage.is_dir():
            foreign.append(stage)
            continue
        found = {f"{stage.name}/{path.name}" for path in store.real_folders(stage)} & noted
        addresses += sorted(found)
        foreign += [path for path in _visible(stage) if f"{stage.name}/{path.name}" not in found]
    return Contents(tuple(addresses), tuple(foreign))


def noted_files(kind: str) -> dict[str, Path]:
    """What is noted of results in a hidden folder of the store, by their addresses."""
    return {
        f"{folder.name}/{file.stem}": file
        for folder in store.real_folders(store.store_root() / kind)
        for file in folder.glob("*.json")
        if re.fullmatch(store.KEY, file.stem)
    }


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _size(path: Path) -> int:
    return sum(file.lstat().st_size for file in store.files_of(path).values())


def _wanted_s() -> dict[str, float]:
    """When a run last wanted each result, itself or for what is made from it."""
    wanted: dict[str, float] = {}
    for record in sorted(read_records(), key=lambda record: record.time_s, reverse=True):
        waiting = list(record.addresses)
        while waiting:
            address = waiting.pop()
            if address not in wanted:
                wanted[address] = record.time_s
                waiting += read_needs(address)
    return wanted


def called_by(address: str) -> str:
    """A result as a person calls it; its step where the store does not know more."""
    step, _, key = address.partition("/")
    try:
        return called(read_spec(step, key))
    except MicfpError:
        return step


# --- what is damaged ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verified:
    """A result that is not known to be whole.

    what: what is wrong with it, a sentence a file; nothing where it was written by an earlier
    version, which did not note contents. made_from_it: how many results were.
    """

    address: str
    what: tuple[str, ...]
    made_from_it: int
    moved_to: Path | None

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "address": self.address,
            "damage": list(self.what),
            "made_from_it": self.made_from_it,
            "moved_to": None if self.moved_to is None else str(self.moved_to),
        }

    def as_text(self) -> str:
        """What is damaged, where it went, and what to do about results made from it."""
        text = f"{self.address}: {'; '.join(self.what)}; moved to {self.moved_to}"
        if self.made_from_it:
            text += (
                f"\n    {self.made_from_it} results were made from it: right where that was before "
                f"the damage; `micfp store rm {self.address}` has them made again too"
            )
        return text


def verify() -> Iterator[Verified]:
    """Read every result again; move what is damaged out of the way, so that it is made again.

    Raises MicfpError where a damaged result cannot be moved.
    """
    everything = contents().addresses
    for address in progress(everything, len(everything), "reading results"):
        step, _, key = address.partition("/")
        found = store.damage(step, key)
        if not store.entry_path(step, key).exists():
            continue  # another process has removed it
        if not found.known:
            yield Verified(address, (), 0, None)
        elif found.what:
            made = len(made_from([address])) - 1
            moved_to = store.store_root() / ".damaged" / step
            moved = store.take_out(step, key, moved_to)
            _publish_again([address])
            yield Verified(address, found.what, made, moved_to if moved else None)


# --- what is to be made again ---------------------------------------------------------------------


def made_from(addresses: Iterable[str]) -> set[str]:
    """Addresses and all results that were made from them, as the store's specifications say."""
    users: dict[str, list[str]] = defaultdict(list)
    for user in noted_files(".specs"):
        for needed in read_needs(user):
            users[needed].append(user)
    return reached(addresses, lambda address: users[address])


def to_forget(names: Iterable[str], alone: bool = False) -> list[Held]:
    """Results that go when results of these names (`STEP` or `STEP/KEY`) are to be made again.

    alone: without what was made from them. A key may be shortened. Raises MicfpError for a name
    that the store does not know, and for a result with files that micfp did not write.
    """
    known = {*noted_files(".specs"), *contents().addresses}
    asked: set[str] = set()
    for name in names:
        found = {a for a in known if a.startswith(name if "/" in name else f"{name}/")}
        if not found:
            steps = ", ".join(sorted({a.partition("/")[0] for a in known})) or "nothing"
            raise MicfpError(f"{name}: the store has no such result; it has {steps}")
        asked |= found
    gone = asked if alone else made_from(asked)
    going = [result for result in held() if result.address in gone]
    for result in going:
        if strange := store.foreign_files(*result.address.split("/")):
            raise MicfpError(f"{strange[0]}: not written by micfp; move it out of the store first")
    return going


def forget(results: Collection[Held]) -> int:
    """Take results out of the store and let them be published again; return how many went.

    Raises MicfpError where a run is at work in this directory.
    """
    hold_directory()
    gone = 0
    with store.locked(store.PLANS):
        for result in results:
            step, _, key = result.address.partition("/")
            if store.take_out(step, key):
                cost_path(step, key).unlink(missing_ok=True)
                gone += 1
    pulled.forget({result.address for result in results})
    _publish_again([result.address for result in results])
    return gone


def _publish_again(addresses: Iterable[str]) -> None:
    """A run looks no further than what is published: forget that these results are."""
    for marker in MARKERS.glob("*"):
        with contextlib.suppress(MicfpError):
            if not set(published_addresses(marker.name)).isdisjoint(addresses):
                marker.unlink(missing_ok=True)


# --- said to people -------------------------------------------------------------------------------


def by_step(results: Iterable[Held]) -> list[tuple[str, int, int, float]]:
    """Step, number of results, bytes and last use of each step."""
    steps: dict[str, list[Held]] = defaultdict(list)
    for result in results:
        steps[result.address.partition("/")[0]].append(result)
    return [
        (step, len(own), sum(r.size_bytes for r in own), max(r.used_s for r in own))
        for step, own in sorted(steps.items())
    ]


def table_by_step(results: Iterable[Held]) -> str:
    """A line per step and one for all."""
    rows = by_step(results)
    if len(rows) > 1:
        used_s = max(row[3] for row in rows)
        rows.append(("all", sum(row[1] for row in rows), sum(row[2] for row in rows), used_s))
    lines = [f"{'step':18} {'results':>8} {'size':>9}  last used"]
    lines += [f"{s:18} {n:8} {size_text(b):>9}  {time_text(used_s)}" for s, n, b, used_s in rows]
    return "\n".join(lines)


def size_text(size_bytes: float) -> str:
    """Bytes as a person reads them."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.1f} {unit}"
    return f"{size_bytes:.0f} B"


def time_text(since_1970_s: float) -> str:
    """A local time to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(since_1970_s))
