"""Bounds on what a library of others may take for one file."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

MOST_S = 60.0
MOST_BYTES = 1 << 30
"""Of memory beyond what the process has; Linux alone holds it."""


@contextmanager
def limited() -> Iterator[None]:
    """End what runs too long by a TimeoutError, and what wants too much by a MemoryError.

    In the main thread alone: a thread of a service has no alarm, and shares its memory.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _out_of_time)
    signal.setitimer(signal.ITIMER_REAL, MOST_S)
    try:
        with _less_memory():
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _out_of_time(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"not done after {MOST_S:g} s")


@contextmanager
def _less_memory() -> Iterator[None]:
    if sys.platform != "linux":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm", encoding="ascii") as file:
        in_use = int(file.read().split()[0]) * resource.getpagesize()
    wanted = in_use + MOST_BYTES
    bounds = [limit for limit in (soft, hard, wanted) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(bounds), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
