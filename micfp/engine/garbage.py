"""Garbage collection: what no recent plan wanted and nobody has published may go."""

import contextlib
import fcntl
import json
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from micfp.engine import store
from micfp.engine.coordinator import LOCK, hold_directory
from micfp.engine.places import RESULTS
from micfp.engine.records import Record, read_records, with_needs
from micfp.engine.storekeeping import Held, contents, held, noted_files, table_by_step
from micfp.errors import MicfpError

DAY_S = 86_400.0
# What a checkout on another machine planned counts for so long, since nobody here can see its runs.
ELSEWHERE_DAYS = 30.0
ADDRESS = re.compile(r"(?:^|/)([a-z_]+/[0-9a-f]{32})(?:/|$)")
LOCK_NAME = re.compile(r"([a-z_]+)-([0-9a-f]{32})")
BESIDE = (".specs", ".costs", ".sums")
NAMED = 6  # so many files and folders that are not micfp's are named


@dataclass(frozen=True)
class Wanted:
    """Addresses that are kept, with all that they are made from, and what was asked.

    counted: what was asked, with numbers; careful: what could not be asked, and what follows.
    """

    addresses: set[str]
    counted: tuple[str, ...]
    careful: tuple[str, ...]


@dataclass(frozen=True)
class Unused:
    """What may go, how many results stay, and why; foreign: what micfp did not make, and leaves."""

    results: tuple[Held, ...]
    foreign: tuple[Path, ...]
    kept: int
    wanted: Wanted
    since_s: float

    def as_text(self, older_than_days: float) -> str:
        """What is kept and why, what could not be asked, and what may go."""
        kept = (
            f"kept: {self.kept} results, which were used in the last {older_than_days:g} days or "
            f"are wanted by {', '.join(self.wanted.counted)}"
        )
        careful = [f"careful: {sentence}" for sentence in self.wanted.careful]
        if self.foreign:
            named = ", ".join(map(str, self.foreign[:NAMED]))
            more = f" and {len(self.foreign) - NAMED} more" if len(self.foreign) > NAMED else ""
            careful.append(f"left alone, since micfp did not make it: {named}{more}")
        unused = "every result is kept"
        if self.results:
            unused = f"unused for {older_than_days:g} days:\n{table_by_step(self.results)}"
        return "\n".join([kept, *careful, unused])


def find_unused(older_than_days: float) -> Unused:
    """Results that are older than some days, and that nothing wanted since.

    Raises
    ------
    MicfpError
        where another run is at work in this directory, or a Bayesian search on this store, whose
        intermediate results nobody can name
    """
    hold_directory()
    since_s = time.time() - older_than_days * DAY_S
    wanted = _wanted(since_s)
    everything = held()
    foreign = list(contents().foreign)
    unused = []
    for result in everything:
        if result.address not in wanted.addresses and result.used_s < since_s:
            if files := store.foreign_files(*result.address.split("/")):
                foreign += files
            else:
                unused.append(result)
    kept = len(everything) - len(unused)
    return Unused(tuple(unused), tuple(foreign), kept, wanted, since_s)


def remove_unused(unused: Unused) -> int:
    """Remove what may go, and what lies beside it; return how many results went.

    What was planned meanwhile is kept. No run is planned on this store while results go.
    """
    with store.locked(store.PLANS):
        wanted = _wanted(unused.since_s).addresses
        removed = 0
        for result in unused.results:
            if result.address not in wanted:
                stage, _, key = result.address.partition("/")
                if store.take_out(stage, key):
                    removed += 1
                    with contextlib.suppress(OSError):
                        store.entry_path(stage, key).parent.rmdir()
        _forget_plans(unused.since_s)
        _sweep(wanted)
    store.remove_unfinished()
    return removed


def _forget_plans(since_s: float) -> None:
    """Forget plans that count no longer, but for the last one of each checkout that is here.

    By that the store knows the checkout, and what it has published.
    """
    known: set[Path] = set()
    for record in sorted(read_records(), key=lambda record: record.time_s, reverse=True):
        is_last = record.folder not in known and record.folder.is_dir()
        known.add(record.folder)
        if not is_last and not _counts(record, since_s):
            record.file.unlink(missing_ok=True)


