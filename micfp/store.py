"""Content addresses: where a step's result lives, written whole or not at all.

The result of a step is a directory `<store>/<step>/<key>`; the key is a digest of what the result
depends on. A result is written beside its place and renamed into it, so that nobody ever reads
half of one, and two processes that want the same result make it once.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from micfp.errors import MicfpError

LINKED_BYTES = 10_000_000


def store_root() -> Path:
    """Folder of the store: `$MICFP_STORE`, which several checkouts may share, or `work`."""
    return Path(os.environ.get("MICFP_STORE") or "work").absolute()


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
def locked(name: str) -> Iterator[None]:
    """Hold the store's lock of that name; waits for whoever holds it."""
    folder = store_root() / ".locks"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / name, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def writing(step: str, key: str) -> Iterator[Path]:
    """Give a folder to write a result in; rename it into its place when the block ends well.

    Raises MicfpError when the disk is full; nothing is left behind then.
    """
    target = entry_path(step, key)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = store_root() / ".unfinished"
    unfinished.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{step}-{key}-", dir=unfinished))
    try:
        yield folder
        folder.chmod(0o755)
        with contextlib.suppress(OSError):
            folder.rename(target)
        if not target.is_dir():
            raise MicfpError(f"{target}: could not be written; is something else in its place?")
    except OSError as error:
        raise _mendable(error, target) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_unfinished() -> None:
    """Remove what killed processes began to write; what living ones write is left alone."""
    for folder in (store_root() / ".unfinished").glob("*-*-*"):
        lock = store_root() / ".locks" / folder.name.rpartition("-")[0]
        with contextlib.suppress(OSError), open(lock, "a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Write a small text file beside its place and rename it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as error:
        raise _mendable(error, path) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def copy_whole(source: Path, target: Path) -> None:
    """Put a file or folder of the store at `target`; large files by hard links where they can be.

    What was at `target` is replaced only once the new content is complete beside it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
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
        shutil.rmtree(beside, ignore_errors=True)


def _link_or_copy(source: str | Path, target: str | Path) -> None:
    """Small files are copied: an editor that writes in place would reach the store by a link."""
    if os.stat(source).st_size > LINKED_BYTES:
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    try:
        shutil.copyfile(source, target)
    except OSError as error:  # copytree would hide the reason
        raise _mendable(error, Path(target)) from error


def _mendable(error: OSError, path: Path) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return MicfpError(f"{path}: the disk is full; free some space and run again")
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return MicfpError(f"{path}: may not be written here; check the folder's permissions")
    return error


def file_digests(paths: Iterable[Path], cached: bool = True) -> dict[Path, str]:
    """Content digest (sha256, 32 digits) of each file, behind a cache of size, time and inode.

    Without the cache nothing is written. A file that cannot be read gets `unreadable-` and a digest
    of its path: the check reports it.
    """
    cache_file = store_root() / ".digests.json"
    try:
        cache: dict[str, list[Any]] = json.loads(cache_file.read_text()) if cached else {}
    except (FileNotFoundError, ValueError):
        cache = {}
    found: dict[Path, str] = {}
    changed = False
    for path in paths:
        name = str(path.absolute())
        try:
            stat = path.stat()
            mark = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
            if name not in cache or cache[name][:3] != mark:
                cache[name] = [*mark, _sha256(path)]
                changed = True
            found[path] = cache[name][3]
        except OSError:
            found[path] = f"unreadable-{digest(name)}"
    if changed and cached:
        write_whole(cache_file, json.dumps(cache))
    return found


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]
