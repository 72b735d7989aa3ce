"""How much of phones' speech is free of it, by WebRTC's voice activity detector.

    python benchmarks/voice_activity.py [FOLDER]

Of each WAV file of a folder (data/ccnu_mobile), windows of 2.572 s side by side: the share of their
steps of 10 ms that the detector leaves free of speech, and how many windows have no whole frame of
2048 samples without speech, by mode.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from micfp.features import FeatureSet
from micfp.features.voice_activity import speech

WINDOW_S = 2.572
STEPS_A_FRAME = 8  # a frame of 64 ms at 32 kHz touches up to eight of 10 ms


def main(folder: Path) -> None:
    every = list(windows(folder))
    default = FeatureSet().vad_mode
    print(f"{len(every)} windows of {WINDOW_S} s in {folder}; the default mode is {default}\n")
    print("| mode | free: median | lowest tenth | highest tenth | windows with no free frame |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for mode in range(4):
        free = [~speech(samples, rate_hz, mode) for samples, rate_hz in every]
        low, middle, high = np.quantile([one.mean() for one in free], [0.1, 0.5, 0.9])
        without = np.mean([not has_frame(one) for one in free])
        print(f"| {mode} | {middle:.0%} | {low:.0%} | {high:.0%} | {without:.0%} |")


def windows(folder: Path) -> Iterator[tuple[NDArray[np.float32], int]]:
    """Samples of each window, and their rate in Hz."""
    for path in sorted(folder.glob("*.wav")):
        samples, rate_hz = sf.read(path, dtype="float32")
        length = round(WINDOW_S * rate_hz)
        for start in range(0, len(samples) - length + 1, length):
            yield samples[start : start + length], rate_hz


def has_frame(free: NDArray[np.bool_]) -> bool:
    runs = np.convolve(free, np.ones(STEPS_A_FRAME, int), "valid")
    return bool((runs == STEPS_A_FRAME).any())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "data/ccnu_mobile"))