def _wanted(since_s: float) -> Wanted:
    """What is wanted by plans, published, being made, or drawn by a search that is not over."""
    careful: list[str] = []
    records = read_records()
    folders = sorted({record.folder for record in records} | {Path.cwd()})
    plans = [record for record in records if _counts(record, since_s)]
    published: set[str] = set()
    for folder in folders:
        if not folder.is_dir():
            careful.append(
                f"{folder} is not here (a checkout on another machine, or removed): what it has "
                "published is not known, and counts only where a plan wanted it"
            )
            continue
        found, not_here = _published(folder)
        published |= found
        if not_here:
            careful.append(
                f"{folder}: {not_here} outputs of DVC are not in its cache here: what they hold "
                "may go from the store, and comes back with `dvc pull`"
            )
    making = set(_being_made())
    if any(address.startswith("optuna_worker/") for address in making):
        raise MicfpError("a Bayesian search is at work on this store; wait for it")
    addresses = published | making
    addresses.update(address for record in plans for address in record.addresses)
    addresses = with_needs(addresses)
    if trials := _trials_of_unfinished(addresses):
        careful.append(
            f"a Bayesian search is not finished: all {len(trials)} trials of searches are kept"
        )
        addresses |= with_needs(trials)
    counted = (
        f"{len(plans)} plans",
        f"{len(published)} published results of {len(folders)} checkouts",
        f"{len(making)} results that are being made",
    )
    return Wanted(addresses, counted, tuple(careful))


def _counts(record: Record, since_s: float) -> bool:
    """Whether a plan is recent, or its run may still be at work."""
    if record.time_s >= since_s:
        return True
    if record.node != platform.node():
        return record.time_s >= time.time() - ELSEWHERE_DAYS * DAY_S
    return _is_at_work(record.folder)


def _is_at_work(folder: Path) -> bool:
    """Whether a run holds the lock of another checkout."""
    if folder == Path.cwd():  # which this process holds
        return False
    try:
        with open(folder / LOCK) as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _being_made() -> Iterator[str]:
    for path in sorted((store.store_root() / ".locks").glob("*-*")):
        stage, _, key = path.name.rpartition("-")
        with store.locked_if_free(path.name) as free:
            if not free:
                yield f"{stage}/{key}"


def _trials_of_unfinished(wanted: Iterable[str]) -> list[str]:
    """What a search has drawn stands in its own database until its study is in the store."""
    made = store.present("study")
    studies = [a.partition("/")[2] for a in wanted if a.startswith("study/")]
    return [] if made.issuperset(studies) else [f"trial/{k}" for k in store.present("trial")]


def _published(folder: Path) -> tuple[set[str], int]:
    """Addresses that a checkout's results/ and DVC outputs hold; how many outputs are not here."""
    results = folder / RESULTS
    names = [str(path) for path in (results / "store").glob("*/*/*")]
    for file in [*results.glob("run.json"), *results.glob("*/run.json")]:
        names += re.findall(r'"([a-z_]+/[0-9a-f]{32})"', file.read_text(encoding="utf-8"))
    outputs, not_here = _outputs_of_dvc(folder)
    return {match[1] for name in [*names, *outputs] if (match := ADDRESS.search(name))}, not_here


def _outputs_of_dvc(folder: Path) -> tuple[list[str], int]:
    """Files that the dvc.lock files of a checkout name; how many lists are not in its cache."""
    import yaml

    outputs = {
        (str(output["path"]), str(output.get("md5")))
        for file in [folder / "dvc.lock", *folder.glob("*/dvc.lock")]
        if file.exists()
        for stage in ((yaml.safe_load(file.read_text("utf-8")) or {}).get("stages") or {}).values()
        for output in stage.get("outs") or []
    }
    names, not_here = [], 0
    cache = _dvc_cache(folder) if outputs else Path()
    for path, md5 in sorted(outputs):
        names.append(path)
        if md5.endswith(".dir"):
            try:
                listed = json.loads((cache / md5[:2] / md5[2:]).read_text(encoding="utf-8"))
                names += [f"{path}/{file['relpath']}" for file in listed]
            except FileNotFoundError:
                not_here += 1
    return names, not_here


def _dvc_cache(folder: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "cache", "dir"], cwd=folder, capture_output=True, text=True
    )
    if done.returncode:
        raise MicfpError(f"{folder}: dvc cache dir: {' '.join(done.stderr.split())}")
    return Path(done.stdout.strip()) / "files" / "md5"


def _sweep(wanted: set[str]) -> None:
    """Remove specifications, costs, sums and locks of results that are not there or to come."""
    root = store.store_root()
    there = set(contents().addresses)
    for kind in BESIDE:
        for address, file in noted_files(kind).items():
            if address not in wanted | there:
                file.unlink(missing_ok=True)
    for lock in (root / ".locks").glob("*-*"):
        name = LOCK_NAME.fullmatch(lock.name)
        if name and f"{name[1]}/{name[2]}" not in there:
            with store.locked_if_free(lock.name) as free:
                if free:
                    lock.unlink()
    shutil.rmtree(root / ".damaged", ignore_errors=True)
