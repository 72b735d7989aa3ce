"""The segments of one audio file."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from micfp.config.audio import SegmentsConfig, SilenceConfig
from micfp.recordings.segmentation import Segments
from micfp.recordings.segmentation.silence import check_rate, split_on_silence
from micfp.recordings.segmentation.windows import fixed_windows, limit_lengths

SilenceEngine = Callable[[Iterable[NDArray[Any]], int, int, SilenceConfig], Segments]

_BLOCK_SAMPLES = 1 << 18


def segment(
    path: str | Path,
    config: SegmentsConfig,
    channel: Literal["mean"] | int,
    track: int | None = None,
) -> Segments:
    """Segments of one audio file, in samples of its own rate.

    Memory does not grow with the length of the file, unless pydub cuts it.

    Parameters
    ----------
    path
        Any audio file that `micfp.audio` opens.
    config
        Method, and the shortest and longest segment.
    channel
        Of a recording with several channels, their mean or one of them (0 = first).
    track
        As in `micfp.audio.probe`.

    Returns
    -------
    (k, 2) start and stop samples; none where there is nothing but silence.

    Raises
    ------
    MicfpError
        The file is no audio, or the lengths contradict each other.
    """
    from micfp import audio

    info = audio.probe(path, track)
    if config.method == "whole":
        segments = np.array([[0, info.n_samples]], np.int64)
    elif config.method == "windows":
        segments = fixed_windows(info.n_samples, info.sample_rate_hz, config.windows)
    else:
        blocks = audio.pcm_blocks(path, _BLOCK_SAMPLES, channel=channel, track=track)
        full_scale = audio.full_scale(info)
        check_rate(info.sample_rate_hz, f"{path}: ")
        split = silence_engine(config.silence.engine)
        segments = split(blocks, info.sample_rate_hz, full_scale, config.silence)
    return limit_lengths(segments, info.sample_rate_hz, config.min_length_s, config.max_length_s)


def silence_engine(engine: Literal["fast", "pydub"]) -> SilenceEngine:
    """Give what splits on silence: `split_on_silence`, or pydub itself with the same arguments."""
    if engine == "fast":
        return split_on_silence
    from micfp.recordings.segmentation import silence_pydub

    return silence_pydub.split_on_silence
