"""What decoding in a process that may die costs per file: `python benchmarks/isolation.py`.

Short recordings are measured here and in a worker (`micfp.audio.isolated`), again and again by
turns; the best of each counts.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile as sf

from micfp.config.audio import CheckConfig
from micfp.recordings.quality.measuring import measure, measure_each

RATE_HZ = 16_000


def run(files: int = 1000, seconds: float = 1.0, rounds: int = 5) -> dict[str, float]:
    """Milliseconds per file of each way, and of the start of a worker."""
    sound = 0.1 * np.random.default_rng(0).standard_normal(int(seconds * RATE_HZ))
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.wav" for number in range(files)]
        for path in paths:
            sf.write(path, sound, RATE_HZ)
        config = CheckConfig()
        ways = (
            lambda: [measure(path, config) for path in paths],
            lambda: list(measure_each(paths, config)),
            lambda: list(measure_each(paths[:1], config)),
        )
        times = np.array([[_seconds(way) for way in ways] for _ in range(rounds)])
    here, there, start = times.min(axis=0)
    return {
        "here_ms_per_file": 1e3 * here / files,
        "worker_ms_per_file": 1e3 * there / files,
        "more_ms_per_file": 1e3 * (there - here) / files,
        "start_ms": 1e3 * start,
    }


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="?", type=int, default=1000)
    for name, value in run(parser.parse_args().files).items():
        print(f"{name}: {value:.3f}")
