"""Faults, done to the tiny pipeline for real: each ends with the bytes of an undisturbed run.

A fault is a function of a `Rig` that returns its figures. It raises AssertionError where a run gave
other bytes, computed again what was there, or said something else than one clear sentence, and
Skipped where it cannot be done here.
"""

import contextlib
import fcntl
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tiny_pipeline import Done, Place, digests, place, write_corpus

from micfp.engine import store

FOLDS = {
    "split": {"kind": "by_content", "folds": 4},
    "selection": {"kind": "by_content", "folds": 3},
}
# For kills: 16 points beside the whole experiment. For the rest: two points, which is a run of
# every step of a search, and a result a command.
LARGE = {
    "model.classifier": ["knn", "nb", "lda", "dt"],
    "preparations.plain.scaling": ["standard", "minmax"],
    "features.thesis.n_mfcc": [8, 20],
}
SMALL = {"model.classifier": ["knn", "nb"]}
# What small runs make: all but the records of a tracking server.
SEARCH = ("grid", "--until", "publish")
VARIES = ("times.csv", "grid/costs.csv", "report.html", "provenance.json")
MADE = re.compile(r"[0-9] s \(([0-9a-f]{32})\)")
PATIENCE_S = 900.0
MOST_DELAY_S = 15.0
HELD_UP_S = 8.0
TEN_YEARS_S = 10 * 365 * 86400

Figures = dict[str, Any]


class Skipped(Exception):  # noqa: N818
    """Why a fault cannot be done here, in a sentence."""


# The part of the report's appendix that says what was measured.
TIMES = re.compile(r'<div id="times">.*?(?=<details class="part">|</section>)', re.DOTALL)


@dataclass
class Rig:
    """Where faults are done, and what undisturbed runs gave.

    kills: how many; seed: of all that is drawn.
    """

    folder: Path
    kills: int = 8
    seed: int = 1
    _undisturbed: dict[str, Place] = field(default_factory=dict)

    @property
    def corpus(self) -> Path:
        """The tiny corpus."""
        root = self.folder / "corpus"
        return root if root.exists() else write_corpus(root)

    def place(self, name: str, axes: Mapping[str, Any] = SMALL, **env: str) -> Place:
        """A fresh folder with a search; its workers say at once what they made."""
        found = place(self.folder / name, self.corpus, PYTHONUNBUFFERED="1", **env)
        found.edit({"search": {"axes": [dict(axes)], **FOLDS}})
        return found

    def undisturbed(self, size: str) -> Place:
        """The folder of a run that nothing happened to: `large` (all and grid), `small` (grid)."""
        if size not in self._undisturbed:
            fresh = self.place(f"undisturbed-{size}", LARGE if size == "large" else SMALL)
            fresh.make(*(("all", "grid") if size == "large" else SEARCH))
            self._undisturbed[size] = fresh
        return self._undisturbed[size]

    def same_bytes(self, mine: Place, size: str = "small") -> int:
        """Make sure that results are those of the undisturbed run; return how many files."""
        theirs = self.undisturbed(size)
        left = list((mine.folder / "results").rglob(".*-????????"))
        assert not left, f"left behind: {left}"
        found, wanted = results_of(mine), results_of(theirs)
        odd = {name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)}
        assert not odd, f"other bytes than undisturbed: {sorted(odd)}"
        there, made = digests(theirs.store), digests(mine.store)
        odd = {name for name in made if name in there and there[name] != made[name]}
        assert not odd, f"other bytes in the store: {sorted(odd)}"
        return len(found)


def results_of(done: Place) -> dict[str, str]:
    """Digests of what is published, without what was measured; of the report, its text without."""
    results = done.folder / "results"
    found = digests(results, *VARIES)
    report = results / "report.html"
    if report.exists():
        text = report.read_text(encoding="utf-8")
        found["report.html"] = store.digest(TIMES.sub("", text))
    return found


def one_sentence(done: Done, *words: str) -> str:
    """Make sure that a run failed with one clear sentence, without a traceback; return it."""
    assert done.status != 0, f"ended well:\n{done.said}"
    assert "Traceback" not in done.said, done.said
    said = [line for line in done.said.splitlines() if all(word in line for word in words)]
    assert said, f"no sentence with {words}:\n{done.said}"
    return said[0].strip()


