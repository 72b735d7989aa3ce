"""Decode, check, split and the thesis's 22 features: micfp against pydub and librosa.

The reference is what the thesis's program does: pydub splits on silence and writes the segments,
librosa loads each and extracts. One process, one thread, the same five minutes of 44.1 kHz audio.
"""

import tempfile
import time
import warnings
from pathlib import Path

import librosa
import numpy as np
from silence import SAMPLE_RATE_HZ, speech_like

from micfp.audio import probe, read_ranges, write_wav
from micfp.config.audio import CheckConfig, SegmentsConfig, SilenceConfig
from micfp.features import FeatureSet, extract
from micfp.recordings.quality.measuring import measure
from micfp.recordings.segmentation.file import segment

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydub: no ffmpeg, which is not needed here
    import pydub
    import pydub.silence

MINUTES = 5.0
SILENCE = SilenceConfig(min_silence_s=1.0, threshold_dbfs=-70.0, keep_silence_s=0.1)
SEGMENTS = SegmentsConfig(method="silence", silence=SILENCE, min_length_s=0, max_length_s=None)
WANTED_SPEEDUP = 20


def run() -> dict[str, float]:
    """Seconds of ours and of the reference, their ratio and the largest difference of a feature."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.wav"
        samples = speech_like(MINUTES, np.random.default_rng(0)).astype(np.float32) / 32768
        write_wav(path, samples, SAMPLE_RATE_HZ)
        _ours(path)
        _by_librosa(samples[: 3 * SAMPLE_RATE_HZ])  # compiles librosa's numba code: not counted
        start = time.perf_counter()
        ours = _ours(path)
        ours_s = time.perf_counter() - start
        start = time.perf_counter()
        reference = _reference(path, Path(folder))
        reference_s = time.perf_counter() - start
    return {
        "audio_s": MINUTES * 60,
        "segments": len(ours),
        "ours_s": ours_s,
        "reference_s": reference_s,
        "times_faster": reference_s / ours_s,
        "wanted": WANTED_SPEEDUP,
        "largest_difference": float(np.abs(ours - reference).max()),
    }


def _ours(path: Path) -> np.ndarray:
    measure(path, CheckConfig(), "mean")
    rate_hz = probe(path).sample_rate_hz
    cuts = segment(path, SEGMENTS, "mean")
    settings = FeatureSet()
    return np.array([extract(x, rate_hz, settings) for x in read_ranges(path, cuts.tolist())])


def _reference(path: Path, folder: Path) -> np.ndarray:
    audio = pydub.AudioSegment.from_wav(path)
    pieces = pydub.silence.split_on_silence(
        audio, min_silence_len=1000, silence_thresh=-70, keep_silence=100
    )
    rows = []
    for number, piece in enumerate(pieces):
        part = folder / f"part-{number:03d}.wav"
        piece.export(part, format="wav")
        y, _ = librosa.load(part)
        rows.append(_by_librosa(y))
    return np.array(rows)


def _by_librosa(y: np.ndarray) -> list[float]:
    mfcc = librosa.feature.mfcc(y=y, sr=22050, n_mfcc=20).mean(axis=1)
    zcr = librosa.feature.zero_crossing_rate(y).mean()
    return [*mfcc, zcr, librosa.feature.rms(y=y).mean()]
