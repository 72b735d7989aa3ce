"""Recordings that nobody made: for tests of where references are kept."""

import sys
from pathlib import Path

import numpy as np

from micfp.casework.case_file import open_case
from micfp.casework.listening import Recording
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.spectra import N_BANDS

MODEL = "0123456789abcdef" * 4
FIRST_MISSING = 100


def recording(number: int, path: str | None = None) -> Recording:
    """A recording of its own for each number; its bands from FIRST_MISSING on are absent."""
    vectors = np.random.default_rng(number).standard_normal((4, N_BANDS)).astype(np.float32)
    vectors[:, FIRST_MISSING:] = np.nan
    return Recording(
        path=path or f"{number}.wav",
        sha256=f"{number:064x}",
        sample_rate_hz=48_000,
        n_samples=96_000,
        channel="mean" if number % 2 else 1,
        track=number % 3,
        fingerprint=Fingerprint(vectors, 1.25, 2.0, 8000.0, 31.5),
    )


def add_many(path: Path, name: str, first: int, count: int) -> None:
    """Add recordings one by one, and say each as soon as it is kept."""
    with open_case(path, create=True) as case:
        for number in range(first, first + count):
            assert case.add_reference(name, recording(number), MODEL)
            print(number, flush=True)


if __name__ == "__main__":
    add_many(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
