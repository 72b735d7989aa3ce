"""Content addresses: where a step's result lives, written whole or not at all.

The result of a step is a directory `<store>/<step>/<key>`; the key is a digest of what the result
depends on. A result is written beside its place and renamed into it, so that nobody ever reads half
of one, and two processes that want the same result make it once. Hidden folders hold what is known
of results: `.sums` the content of each file, `.specs` and `.costs` what a step was told and took.
The file `.micfp-store` says that a folder is a store: nothing is written or removed in another.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micfp.errors import MicfpError

LINKED_BYTES = 10_000_000
READ_AGAIN_BYTES = 64_000_000  # larger files are compared by their size before they are used
MARKER = ".micfp-store"
KEY = r"[0-9a-f]{32}"
UNFINISHED = re.compile(rf"([a-z_]+-{KEY})-\w{{8}}")  # stage, key, and what mkdtemp adds
PLANS = "plans"  # lock: shared while a run is planned, alone while results are removed


def store_root() -> Path:
    """Folder of the store: `$MICFP_STORE`, which several checkouts may share, or `work`."""
    return Path(os.environ.get("MICFP_STORE") or checkout() / "work").absolute()


def check_marked() -> bool:
    """Whether the store is there.

    Raises MicfpError where something else is in its place: a folder with files and no marker.
    """
    root = store_root()
    try:
        names = os.listdir(root)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise MicfpError(f"{root}: cannot be read as a store ({error.strerror})") from None
    if names and MARKER not in names:
        raise MicfpError(
            f"{root}: this folder is not empty and not marked as a store of micfp; set MICFP_STORE "
            f"to another, or, if an earlier version of micfp made it, run: touch {root / MARKER}"
        )
    return bool(names)


def open_store() -> None:
    """Make the store and mark it, where it is not there."""
    marker = store_root() / MARKER
    if not marker.exists() and not check_marked():
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text("`micfp store` removes from this folder what micfp made in it.\n")


def real_folders(folder: Path) -> list[Path]:
    """Folders in a folder of the store, by name; what links lead to is not the store's."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    entries = os.scandir(folder)
    return sorted(Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False))


def checkout() -> Path:
    """The working directory; where DVC made it for one experiment, the checkout that it is of.

    DVC removes the directories it makes: results and records belong where they stay.
    """
    here = Path.cwd()
    for folder in here.parents:
        if folder.parts[-3:] == (".dvc", "tmp", "exps"):
            return folder.parents[2]
    return here


def digest(value: Any) -> str:
    """Digest of plain data (numbers, strings, lists, mappings): 32 hexadecimal digits.

    Equal data gives equal digests whatever the order of keys.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def entry_path(step: str, key: str) -> Path:
    """Where the result `key` of `step` lives, whether it is there or not."""
    return store_root() / step / key


def present(step: str) -> set[str]:
    """Keys of the results of a step that the store holds: one scan of one directory."""
    try:
        return {entry.name for entry in os.scandir(store_root() / step)}
    except FileNotFoundError:
        return set()


@contextlib.contextmanager
def locked(name: str, shared: bool = False) -> Iterator[None]:
    """Hold the store's lock of that name; waits for whoever holds it.

    shared: others may hold it at the same time, who share it too. Raises MicfpError where the store
    may not be written.
    """
    with _lock(name, fcntl.LOCK_SH if shared else fcntl.LOCK_EX):
        yield


@contextlib.contextmanager
def locked_if_free(name: str) -> Iterator[bool]:
    """Hold the store's lock of that name; False where someone else holds it."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(_lock(name, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


@contextlib.contextmanager
def _lock(name: str, operation: int) -> Iterator[None]:
    """A lock's file may be swept while one waits for it: then the new one is locked."""
    path = store_root() / ".locks" / name
    while True:
        try:
            open_store()
            path.parent.mkdir(exist_ok=True)
            handle = open(path, "a")  # noqa: SIM115
        except OSError as error:
            raise _mendable(error, path) from error
        with handle:
            fcntl.flock(handle, operation)
            if _is_at(handle.fileno(), path):
                yield
                return


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def writing(step: str, key: str) -> Iterator[Path]:
    """Give a folder to write a result in; rename it into its place when the block ends well.

    What its files hold is noted first, for `check_whole`. Raises MicfpError when the disk is full
    or the store may not be written; nothing is left behind then.
    """
    target = entry_path(step, key)
    unfinished = store_root() / ".unfinished"
    folder = None
    try:
        open_store()
        target.parent.mkdir(exist_ok=True)
        unfinished.mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{step}-{key}-", dir=unfinished))
        yield folder
        folder.chmod(0o755)
        if not target.exists():
            write_whole(sums_path(step, key), json.dumps(sums(folder)))
        with contextlib.suppress(OSError):
            folder.rename(target)
        if not target.is_dir():
            raise MicfpError(f"{target}: could not be written; is something else in its place?")
    except OSError as error:
        raise _mendable(error, target) from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def sums_path(step: str, key: str) -> Path:
    """Where size and content digest of every file of a result are kept."""
    return store_root() / ".sums" / step / f"{key}.json"


def noted_sums(step: str, key: str) -> dict[str, list[Any]]:
    """Size and content digest of every file of a result; those of now where none were noted."""
    noted = _read_sums(step, key)
    return sums(entry_path(step, key)) if noted is None else noted


def _read_sums(step: str, key: str) -> dict[str, list[Any]] | None:
    """What was noted of a result when it was written; None where nothing was."""
    try:
        noted: dict[str, list[Any]] = json.loads(sums_path(step, key).read_text())
    except (OSError, ValueError):
        return None
    return noted


