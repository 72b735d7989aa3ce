"""Recordings that nobody made, and a voice that nobody has."""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from micfp.casework.case_file import open_case
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.spectra import N_BANDS
from micfp.fingerprint.weighed.listening import Recording

MODEL = "0123456789abcdef" * 4
FIRST_MISSING = 100
RATE_HZ = 16_000


def voice(seconds: float = 2.0, seed: int = 0) -> Any:
    """Something like a voice, float32 (n,): 0.2 s of a gliding pitch, 0.2 s of pause, and so on."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    pitch_hz = 130 * (1 + 0.25 * np.sin(2 * np.pi * (2.3 * time_s + rng.random())))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    harmonics = [np.cos(k * phase + rng.uniform(0, 2 * np.pi)) / k for k in range(1, 40)]
    noise = rng.standard_normal(len(time_s))
    level = np.where(np.arange(len(time_s)) // (RATE_HZ // 5) % 2, 0.0, 0.1)
    return (level * (sum(harmonics) + 0.1 * noise) + 0.0005 * noise).astype(np.float32)


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
