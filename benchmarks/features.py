"""Feature extraction against librosa: the thesis's 22 features of five minutes, one thread.

Both in this process, on the same synthetic recording and the same cuts, the best of a few passes.
Run it with OMP_NUM_THREADS=1.
"""

import time
from collections.abc import Callable

import numpy as np

from micfp.features import FeatureSet, extract_many

SAMPLE_RATE_HZ = 44100
LENGTH_S = 300
N_SEGMENTS = 100
PASSES = 5


def run() -> dict[str, float]:
    """Seconds of ours and of librosa's, their ratio and the largest difference of a feature."""
    samples = _recording()
    cuts = np.linspace(0, len(samples), N_SEGMENTS + 1).astype(int)
    segments = np.stack([cuts[:-1], cuts[1:]], axis=1)
    fast, by_librosa = FeatureSet(), FeatureSet(engine="librosa")
    ours, ours_s = _best(lambda: extract_many(samples, SAMPLE_RATE_HZ, segments, fast))
    theirs, librosa_s = _best(lambda: extract_many(samples, SAMPLE_RATE_HZ, segments, by_librosa))
    return {
        "audio_s": LENGTH_S,
        "segments": N_SEGMENTS,
        "ours_s": ours_s,
        "librosa_s": librosa_s,
        "times_faster": librosa_s / ours_s,
        "largest_difference": float(np.abs(ours - theirs).max()),
    }


def _recording() -> np.ndarray:
    """Noise with a slow envelope and a gliding tone, float32 (n,)."""
    rng = np.random.default_rng(0)
    t = np.arange(LENGTH_S * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    tone = 0.2 * np.sin(2 * np.pi * (200 + t) * t)
    noise = 0.05 * rng.standard_normal(len(t)) * (1.1 + np.sin(t))
    return (tone + noise).astype(np.float32)


def _best(function: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    """Result and least seconds of a few passes after a first one that warms caches."""
    result = function()
    seconds = []
    for _ in range(PASSES):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return result, min(seconds)


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:20} {value:.4g}")
