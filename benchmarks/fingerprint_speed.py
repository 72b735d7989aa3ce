"""What a fingerprint costs: taking it, and searching many of them.

    python benchmarks/fingerprint_speed.py [--enrolled 10000 1000000]

Ten seconds of noise at 48 kHz become a fingerprint, by the model that micfp brings; then one is
searched among as many as are said, all with one set of bands: once to make their projection, then
by what was kept. On one core: `OPENBLAS_NUM_THREADS=1 taskset -c 0` before the command. A million
take 10 GB. Writes `results/fingerprint_speed.json`.
"""

import argparse
import json
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np

from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.gallery import Gallery
from micfp.fingerprint.embedding.model import SETTINGS, FingerprintModel, Setting
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model
from micfp.fingerprint.embedding.spectra import N_BANDS
from micfp.fingerprint.embedding.vectors import VECTORS

WANTED_S = {"fingerprint_of_10_s_s": 0.15, "search_10000_s": 0.005, "search_1000000_s": 0.15}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--enrolled", type=int, nargs="+", default=[10_000, 1_000_000])
    given = parser.parse_args()
    model = load_model(SHIPPED).model
    samples = 0.05 * np.random.default_rng(1).standard_normal(480_000).astype(np.float32)
    model.fingerprint(samples, 48_000)
    rows: list[dict[str, Any]] = [
        {"what": "fingerprint of 10 s", "s": best_s(lambda: model.fingerprint(samples, 48_000))}
    ]
    for n in given.enrolled:
        for setting in SETTINGS:
            rows.append(searched(model, n, setting))
            print(json.dumps(rows[-1]), flush=True)
    Path("results").mkdir(exist_ok=True)
    content = {"wanted": WANTED_S, "rows": rows}
    Path("results/fingerprint_speed.json").write_text(json.dumps(content, indent=1))
    print(json.dumps(rows[0]))


def searched(model: FingerprintModel, n: int, setting: Setting) -> dict[str, Any]:
    """Enrol n fingerprints, and search them."""
    rng = np.random.default_rng(2)
    vectors = 2 * rng.standard_normal((n + 1, len(VECTORS), N_BANDS), dtype=np.float32)
    known = [Fingerprint(one, 5.0, 6.0, 16_000.0, 30.0) for one in vectors]
    asked = known.pop()
    start = time.perf_counter()
    gallery = Gallery(model, known, setting)
    enrolled_s = time.perf_counter() - start
    start = time.perf_counter()
    gallery.scores(asked)
    projected_s = time.perf_counter() - start
    return {
        "what": f"search of {n} ({setting} sitting)",
        "s": best_s(lambda: gallery.scores(asked)),
        "enrolling_s": enrolled_s,
        "projecting_s": projected_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def best_s(work: Any) -> float:
    """The shortest of ten times."""
    times = []
    for _ in range(10):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
