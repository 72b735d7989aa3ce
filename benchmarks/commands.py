"""How long a user waits: `snakemake -n` on an unchanged project, `micfp --help`, `micfp identify`.

Whole processes, the median of several runs after a first one that warms the disk cache. Needs the
results of `make run`.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from silence import SAMPLE_RATE_HZ, speech_like

from micfp.audio import write_wav

RUNS = 5
WANTED_S = {"snakemake_n_s": 4.0, "micfp_help_s": 0.3, "identify_10_s_s": 3.0}
BIN = Path(sys.executable).parent


def run() -> dict[str, float]:
    """Seconds of each command, and the limits that were set."""
    with tempfile.TemporaryDirectory() as folder:
        audio = Path(folder) / "ten-seconds.wav"
        samples = speech_like(10 / 60, np.random.default_rng(0)).astype(np.float32) / 32768
        write_wav(audio, samples, SAMPLE_RATE_HZ)
        model = "results/models/default"
        found = {
            "snakemake_n_s": _median([BIN / "snakemake", "-n", "all"]),
            "micfp_help_s": _median([BIN / "micfp", "--help"]),
            "identify_10_s_s": _median([BIN / "micfp", "identify", "--model", model, audio]),
        }
    return found | {f"wanted_{name}": limit for name, limit in WANTED_S.items()}


def _median(command: list[object]) -> float:
    words = [str(word) for word in command]
    seconds = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        done = subprocess.run(words, capture_output=True, text=True, timeout=120)
        seconds.append(time.perf_counter() - start)
        if done.returncode:
            sys.exit(
                f"{' '.join(words)} failed: {done.stderr.strip()[-500:]}; run `make run` first"
            )
    return statistics.median(seconds[1:])
