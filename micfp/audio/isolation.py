"""Decoding in a process that may die: a file that crashes a decoder costs its own answer alone."""

import contextlib
import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar

from micfp.errors import MicfpError

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_S = 3600.0  # of one item: a decoder that never comes back
_PR_SET_PDEATHSIG = 1


def isolated(
    function: Callable[[Item], Result], items: Sequence[Item], name: Callable[[Item], object] = str
) -> Iterator[Result | MicfpError]:
    """Call a function for each item, in order, in one long-lived process beside this one.

    The process is forked, so that the function may be any that this one holds. It is ahead by what
    a pipe takes. Where it dies, another one goes on behind the item that it died on. What it costs:
    `benchmarks/isolation.py`.

    Parameters
    ----------
    function
        Its results are pickled.
    items
        One call each.
    name
        What an item is called in a sentence: the path of its file.

    Yields
    ------
    The result of each item, or the MicfpError that it raised; one that says so where the process
    died on it.

    Raises
    ------
    Exception
        What the function raised that is no MicfpError.
    """
    done = 0
    while done < len(items):
        with _worker(function, items[done:]) as (receiver, process):
            while done < len(items):
                if not receiver.poll(MOST_S):
                    yield MicfpError(
                        f"{name(items[done])}: is not decoded after {MOST_S / 60:g} minutes; "
                        "convert it to WAV"
                    )
                    done += 1
                    break
                try:
                    raised, result = receiver.recv()
                except (EOFError, OSError):
                    process.join()
                    yield MicfpError(_sentence(name(items[done]), process.exitcode))
                    done += 1
                    break
                done += 1
                if raised:
                    raise result
                yield result


@contextlib.contextmanager
def _worker(
    function: Callable[[Item], Result], items: Sequence[Item]
) -> Iterator[tuple[Connection, multiprocessing.process.BaseProcess]]:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(function, items, receiver, sender), daemon=True)
    process.start()
    sender.close()
    try:
        yield receiver, process
    finally:
        receiver.close()
        process.kill()
        process.join()


def _serve(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    receiver: Connection,
    sender: Connection,
) -> None:
    receiver.close()
    _die_with_the_parent()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # decoders write notes of their own about damage
    for item in items:
        try:
            sender.send((False, function(item)))
        except MicfpError as error:
            sender.send((False, error))
        except BrokenPipeError:
            return  # nobody listens any more
        except Exception as error:
            sender.send((True, _sendable(error)))
            return


def _sendable(error: Exception) -> Exception:
    """The error with the lines where it was raised; a plain one where it cannot be pickled."""
    lines = traceback.format_exc()
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        error = RuntimeError(str(error))
    error.add_note(lines)
    return error


def _die_with_the_parent() -> None:
    """Hold no lock of a process that was killed: Linux tells its children."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _sentence(name: object, exit_code: int | None) -> str:
    died = f"exit status {exit_code}"
    if exit_code is not None and exit_code < 0:
        died = signal.Signals(-exit_code).name
    memory = ", perhaps for want of memory" if exit_code == -signal.SIGKILL else ""
    return (
        f"{name}: the process that decoded it died ({died}{memory}); copy it again, or convert it"
    )
