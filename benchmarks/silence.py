"""Silence decisions: the fast engine against pydub, on five minutes of 44.1 kHz speech-like bursts.

Both are given blocks of decoded samples; decoding is timed elsewhere. Run as
`python benchmarks/silence.py`.
"""

import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np

from micfp.config.audio import SilenceConfig
from micfp.recordings.segmentation import Segments
from micfp.recordings.segmentation.file import SilenceEngine, silence_engine

SAMPLE_RATE_HZ = 44_100
MINUTES = 5.0
BLOCK_SAMPLES = 1 << 18
CONFIG = SilenceConfig(min_silence_s=1.0, threshold_dbfs=-70.0)  # of the thesis, Fig. 4D
WANTED_SPEEDUP = 100


def speech_like(minutes: float, rng: np.random.Generator) -> np.ndarray:
    """int16 bursts with a syllable rhythm at -26 dBFS, pauses of 0.4-2 s, noise at -76 dBFS."""
    n = round(minutes * 60 * SAMPLE_RATE_HZ)
    samples = rng.normal(size=n).astype(np.float32)
    syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * np.arange(n) / SAMPLE_RATE_HZ)
    level = np.full(n, 5.0)
    at = 0
    while at < n:
        spoken = at + round(rng.uniform(1, 6) * SAMPLE_RATE_HZ)
        level[at:spoken] = 1600 * syllables[at:spoken]
        at = spoken + round(rng.uniform(0.4, 2) * SAMPLE_RATE_HZ)
    return np.rint(samples * level).astype(np.int16)


def as_blocks(samples: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(samples), BLOCK_SAMPLES):
        yield samples[start : start + BLOCK_SAMPLES].astype(np.int32)


def timed(work: Callable[[], Segments]) -> tuple[Segments, float]:
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def run(minutes: float = MINUTES) -> dict[str, float | int | bool]:
    """Time both in this process and compare their cuts; print a table and return its figures."""
    samples = speech_like(minutes, np.random.default_rng(20230209))

    def cuts_of(engine: SilenceEngine) -> Segments:
        return engine(as_blocks(samples), SAMPLE_RATE_HZ, 32768, CONFIG)

    fast, by_pydub = silence_engine("fast"), silence_engine("pydub")
    reference, pydub_s = timed(lambda: cuts_of(by_pydub))
    segments, _ = timed(lambda: cuts_of(fast))
    micfp_s = statistics.median(timed(lambda: cuts_of(fast))[1] for _ in range(7))
    identical = np.array_equal(segments, reference)
    figures: dict[str, float | int | bool] = {
        "minutes": minutes,
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "segments": len(segments),
        "identical_cuts": identical,
        "pydub_s": pydub_s,
        "micfp_s": micfp_s,
        "speedup": pydub_s / micfp_s,
        "wanted_speedup": WANTED_SPEEDUP,
    }
    print(f"split on silence, {minutes:g} min of 44.1 kHz mono, {len(segments)} segments")
    print(f"  pydub    {pydub_s:9.3f} s")
    print(f"  micfp    {micfp_s:9.3f} s (median of 7)")
    print(f"  speed-up {figures['speedup']:9.0f} (wanted: {WANTED_SPEEDUP})")
    print(f"  cuts     {'identical' if identical else 'DIFFERENT':>9}")
    return figures


if __name__ == "__main__":
    run()
