"""Content digests of audio files, which need not be read again while they do not change."""

import contextlib
import json
import os
import stat
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from micfp.engine import store
from micfp.errors import MicfpError

RACY_NS = 2_000_000_000


def file_digests(paths: Iterable[Path], cached: bool = True) -> dict[Path, str]:
    """Content digest (sha256, 32 digits) of each file, behind a cache of size, time and inode.

    A file that changed in the last two seconds may change again within the same tick of its
    file system's clock: it is read each time. Without the cache nothing is written, nor where the
    store may not be. A file that cannot be read gets `unreadable-` and a digest of its path: the
    check reports it.
    """
    cache_file = store.store_root() / ".digests.json"
    try:
        cache: dict[str, list[Any]] = json.loads(cache_file.read_text()) if cached else {}
    except (OSError, ValueError):
        cache = {}
    found: dict[Path, str] = {}
    marks: dict[Path, list[int]] = {}
    now = time.time_ns()
    for path in paths:
        name = _lasting_name(path)
        try:
            status = path.stat()
        except OSError:
            status = None
        if status is None or not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            found[path] = f"unreadable-{store.digest(name)}"
            continue
        mark = [status.st_size, status.st_mtime_ns, status.st_ino]
        if name in cache and cache[name][:3] == mark:
            found[path] = cache[name][3]
        else:
            marks[path] = mark
    if marks:
        # hashlib lets other threads run while it works, so that every core reads a file.
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            found |= zip(marks, threads.map(_sha256_or_unreadable, marks), strict=True)
        fresh = {
            _lasting_name(path): [*mark, found[path]]
            for path, mark in marks.items()
            if mark[1] < now - RACY_NS and not found[path].startswith("unreadable-")
        }
        if cached and fresh:
            with contextlib.suppress(MicfpError):
                store.write_whole(cache_file, json.dumps(cache | fresh))
    return found


def _lasting_name(path: Path) -> str:
    """The path; in a directory that DVC made for an experiment, that of the same file outside.

    DVC links the two, so that they have one time and inode.
    """
    path = path.absolute()
    if path.is_relative_to(Path.cwd()):
        path = store.checkout() / path.relative_to(Path.cwd())
    return str(path)


def _sha256_or_unreadable(path: Path) -> str:
    try:
        return store.sha256(path)
    except OSError:
        return f"unreadable-{store.digest(_lasting_name(path))}"
