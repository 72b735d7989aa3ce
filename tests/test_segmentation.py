"""Segments against pydub, windows and trim against hand-made figures."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from micfp import segmentation
from micfp.config.audio import (
    SegmentsConfig,
    SilenceConfig,
    TrimConfig,
    Uniform,
    Window,
    WindowsConfig,
)
from micfp.errors import MicfpError
from micfp.segmentation import (
    fixed_windows,
    limit_lengths,
    segment,
    split_on_silence,
    trim_windows,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydub: no ffmpeg, which is not needed here
    import pydub
    import pydub.silence

# --- split on silence: pydub is the reference ---------------------------------------------------

FULL_SCALE = {8: 2**7, 16: 2**15, 24: 2**31, 32: 2**31}


def in_blocks(samples: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for start in range(0, len(samples), size):
        yield samples[start : start + size]


def as_pydub(samples: np.ndarray, bits: int, rate: int) -> tuple[pydub.AudioSegment, np.ndarray]:
    """pydub's recording of integer samples at their own depth, and the samples as pydub has them."""
    if bits == 24 and len(samples) == 0:
        bits = 32  # pydub cannot widen nothing
    if bits == 24:
        data = samples.astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3].tobytes()
    else:
        data = samples.astype(f"<i{bits // 8}").tobytes()
    recording = pydub.AudioSegment(data, sample_width=bits // 8, frame_rate=rate, channels=1)
    return recording, np.array(recording.get_array_of_samples(), np.int64)


def pydub_segments(recording: pydub.AudioSegment, config: SilenceConfig) -> list[np.ndarray]:
    keep = config.keep_silence_s
    pieces = pydub.silence.split_on_silence(
        recording,
        min_silence_len=round(config.min_silence_s * 1000),
        silence_thresh=config.threshold_dbfs,
        keep_silence=True if keep == "all" else round(keep * 1000) or False,
        seek_step=config.seek_step_ms,
    )
    return [np.array(piece.get_array_of_samples(), np.int64) for piece in pieces]


def assert_same_cuts(
    ours: np.ndarray, samples: np.ndarray, reference: list[np.ndarray], rate: int
) -> None:
    """Same number, lengths and content; pydub fills its last one up with < 1 ms of zeros."""
    reference = [piece for piece in reference if len(piece)]
    assert len(ours) == len(reference)
    for (start, stop), piece in zip(ours.tolist(), reference, strict=True):
        padding = len(piece) - (stop - start)
        if stop == len(samples):
            assert 0 <= padding <= rate / 1000
        else:
            assert padding == 0
        np.testing.assert_array_equal(samples[start:stop], piece[: stop - start])
        assert not piece[stop - start :].any()


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, int, int, SilenceConfig]:
    """Bursts and silences, many with a level within a hair of the threshold."""
    bits = draw(st.sampled_from([8, 16, 16, 24, 32]))
    rate = draw(st.sampled_from([8000, 11025, 22050, 44100, 48000]))
    low, high = {8: (-36, -6), 16: (-85, -10), 24: (-120, -10), 32: (-120, -10)}[bits]
    threshold_dbfs = draw(st.one_of(st.integers(low, high), st.floats(low, high)))
    config = SilenceConfig(
        min_silence_s=draw(st.integers(2, 150)) / 1000,
        threshold_dbfs=threshold_dbfs,
        keep_silence_s=draw(st.sampled_from([0.0, 0.1, 0.013, "all"])),
        seek_step_ms=draw(st.sampled_from([1, 1, 5, 7, 10, 200])),
    )
    largest = 2 ** (bits - 1) - 1
    threshold = 10 ** (threshold_dbfs / 20) * 2 ** (bits - 1)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    pieces = []
    for _ in range(draw(st.integers(0, 7))):
        n = draw(st.one_of(st.integers(0, rate // 4), st.integers(0, 3 * rate // 1000)))
        kind = draw(st.sampled_from(["zeros", "burst", "near", "square", "click"]))
        if kind == "zeros":
            piece = np.zeros(n)
        elif kind == "burst":
            piece = rng.normal(size=n) * min(10 * threshold, largest / 4)
        elif kind == "near":
            piece = rng.normal(size=n) * threshold * draw(st.floats(0.97, 1.03))
        elif kind == "square":  # an RMS of exactly the threshold, a step below or above
            level = np.floor(threshold) + draw(st.integers(-1, 2))
            piece = level * rng.choice([-1, 1], size=n)
        else:
            piece = np.zeros(n)
            piece[: min(n, 2)] = largest
        pieces.append(np.clip(np.rint(piece), -largest - 1, largest))
    return np.concatenate([[], *pieces]).astype(np.int64), bits, rate, config


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    case=cases(), block=st.sampled_from([1000, 333, 4410, 10**7]), chunk_ms=st.integers(20, 300)
)
def test_cuts_are_those_of_pydub(
    case: tuple[np.ndarray, int, int, SilenceConfig],
    block: int,
    chunk_ms: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(segmentation, "_CHUNK_MS", chunk_ms)
    native, bits, rate, config = case
    recording, samples = as_pydub(native, bits, rate)
    blocks = in_blocks(samples.astype(np.int32), block)
    ours = split_on_silence(blocks, rate, FULL_SCALE[bits], config)
    assert_same_cuts(ours, samples, pydub_segments(recording, config), rate)
