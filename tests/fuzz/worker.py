"""A long-lived process that examines mutants within limits, and may die of one."""

import faulthandler
import multiprocessing
import os
import resource
import signal
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from micfp.fingerprint.model import Model, load_model
from tests.fuzz.examining import Outcome, examine
from tests.fuzz.mutants import make_mutant
from tests.fuzz.originals import read_originals

MOST_SECONDS = 10  # of processor time in one step
MOST_WALL_SECONDS = 120  # where it waits for something; other processes may be busy
MOST_BYTES = 1_000_000_000  # of memory that is used
MOST_ADDRESSES = 4 << 30  # bytes asked for, beyond what the libraries have

Examine = Callable[[Path, Model, Callable[[str], Any]], Outcome]


@dataclass(frozen=True)
class Result:
    """What became of one mutant.

    seconds: of processor time; memory_bytes: the most that its process has had.
    """

    index: int
    outcome: Outcome
    seconds: float = 0.0
    memory_bytes: int = 0


class Worker:
    """The process, seen from the one that asks; another takes its place when it has died.

    Parameters
    ----------
    folder
        Holds `originals` and `model`, see `run.prepared`.
    seed
        Of the mutants.
    examine
        Called with the path of each mutant, the model, and a function that is told of each step.
    most_seconds
        Of processor time in one step.
    """

    def __init__(
        self,
        folder: Path,
        seed: int,
        examine: Examine = examine,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self._arguments = (folder, seed, examine, most_seconds)
        self._folder = folder
        self._start()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # no memory of ours in the figures
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, *self._arguments), daemon=True)
        self._process.start()
        theirs.close()

    def examine(self, index: int) -> Result:
        """Make a mutant and examine it."""
        self._connection.send(index)
        step = "start"
        while True:
            try:
                if not self._connection.poll(MOST_WALL_SECONDS):
                    os.kill(self._process.pid or 0, signal.SIGPROF)
                message = self._connection.recv()
            except (EOFError, ConnectionError):
                outcome = self._death(step)
                self._start()
                return Result(index, outcome)
            if isinstance(message, Result):
                if message.memory_bytes > MOST_BYTES:  # its peak would be said of the next ones
                    self._process.kill()
                    self._start()
                return message
            step = message

    def _death(self, step: str) -> Outcome:
        self._process.join()
        status = self._process.exitcode or 0
        said = _said_by(self._folder, self._process.pid).read_text(errors="replace")
        lines = [line.strip() for line in said.splitlines() if line.strip().startswith("File ")]
        place = next((line for line in lines if "/micfp/" in line), "")
        if status == -signal.SIGPROF:
            return Outcome("hang", step, place)
        name = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return Outcome("signal", step, f"{name} {place or said[-300:]}")


def _said_by(folder: Path, process: int | None) -> Path:
    return folder / f"{process}.txt"


def _serve(
    connection: Connection, folder: Path, seed: int, examine: Examine, most_seconds: float
) -> None:
    said = open(_said_by(folder, os.getpid()), "w")  # noqa: SIM115
    os.dup2(said.fileno(), 2)  # decoders written in C complain there
    faulthandler.enable(said)
    faulthandler.register(signal.SIGPROF, said, chain=True)
    warnings.simplefilter("ignore")
    model = load_model(folder / "model")
    originals = read_originals(folder / "originals")
    _limit_addresses()

    def begin(step: str) -> None:
        signal.setitimer(signal.ITIMER_PROF, most_seconds)  # SIGPROF ends the process
        connection.send(step)

    while True:
        try:
            index = connection.recv()
        except EOFError:
            return
        mutant = make_mutant(originals, seed, index)
        path = folder / f"{seed}-{index}-{mutant.name}"
        path.write_bytes(mutant.content)
        os.utime(path, (0, 0))  # what was written just now is looked at again and again
        before = time.process_time()
        outcome = examine(path, model, begin)
        signal.setitimer(signal.ITIMER_PROF, 0)
        seconds, memory_bytes = time.process_time() - before, _most_memory()
        if memory_bytes > MOST_BYTES:
            outcome = Outcome("memory", outcome.step, f"{memory_bytes / 1e9:.1f} GB")
        path.unlink()
        connection.send(Result(index, outcome, seconds, memory_bytes))


def _limit_addresses() -> None:
    n_bytes = _status("VmSize") + MOST_ADDRESSES
    resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes))


def _most_memory() -> int:
    """The most that this process has had in memory, in bytes."""
    return _status("VmHWM")


def _status(name: str) -> int:
    (line,) = (
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name)
    )
    return 1024 * int(line.split()[1])
