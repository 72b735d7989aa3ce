"""Results that travel with results/: published whole, and taken back into a store that lacks them.

`results/store/<target>/<step>/<key>/` holds what a fresh clone needs, after `dvc pull`, to make
nothing again that has not changed; `manifest.json` beside it the content digest of every file, and
what its step was told.
"""

import contextlib
import functools
import json
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micfp.engine import store
from micfp.engine.records import addresses_in, reached, read_needs
from micfp.engine.run import cost_path, read_cost
from micfp.engine.stage import Stage
from micfp.engine.task import spec_path

HELD = Path("results") / "store"
MANIFEST = "manifest.json"
COSTS = ".costs.json"  # other ones each time that the same results are made


@dataclass(frozen=True)
class Held:
    """One result under results/store: its folder, and what is said of it beside."""

    folder: Path
    sums: Mapping[str, list[Any]]
    cost: Mapping[str, Any] | None
    spec: Mapping[str, Any] | None


def publish_entries(target: str, wanted: Iterable[str], stages: Mapping[str, Stage]) -> None:
    """Put results, and what they are made from, under results/store, for other checkouts.

    wanted: addresses; stages: by their names, which say whether their results travel. Raises
    MicfpError where the store's own copy is damaged.
    """
    folder = HELD / target
    manifest, costs = {}, {}
    for address in _to_hold(target, wanted, stages):
        step, key = address.split("/")
        sums = store.noted_sums(step, key)
        there = folder / step / key
        if not there.is_dir() or store.sums(there) != sums:
            store.check_whole(step, key)
            store.copy_whole(store.entry_path(step, key), there)
        manifest[address] = {"files": sums} | _spec(step, key)
        costs[address] = read_cost(step, key)
    for step_folder in [path for path in folder.glob("*") if path.is_dir()]:
        for entry in list(step_folder.iterdir()):
            if f"{step_folder.name}/{entry.name}" not in manifest:
                shutil.rmtree(entry)
    store.write_whole(folder / MANIFEST, json.dumps(manifest))
    store.write_whole(folder / COSTS, json.dumps(costs))


def forget(addresses: Collection[str]) -> None:
    """Let results be made again, instead of being taken back or found published."""
    for path in HELD.glob(f"*/{MANIFEST}"):
        with contextlib.suppress(OSError, ValueError):
            manifest = json.loads(path.read_text(encoding="utf-8"))
            kept = {address: line for address, line in manifest.items() if address not in addresses}
            if len(kept) < len(manifest):
                store.write_whole(path, json.dumps(kept))
    for path in [HELD.parent / "run.json", *HELD.parent.glob("*/run.json")]:
        with contextlib.suppress(OSError, ValueError):
            run = json.loads(path.read_text(encoding="utf-8"))
            if "files" in run and not set(addresses_in(run["entries"])).isdisjoint(addresses):
                del run["files"]  # without them results are published again
                store.write_whole(path, json.dumps(run, indent=1))


def _to_hold(target: str, wanted: Iterable[str], stages: Mapping[str, Stage]) -> list[str]:
    """Addresses that a target holds: those wanted and what the store has of what they came from."""
    left_out = {
        name
        for name, stage in stages.items()
        if not stage.travels or (stage.of_features and target == "all")
    }

    def kept(addresses: Iterable[str]) -> list[str]:
        return [address for address in addresses if address.partition("/")[0] not in left_out]

    found = reached(kept(wanted), lambda address: kept(read_needs(address)))
    return sorted(a for a in found if (store.store_root() / a).is_dir())


def _spec(step: str, key: str) -> dict[str, Any]:
    """What the step was told, where it names no recordings: their places differ by checkout."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        content = json.loads(spec_path(step, key).read_text(encoding="utf-8"))
        if not content["audio"]:
            return {"spec": content}
    return {}


class Pulled:
    """What lies under results/store, read when first asked for."""

    @functools.cached_property
    def _held(self) -> dict[str, tuple[Held, ...]]:
        """Every copy of every result by its address: several targets may hold the same one."""
        copies: dict[str, tuple[Held, ...]] = {}
        for address, held in _read_held():
            copies[address] = (*copies.get(address, ()), held)
        return copies

    def take_back(self, address: str) -> bool:
        """Put a result into the store, verified; False where there is no copy that is whole.

        A study takes its trials along.
        """
        copies = self._held.get(address, ())
        if not copies:
            return False
        step, key = address.split("/")
        with store.locked(f"{step}-{key}"):
            if key not in store.present(step) and not _copied_from_one(copies, step, key):
                return False
        cost = next((held.cost for held in copies if held.cost), None)
        if cost and not cost_path(step, key).exists():
            store.write_whole(cost_path(step, key), json.dumps(cost))
        spec = next((held.spec for held in copies if held.spec is not None), None)
        if spec is not None and not spec_path(step, key).exists():
            store.write_whole(spec_path(step, key), json.dumps(spec))
        if step == "study":
            for needed in read_needs(address):
                self.take_back(needed)
        return True

    def take_back_all(self, target: str) -> None:
        """Put all that a target and `features` published into the store, where it lacks it."""
        folders = {HELD / target, HELD / "features"}
        for address, copies in self._held.items():
            step, key = address.split("/")
            wanted = any(not folders.isdisjoint(held.folder.parents) for held in copies)
            if wanted and not store.entry_path(step, key).exists():
                self.take_back(address)


class _DamagedError(Exception):
    """A published result is not what its manifest says."""


def _copied_from_one(copies: Sequence[Held], step: str, key: str) -> bool:
    """Whether one of the copies was whole, and is in the store now."""
    for number, held in enumerate(copies, 1):
        try:
            with store.writing(step, key) as out:
                _copy_verified(held, out)
        except _DamagedError as error:
            then = "it is made again" if number == len(copies) else "another copy of it is tried"
            print(f"micfp: {held.folder}: {error}; {then}", file=sys.stderr)
        else:
            return True
    return False


def _copy_verified(held: Held, out: Path) -> None:
    if not held.folder.is_dir():
        raise _DamagedError("missing")
    for path in held.folder.iterdir():
        store.copy_whole(path, out / path.name)
    found = store.sums(out)
    changed = sorted(name for name in held.sums if found.get(name) != held.sums[name])
    changed += sorted(found.keys() - held.sums.keys())
    if changed:
        raise _DamagedError(f"{changed[0]} is not what was published")


def _read_held() -> Iterator[tuple[str, Held]]:
    for path in sorted(HELD.glob(f"*/{MANIFEST}")):
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
            costs = json.loads(path.with_name(COSTS).read_text(encoding="utf-8"))
            for address, line in manifest.items():
                folder = path.parent / address
                yield address, Held(folder, line["files"], costs.get(address), line.get("spec"))
        except (OSError, ValueError, KeyError) as error:
            print(f"micfp: {path}: not readable ({error}); not used", file=sys.stderr)