def sums(folder: Path) -> dict[str, list[Any]]:
    """Size and content digest of every file below a folder."""
    return sums_of(files_of(folder))


def sums_of(files: Mapping[str, Path]) -> dict[str, list[Any]]:
    """Size and content digest of files, each by its name."""
    return {name: [path.stat().st_size, sha256(path)] for name, path in files.items()}


def files_of(folder: Path) -> dict[str, Path]:
    """Every file below a folder, by its name from there."""
    top = len(str(folder)) + 1
    found = [os.path.join(where, name) for where, _, names in os.walk(folder) for name in names]
    return {path[top:]: Path(path) for path in sorted(found)}


@dataclass(frozen=True)
class Damage:
    """How a result differs from what was written: `known` is False where that was not noted."""

    known: bool
    what: tuple[str, ...] = ()


def damage(step: str, key: str, most_bytes: float = math.inf) -> Damage:
    """Compare a result with what was written: names, sizes, contents up to `most_bytes`."""
    noted = _read_sums(step, key)
    if noted is None:
        return Damage(known=False)
    there = files_of(entry_path(step, key))
    what = [f"{name} is missing" for name in noted if name not in there]
    what += [f"{name} was not written by micfp" for name in there if name not in noted]
    for name, (size, written) in noted.items():
        path = there.get(name)
        if path is None:
            continue
        try:
            now = path.stat().st_size
            if now != size:
                what.append(f"{name} has {now} bytes instead of {size}")
            elif size <= most_bytes and sha256(path) != written:
                what.append(f"{name} has changed")
        except OSError as error:
            what.append(f"{name} cannot be read ({error.strerror})")
    return Damage(True, tuple(what))


def foreign_files(step: str, key: str) -> list[Path]:
    """Files in a result that micfp did not write; hidden ones, as file browsers leave, aside."""
    noted = _read_sums(step, key)
    if noted is None:
        return []
    files = files_of(entry_path(step, key))
    return [path for name, path in files.items() if name not in noted and path.name[0] != "."]


def check_whole(step: str, key: str) -> None:
    """Make sure that a result is there as it was written, before it is used.

    Raises MicfpError that names it and what to do.
    """
    path = entry_path(step, key)
    if not path.is_dir():
        raise MicfpError(
            f"{path}: no longer in the store; run again, so that it is planned and made again"
        )
    if found := damage(step, key, READ_AGAIN_BYTES).what:
        raise MicfpError(
            f"{path}: damaged ({found[0]}); `micfp store verify` takes what is damaged out of the "
            "store, and the next run makes it again"
        )


def take_out(step: str, key: str, keep_in: Path | None = None) -> bool:
    """Take a result out of the store, whole at once, with what was noted of it.

    keep_in: folder to move it into instead of removing it. False where it is being made just now
    or is not there.
    """
    path = entry_path(step, key)
    folder = keep_in or store_root() / ".unfinished"
    gone = None
    try:
        with locked_if_free(f"{step}-{key}") as free:
            if not free or not path.exists() or path.is_symlink() or path.parent.is_symlink():
                return False
            folder.mkdir(parents=True, exist_ok=True)
            gone = Path(tempfile.mkdtemp(prefix=f"{step}-{key}-", dir=folder))
            path.rename(gone / key)
            sums_path(step, key).unlink(missing_ok=True)
    except OSError as error:
        raise _mendable(error, path) from error
    finally:
        if gone is not None and keep_in is None:
            shutil.rmtree(gone, ignore_errors=True)
    return True


def remove_unfinished() -> None:
    """Remove what killed processes began to write; what living ones write is left alone."""
    for folder in real_folders(store_root() / ".unfinished"):
        name = UNFINISHED.fullmatch(folder.name)
        if name is None:
            continue
        with contextlib.suppress(OSError, MicfpError), locked_if_free(name[1]) as free:
            if free:
                shutil.rmtree(folder, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Write a small text file beside its place and rename it there."""
    name = None
    try:
        if path.is_relative_to(store_root()):
            open_store()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as error:
        raise _mendable(error, path) from error
    finally:
        if name is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)


def copy_whole(source: Path, target: Path) -> None:
    """Put a file or folder of the store at `target`; large files by hard links where they can be.

    What was at `target` is replaced only once the new content is complete beside it.
    """
    beside = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        fresh = beside / target.name
        if source.is_dir():
            shutil.copytree(source, fresh, copy_function=_link_or_copy)
        else:
            _link_or_copy(source, fresh)
        if os.path.lexists(target) and (fresh.is_dir() or target.is_dir()):
            target.rename(beside / "old")
        os.replace(fresh, target)
    except OSError as error:
        raise _mendable(error, target) from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)


def _link_or_copy(source: str | Path, target: str | Path) -> None:
    """Small files are copied: an editor that writes in place would reach the store by a link."""
    if os.stat(source).st_size > LINKED_BYTES:
        with contextlib.suppress(OSError):
            os.link(os.path.realpath(source), target)  # DVC may have put a symbolic link there
            return
    try:
        shutil.copyfile(source, target)
    except OSError as error:  # copytree would hide the reason
        raise _mendable(error, Path(target)) from error


def _mendable(error: OSError, path: Path) -> Exception:
    """The sentence of an error while `path` was written, where one can say what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return MicfpError(f"{path}: the disk is full; free some space and run again")
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        if path.is_relative_to(store_root()):
            return MicfpError(
                f"{path}: the store may not be written here; check its permissions, or set "
                "MICFP_STORE to a folder of your own"
            )
        return MicfpError(f"{path}: may not be written here; check the folder's permissions")
    return error


def sha256(path: Path) -> str:
    """Content digest of a file: 32 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]
