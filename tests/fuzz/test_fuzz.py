"""Damaged recordings get an answer or a sentence; the harness sees what gets neither."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micfp.audio import probe
from micfp.fingerprint.model import Model
from tests.fuzz.examining import Outcome
from tests.fuzz.mutants import make_mutant
from tests.fuzz.originals import read_originals
from tests.fuzz.run import GOOD, described, examined, prepared, table
from tests.fuzz.worker import Worker

SEED = int(os.environ.get("MICFP_FUZZ_SEED", "1"))  # .ci/run: of the commit
NUMBER = 300


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with prepared() as folder:
        yield folder


def test_damaged_recordings_get_an_answer_or_a_sentence(folder: Path) -> None:
    originals = read_originals(folder / "originals")
    results = list(examined(folder, SEED, range(NUMBER), n_workers=2))
    assert sorted(result.index for result in results) == list(range(NUMBER))
    bad = [
        described(result, SEED, make_mutant(originals, SEED, result.index))
        for result in results
        if result.outcome.kind not in GOOD
    ]
    assert not bad, "\n".join(bad)
    kinds = [result.outcome.kind for result in results]
    assert min(kinds.count("answer"), kinds.count("sentence")) > NUMBER / 10


def test_whole_recordings_are_read_and_not_flagged(folder: Path) -> None:
    flagged = [
        path.name for path in sorted((folder / "originals").iterdir()) if probe(path).truncated
    ]
    assert flagged == []


def test_the_same_seed_makes_the_same_damage(folder: Path) -> None:
    originals = read_originals(folder / "originals")
    mutants = [make_mutant(originals, 5, index) for index in range(50)]
    assert mutants == [make_mutant(originals, 5, index) for index in range(50)]
    assert len({mutant.content for mutant in mutants}) == 50
    assert mutants != [make_mutant(originals, 6, index) for index in range(50)]


def _misbehave(path: Path, model: Model, begin: Callable[[str], Any]) -> Outcome:
    """What decoders might do some day, by the number of the mutant."""
    begin("probe")
    match int(path.name.split("-")[1]):
        case 1:
            os.kill(os.getpid(), signal.SIGSEGV)
        case 2:
            while True:
                pass
        case 3:
            signal.setitimer(signal.ITIMER_PROF, 0)  # a busy machine takes seconds to find it
            np.ones(150_000_000)  # 1.2 GB
        case 4:
            os._exit(3)
    return Outcome("answer")


def test_the_harness_sees_death_hangs_and_memory(folder: Path) -> None:
    with Worker(folder, 1, _misbehave, most_seconds=3) as worker:
        results = [worker.examine(index) for index in range(6)]
    kinds = ["answer", "signal", "hang", "memory", "signal", "answer"]
    assert [result.outcome.kind for result in results] == kinds
    assert results[1].outcome.detail.startswith("SIGSEGV")
    assert results[4].outcome.detail.startswith("exit status 3")
    assert results[2].outcome.step == "probe"
    rows = table({1: results})
    assert "| more than 10 s | 1 |" in rows
    assert "| process died | 2 |" in rows
