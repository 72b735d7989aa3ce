"""One run at a time in a directory."""

import fcntl
import os
from typing import Any

from micfp.engine.packing import HOME
from micfp.errors import MicfpError

LOCK = HOME / "coordinator.lock"
_held: list[Any] = []


def hold_directory() -> None:
    """Hold this directory's lock until the process ends.

    Raises MicfpError where another run is at work in it.
    """
    if not alone():
        raise MicfpError(
            f"another run is at work in this directory (process {LOCK.read_text().strip()}); "
            "wait for it, or use another checkout with the same MICFP_STORE"
        )


def alone() -> bool:
    """Hold this directory's lock until the process ends; False where another process has it."""
    if _held:
        return True
    HOME.mkdir(exist_ok=True)
    handle = open(LOCK, "a+")  # noqa: SIM115
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return False
    handle.truncate(0)
    handle.write(str(os.getpid()))
    handle.flush()
    _held.append(handle)
    return True