def once(said: str) -> int:
    """Make sure that no worker says that it made what another had made; return how many results."""
    counts = Counter(MADE.findall(said))
    twice = {key: count for key, count in counts.items() if count > 1}
    assert not twice, f"made more than once: {twice}"
    return len(counts)


def wait_for(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, f"waited {patience_s:.0f} s in vain for {what}"
        time.sleep(0.005)


def wait_until_there(path: Path, run: "Run") -> None:
    """Wait for a file or folder that a run makes."""
    wait_for(lambda: path.exists() or run.process.poll() is not None, str(path))
    assert path.exists(), f"{path} was not made:\n{run.said}"


# --- kills ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Process:
    """A process of a run: `coordinator`, `worker` (step, publish, track), `shell` or `other`."""

    pid: int
    kind: str


def processes(sessions: set[int]) -> list[Process]:
    """Living processes of runs; a run's first process and its session have one number."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            state, _, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(session) not in sessions or state == "Z":
                continue
            words = (folder / "cmdline").read_text().split("\0")
            pid, kind = int(folder.name), "other"
            if pid in sessions:
                kind = "coordinator"
            elif any(word.endswith("/micfp") for word in words[:2]) or words[0] == "micfp":
                kind = "worker"
            elif words[0].rpartition("/")[2] in ("bash", "sh", "tee"):
                kind = "shell"
            found.append(Process(pid, kind))
    return sorted(found, key=lambda p: p.pid)


@dataclass
class Run:
    """A run in the background, whose words go to a file, also those of workers that outlive it."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @classmethod
    def start(cls, where: Place, log: Path, *targets: str) -> "Run":
        """Start Snakemake in a session of its own."""
        with log.open("wb") as words:
            process = subprocess.Popen(
                ["snakemake", "-j2", *targets],
                cwd=where.folder,
                env=where.environment,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(process, log)

    @property
    def said(self) -> str:
        """What it has said until now."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def end(self) -> Done:
        """Wait for its end."""
        return Done(self.process.wait(PATIENCE_S), self.said)

    def stop(self) -> None:
        """Kill all of it that is left."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for left in processes({self.process.pid}):
            with contextlib.suppress(ProcessLookupError):
                os.kill(left.pid, signal.SIGKILL)
        self.process.wait()


def kill_one(run: Run, rng: random.Random) -> str | None:
    """Kill a process of a run at a random moment; what it was, or None where the run ended first.

    `everything` is a power cut: all processes at once.
    """
    kind = rng.choice(["coordinator", "worker", "worker", "shell", "everything"])
    moment = time.monotonic() + rng.uniform(0, MOST_DELAY_S)
    sessions = {run.process.pid}
    while run.process.poll() is None:
        if time.monotonic() >= moment:
            there = processes(sessions)
            if kind == "everything":
                for process in there:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process.pid, signal.SIGKILL)
                return kind
            if those := [p for p in there if p.kind == kind]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(rng.choice(those).pid, signal.SIGKILL)
                    return kind
        time.sleep(0.005)
    return None


def entries(where: Place) -> dict[str, tuple[int, int]]:
    """Inode and time of every result: another one where it was made again."""
    found = {}
    for path in where.store.glob("[a-z]*/*"):
        with contextlib.suppress(FileNotFoundError):
            stat = path.stat()
            found[path.relative_to(where.store).as_posix()] = (stat.st_ino, stat.st_mtime_ns)
    return found


def cut_short(where: Place) -> int:
    """How many results were being written by processes that are dead now."""
    count = 0
    for folder in (where.store / ".unfinished").glob("*-*-*"):
        name = folder.name.rpartition("-")[0]
        with contextlib.suppress(OSError), (where.store / ".locks" / name).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            count += 1
    return count


def kills(rig: Rig) -> Figures:
    """Kill random processes of runs of `all` and `grid`, and start again, without any unlocking.

    Once a run ends well its results are compared, and the next round begins with nothing.
    """
    rng = random.Random(rig.seed)
    killed: Counter[str] = Counter()
    rounds = results = lost = starts = files = 0
    while killed.total() < rig.kills:
        where = rig.place(f"kills-{rounds}", LARGE)
        runs: list[Run] = []
        whole: dict[str, tuple[int, int]] = {}
        try:
            ended = False
            while not ended:
                run = Run.start(where, where.folder / f"run-{len(runs)}.log", "all", "grid")
                runs.append(run)
                kind = kill_one(run, rng) if killed.total() < rig.kills else None
                # The coordinator is started again at once, beside workers that outlived it.
                status = run.end().status if kind != "coordinator" else -signal.SIGKILL
                assert "Traceback" not in run.said, run.said
                assert "--unlock" not in run.said, run.said
                if kind is None:
                    assert status == 0, f"{run.log} failed, and nobody killed it:\n{run.said}"
                    ended = True
                else:
                    killed[kind] += 1
                    lost += cut_short(where)
                    now = entries(where)
                    odd = {name for name, mark in whole.items() if now.get(name) != mark}
                    assert not odd, f"made again: {sorted(odd)}"
                    whole = now
                    ended = status == 0
            sessions = {run.process.pid for run in runs}
            wait_for(lambda found=sessions: not processes(found), "workers that outlived a kill")
        finally:
            for run in runs:
                run.stop()
        odd = {name for name, mark in whole.items() if entries(where).get(name) != mark}
        assert not odd, f"made again: {sorted(odd)}"
        once("".join(run.said for run in runs))
        results += len(entries(where))
        files += rig.same_bytes(where, "large")
        assert nothing_to_do(where, "all", "grid"), "a run more found something to do"
        starts += len(runs)
        rounds += 1
        shutil.rmtree(where.folder)
    return {
        "kills": killed.total(),
        **{f"{kind} killed": count for kind, count in sorted(killed.items())},
        "rounds": rounds,
        "starts": starts,
        "results": results,
        "made twice": 0,
        "cut short": lost,
        "files equal": files,
    }


def nothing_to_do(where: Place, *targets: str) -> bool:
    """Whether a further run finds all there."""
    said = where.make(*targets)
    return "Nothing to be done" in said or bool(re.search("^total +0$", said, re.MULTILINE))


def outlived_publisher(rig: Rig) -> Figures:
    """Kill the coordinator while a publisher is held up, and publish something newer meanwhile."""
    where = rig.place("publishing")
    shutil.copytree(rig.undisturbed("small").store, where.store)
    where.edit({"report": {"title": "Older"}})
    older = Run.start(where, where.folder / "older.log", *SEARCH)
    newer = None
    try:
        wait_until_there(where.folder / "results" / "grid", older)
        publishers = [p.pid for p in processes({older.process.pid}) if p.kind == "worker"]
        for pid in publishers:
            os.kill(pid, signal.SIGSTOP)
        os.kill(older.process.pid, signal.SIGKILL)
        older.process.wait()
        assert not list((where.folder / "results" / ".published").glob("*")), "too late"
        # as a kill in the midst of writing leaves it
        (where.folder / "results" / ".published").mkdir(exist_ok=True)
        (where.folder / "results" / ".published" / ".0123-abcdefgh").write_text("{")
        where.edit({"report": {"title": "Tiny"}})
        newer = Run.start(where, where.folder / "newer.log", *SEARCH)
        session = {newer.process.pid}
        wait_for(lambda: "worker" in {p.kind for p in processes(session)}, "a second publisher")
        end = time.monotonic() + HELD_UP_S
        while newer.process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        for pid in publishers:
            os.kill(pid, signal.SIGCONT)
        done = newer.end()
        assert done.status == 0, done.said
        wait_for(lambda: not processes({older.process.pid}), "the older publisher")
    finally:
        older.stop()
        if newer is not None:
            newer.stop()
    files = rig.same_bytes(where)
    assert nothing_to_do(where, *SEARCH), "a run more found something to do"
    return {"publishers that outlived their run": len(publishers), "files equal": files}


def publisher_before_its_report(rig: Rig) -> Figures:
    """Kill all at once when a publisher has put its results in place, and not yet the report."""
    where = rig.place("before-its-report")
    shutil.copytree(rig.undisturbed("small").store, where.store)
    report, listed = (where.folder / "results" / name for name in ("report.html", "grid/run.json"))
    tries = 0
    caught = False
    while not caught:
        where.edit({"report": {"title": "Older"}})
        where.make(*SEARCH)
        listed.unlink()
        where.edit({"report": {"title": "Tiny"}})
        run = Run.start(where, where.folder / "killed.log", *SEARCH)
        try:
            wait_until_there(listed, run)
        finally:
            run.stop()
        tries += 1
        caught = "<title>Older" in report.read_text(encoding="utf-8")
        assert caught or tries < 10, "its report was always there already"
    where.make(*SEARCH)
    files = rig.same_bytes(where)
    assert nothing_to_do(where, *SEARCH), "a run more found something to do"
    return {"files equal": files}


# --- file systems ---------------------------------------------------------------------------------


def tool(command: str, package: str) -> str:
    """A command's path, installed from the distribution where that may be done."""
    if shutil.which(command) is None and shutil.which("apt-get") and os.geteuid() == 0:
        wait = ["-o", "DPkg::Lock::Timeout=300"]  # another test may install, too
        install = ["apt-get", "-qq", *wait, "install", "-y", "--no-install-recommends", package]
        for arguments in (install, ["apt-get", "-qq", "update"], install):
            if subprocess.run(arguments, capture_output=True).returncode == 0 and (
                found := shutil.which(command)
            ):
                return found
    found = shutil.which(command)
    if found is None:
        raise Skipped(f"needs {command} (package {package})")
    return found


def as_root(*command: str) -> None:
    """Run a command that mounts; Skipped where it may not be done."""
    if os.geteuid() != 0:
        raise Skipped("needs root, to mount a file system")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Skipped(f"{' '.join(command[:2])} cannot be done here: {done.stderr.strip()}")


@contextlib.contextmanager
def memory_disk(folder: Path, size_kb: int) -> Iterator[Callable[[str], None]]:
    """A small disk of its own at `folder`; gives a function that mounts it again with options."""
    folder.mkdir(parents=True, exist_ok=True)
    as_root("mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(folder))
    try:
        yield lambda options: as_root("mount", "-o", f"remount,{options}", str(folder))
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def full_disk(rig: Rig) -> Figures:
    """Fill the disk of the store; give it more after each failure, until a run ends well."""
    return _filled(rig, "full-store", whole_folder=False)


def full_disk_of_the_folder(rig: Rig) -> Figures:
    """The same with all on one disk: Snakemake's own files, results and the store."""
    return _filled(rig, "full-folder", whole_folder=True)


def _filled(rig: Rig, name: str, whole_folder: bool) -> Figures:
    rig.undisturbed("small")
    size_kb, sentences = 256, []
    disk = rig.folder / name if whole_folder else rig.folder / f"{name}-disk"
    with memory_disk(disk, size_kb) as mount_again:
        env = {} if whole_folder else {"MICFP_STORE": str(disk / "store")}
        where = rig.place(name, **env)
        while (done := where.snakemake(*SEARCH)).status != 0:
            sentences.append(one_sentence(done, "free some space and run again"))
            assert len(sentences) < 12, sentences
            size_kb = round(size_kb * 1.7)
            mount_again(f"size={size_kb}k")
        files = rig.same_bytes(where)
    assert sentences, "the disk never was full"
    return {"full": len(sentences), "size at the end (kB)": size_kb, "files equal": files}


def read_only_store(rig: Rig) -> Figures:
    """A store that may not be written: first half full, then whole."""
    disk = rig.folder / "read-only-disk"
    with memory_disk(disk, 50_000) as mount_again:
        store_of = {"MICFP_STORE": str(disk / "store")}
        where = rig.place("read-only", **store_of)
        where.make("grid", "--until", "dataset")
        half = digests(disk)
        mount_again("ro")
        sentence = one_sentence(where.snakemake(*SEARCH), "the store may not be written here")
        assert digests(disk) == half
        mount_again("rw")
        where.make(*SEARCH)
        files = rig.same_bytes(where)
        mount_again("ro")
        reader = rig.place("read-only-reader", **store_of)
        said = reader.make(*SEARCH)
        assert once(said) == 0
        files += rig.same_bytes(reader)
    return {"said": sentence, "files equal": files}


def no_hard_links(rig: Rig) -> Figures:
    """A folder and a store on exFAT, which has no links, with a table large enough to be linked."""
    mkfs, mount = tool("mkfs.exfat", "exfatprogs"), tool("mount.exfat-fuse", "exfat-fuse")
    if not Path("/dev/fuse").exists():
        raise Skipped("needs /dev/fuse")
    wide = {
        "segments": {"windows": {"length_s": 0.05, "hop_s": 0.0125}, "min_length_s": 0.05},
        "features": {"thesis": {"families": ["ltas"], "bands": {"n_bands": 1000}}},
    }
    image, disk = rig.folder / "exfat.img", rig.folder / "exfat"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(300_000_000)
    subprocess.run([mkfs, str(image)], check=True, capture_output=True)
    with contextlib.ExitStack() as undo:
        loop = subprocess.run(
            ["losetup", "--find", "--show", str(image)], capture_output=True, text=True
        )
        if loop.returncode != 0:
            raise Skipped(f"no loop device here: {loop.stderr.strip()}")
        device = loop.stdout.strip()
        undo.callback(subprocess.run, ["losetup", "-d", device], check=True)
        as_root(mount, device, str(disk))
        undo.callback(subprocess.run, ["umount", "-l", str(disk)], check=True)
        (disk / "a").touch()
        try:
            os.link(disk / "a", disk / "b")
        except OSError as error:
            refused = str(error.strerror)
        else:
            raise AssertionError("exFAT made a hard link")
        # The folder has links to the workflow, which exFAT has not either: the store and what is
        # published lie there.
        linked, mine = rig.place("links"), rig.place("no-links", MICFP_STORE=str(disk / "store"))
        (disk / "results").mkdir()
        shutil.copytree(rig.folder / "links", disk / "folder", symlinks=False)
        mine = Place(disk / "folder", mine.env)
        for where in (linked, mine):
            where.edit(wide)
            where.make("features")
        (table,) = (linked.folder / "results" / "features").glob("*.parquet")
        assert table.stat().st_nlink > 1, "the table was not large enough to be linked"
        assert results_of(mine) == results_of(linked)
        assert digests(mine.store) == digests(linked.store)
        size_mb = round(table.stat().st_size / 1e6)
        assert nothing_to_do(mine, "features")
    return {"said": refused, "table (MB)": size_mb, "files equal": len(results_of(linked))}


# --- time -----------------------------------------------------------------------------------------


# libfaketime breaks Python's sleeps and waits, so that no run can be given another clock: what a
# clock that jumps leaves behind is file times, and these are set.


def clock_set_back(rig: Rig) -> Figures:
    """The clock goes back ten years during a run: what is done already is of the future."""
    where = rig.place("set-back")
    stamps = where.folder / ".micfp" / "stamps"
    run = Run.start(where, where.folder / "run.log", *SEARCH)
    try:
        while run.process.poll() is None:
            for stamp in stamps.glob("dataset/*"):
                with contextlib.suppress(FileNotFoundError):
                    os.utime(stamp, (time.time() + TEN_YEARS_S,) * 2)
            time.sleep(0.01)
        # Snakemake's own words: no step looks at a clock.
        sentence = one_sentence(run.end(), "has older modification time", "clock skew")
    finally:
        run.stop()
    said = run.said + where.make(*SEARCH)
    assert once(said) == len(entries(where))
    files = rig.same_bytes(where)
    assert nothing_to_do(where, *SEARCH)
    return {"said": sentence, "files equal": files}


def time_stamps(rig: Rig) -> Figures:
    """Half a run, then files with times up to ten years before or after now, then the rest."""
    rng, where = random.Random(rig.seed), rig.place("stamps")
    said = where.make("grid", "--until", "dataset")
    half = entries(where)
    count = _other_times(where, rng)
    said += where.make(*SEARCH)
    assert once(said) == len(entries(where))
    assert {name: mark[0] for name, mark in half.items()} == {
        name: mark[0] for name, mark in entries(where).items() if name in half
    }, "made again"
    files = rig.same_bytes(where)
    count += _other_times(where, rng)
    assert nothing_to_do(where, *SEARCH)
    return {"time stamps": count, "files equal": files}


def _other_times(where: Place, rng: random.Random) -> int:
    """Give every file and folder another time, and the recordings; return how many."""
    paths = [p for p in where.folder.rglob("*") if not p.is_symlink()]
    for path in paths:
        other_s = time.time() + rng.uniform(-TEN_YEARS_S, TEN_YEARS_S)
        os.utime(path, (other_s, other_s))
    return len(paths)


# --- what goes in ---------------------------------------------------------------------------------


def corrupted_result(rig: Rig) -> Figures:
    """Damage a data set that the next step reads; then what is known of results, and the caches."""
    sentences = []
    for number, damage in enumerate((_cut, _flip)):
        where = rig.place(f"corrupted-{number}")
        shutil.copytree(rig.undisturbed("small").store, where.store)
        for step in ("trial", "search", "best"):
            shutil.rmtree(where.store / step)
        (table,) = (where.store / "dataset").glob("*/table.parquet")
        damage(table)
        sentences.append(one_sentence(where.snakemake(*SEARCH), "damaged", "`micfp store verify`"))
        verified = where.run("micfp", "store", "verify")
        assert verified.status == 1, verified.said  # it found something
        assert f"dataset/{table.parent.name}" in verified.said, verified.said
        where.make(*SEARCH)
        files = rig.same_bytes(where)
    for path in (where.store / ".specs" / "search").iterdir():
        _cut(path)  # of what is to be made again
    for path in (where.store / ".costs").glob("*/*"):
        path.write_text("")
    (where.store / ".digests.json").write_text("{")
    shutil.rmtree(where.store / "search")
    shutil.rmtree(where.folder / "results")
    where.make(*SEARCH)
    rig.same_bytes(where)
    return {"said": sentences[0], "files equal": files}


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def vanished_input(rig: Rig) -> Figures:
    """A recording goes before planning, before it is read, and between two steps that read it."""
    audio, away = rig.corpus / "disc-1" / "morning" / "b.wav", rig.folder / "b.wav"
    where = rig.place("vanishing", MICFP_JOB_S="0.0001")  # every step in a job of its own
    sentences = []

    audio.rename(away)
    try:
        sentences.append(one_sentence(where.snakemake(*SEARCH), "b.wav is not there"))
    finally:
        away.rename(audio)

    for there in ("nothing", "segments"):
        if there != "nothing":
            where.make("grid", "--until", "check", there)
        planned = where.folder / ".micfp" / "jobs" / "publish"
        shutil.rmtree(planned, ignore_errors=True)
        run = Run.start(where, where.folder / "run.log", *SEARCH)
        try:
            wait_until_there(planned, run)
            audio.rename(away)
            sentences.append(one_sentence(run.end(), "b.wav: gone since the run was planned"))
        finally:
            run.stop()
            away.rename(audio)
    where.make(*SEARCH)
    files = rig.same_bytes(where)
    return {"said": sentences, "files equal": files}


# --- two at once ----------------------------------------------------------------------------------


def two_coordinators(rig: Rig) -> Figures:
    """Two folders on one store at once, and a third run in one of the two folders."""
    shared = {"MICFP_STORE": str(rig.folder / "shared-store")}
    folders = [rig.place(f"two-{name}", **shared) for name in "ab"]
    runs = [Run.start(one, one.folder / "run.log", *SEARCH) for one in folders]
    try:
        lock = folders[0].folder / ".micfp" / "coordinator.lock"
        wait_for(lambda: lock.exists() and bool(lock.read_text()), "the first to be at work")
        third = folders[0].snakemake(*SEARCH)
        done = [run.end() for run in runs]
    finally:
        for run in runs:
            run.stop()
    refused = one_sentence(third, "another run is at work in this directory", "MICFP_STORE")
    for one in done:
        assert one.status == 0, one.said
    made = once("".join(one.said for one in done))
    assert made == len(entries(folders[0])), (made, len(entries(folders[0])))
    shares = [len(MADE.findall(one.said)) for one in done]
    files = sum(rig.same_bytes(one) for one in folders)
    return {"said": refused, "made by each": shares, "made twice": 0, "files equal": files}


FAULTS: dict[str, Callable[[Rig], Figures]] = {
    fault.__name__: fault
    for fault in (
        kills,
        outlived_publisher,
        publisher_before_its_report,
        full_disk,
        full_disk_of_the_folder,
        read_only_store,
        no_hard_links,
        clock_set_back,
        time_stamps,
        corrupted_result,
        two_coordinators,
        vanished_input,
    )
}
