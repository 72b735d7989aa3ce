"""How long who asks `micfp identify` waits: one file in a new process, and a thousand in one call.

    python benchmarks/asking.py DATA [--files 1000]

DATA holds `ccnu_mobile`: two phones are enrolled by two utterances each, and pieces of 10 s of all
recordings, each begun elsewhere, are asked about. One core; the median of several new processes
after a first one that warms the disk cache.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from micfp.audio import probe, read, write_wav

RUNS = 7
LENGTH_S = 10.0
PHONES = ("IPHONEX", "SAMSUNG_S8")
MICFP = Path(sys.executable).with_name("micfp")
WANTED = {"new process (s)": 1.5, "each of many (s)": 0.1}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--files", type=int, default=1000)
    given = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        phones = given.data.absolute() / "ccnu_mobile"
        for name in PHONES:
            known = [phones / f"{name}_{number}.wav" for number in (1, 2)]
            subprocess.run([MICFP, "enroll", name, *known], cwd=place, check=True, text=True)
        write_pieces(sorted(phones.glob("*.wav")), given.files, place / "asked")
        row = one(place) | many(place)
    Path("results").mkdir(exist_ok=True)
    Path("results/asking.json").write_text(json.dumps({"wanted": WANTED} | row, indent=1))
    print(pd.DataFrame([row]).round(3).to_string(index=False))


def write_pieces(paths: list[Path], count: int, folder: Path) -> None:
    """So many files of 10 s, no two the same."""
    folder.mkdir()
    for k in range(count):
        path = paths[k % len(paths)]
        samples, rate_hz = read(path, 0, probe(path).n_samples)
        piece = np.resize(np.roll(samples, 37 * k), round(LENGTH_S * rate_hz))
        write_wav(folder / f"{k:05}.wav", piece, rate_hz)


def one(place: Path) -> dict[str, float]:
    """Seconds of a new process for one file."""
    seconds = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        asked = [MICFP, "identify", "asked/00000.wav", "--json"]
        subprocess.run(asked, cwd=place, capture_output=True, check=True)
        seconds.append(time.perf_counter() - start)
    return {"new process (s)": statistics.median(seconds[1:])}


def many(place: Path) -> dict[str, float]:
    """All files in one call: when answers come, and the most memory of the process."""
    start = time.perf_counter()
    asked = [MICFP, "identify", "asked", "--json"]
    with subprocess.Popen(asked, cwd=place, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        came = [time.perf_counter() - start for _ in process.stdout]
        _, _, used = os.wait4(process.pid, 0)
    return {
        "files": len(came),
        "first answer (s)": came[0],
        "each of many (s)": (came[-1] - came[0]) / (len(came) - 1),
        "memory (MB)": used.ru_maxrss / 1024,
    }


if __name__ == "__main__":
    main()
