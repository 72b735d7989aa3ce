"""Peak memory of decode, check, split and features for recordings of 3 and of 6 hours.

Each is measured in a new process (Linux); the recording is written in blocks, speech-like bursts
repeated, 44.1 kHz mono.
"""

import multiprocessing
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from silence import SAMPLE_RATE_HZ, speech_like

HOURS = (3, 6)
WANTED_MB = 600


def run() -> dict[str, float]:
    """Peak memory in MB at each length."""
    found: dict[str, float] = {"wanted_mb": WANTED_MB}
    with tempfile.TemporaryDirectory() as folder:
        for hours in HOURS:
            path = Path(folder) / f"{hours}h.wav"
            _write(path, hours)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                peak_mb, segments = pool.apply(_measure, (path,))
            found[f"peak_mb_{hours}_hours"] = peak_mb
            found[f"segments_{hours}_hours"] = segments
            path.unlink()
    return found


def _write(path: Path, hours: int) -> None:
    ten_minutes = speech_like(10, np.random.default_rng(0))
    with soundfile.SoundFile(path, "w", SAMPLE_RATE_HZ, 1, "PCM_16", format="RF64") as file:
        for _ in range(hours * 6):
            file.write(ten_minutes)


def _measure(path: Path) -> tuple[float, int]:
    from micfp.audio import probe, read_ranges
    from micfp.config.audio import CheckConfig, SegmentsConfig
    from micfp.features import FeatureSet, extract
    from micfp.recordings.quality.measuring import measure
    from micfp.recordings.segmentation.file import segment

    measure(path, CheckConfig(), "mean")
    cuts = segment(path, SegmentsConfig(), "mean")
    rate_hz = probe(path).sample_rate_hz
    rows = [extract(x, rate_hz, FeatureSet()) for x in read_ranges(path, cuts.tolist())]
    return _peak_mb(), len(rows)


def _peak_mb() -> float:
    """Peak resident memory of this process alone: ru_maxrss would hold its parent's too."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM in /proc/self/status: this benchmark needs Linux")
