"""Silence decisions: micfp against pydub, on five minutes of 44.1 kHz speech-like bursts.

Both are given decoded samples, pydub as its AudioSegment, micfp as blocks of integers; decoding is
timed elsewhere. Run as `python benchmarks/silence.py`.
"""

import statistics
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np

from micfp.config.audio import SilenceConfig
from micfp.segmentation import split_on_silence

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydub: no ffmpeg, which is not needed here
    import pydub
    import pydub.silence

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


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(minutes: float = MINUTES) -> dict[str, float | int | bool]:
    """Time both in this process and compare their cuts; print a table and return its figures."""
    samples = speech_like(minutes, np.random.default_rng(20230209))
    recording = pydub.AudioSegment(
        samples.tobytes(), sample_width=2, frame_rate=SAMPLE_RATE_HZ, channels=1
    )
    pieces: list[pydub.AudioSegment] = []
    keep_s = CONFIG.keep_silence_s
    pydub_s = seconds(
        lambda: pieces.extend(
            pydub.silence.split_on_silence(
                recording,
                min_silence_len=round(CONFIG.min_silence_s * 1000),
                silence_thresh=CONFIG.threshold_dbfs,
                keep_silence=True if keep_s == "all" else round(keep_s * 1000),
                seek_step=CONFIG.seek_step_ms,
            )
        )
    )

    def ours() -> np.ndarray:
        return split_on_silence(as_blocks(samples), SAMPLE_RATE_HZ, 32768, CONFIG)

    segments = ours()
    micfp_s = statistics.median(seconds(ours) for _ in range(7))
    identical = len(segments) == len(pieces) and all(
        np.array_equal(samples[start:stop], piece.get_array_of_samples())
        for (start, stop), piece in zip(segments, pieces, strict=True)
    )
    figures: dict[str, float | int | bool] = {
        "minutes": minutes,
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "segments": len(segments),
        "identical_cuts": bool(identical),
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
