"""Split on silence by pydub itself: the reference engine.

The thesis's method as it is. pydub holds the whole recording in memory and sums every window anew,
so it needs much more time and memory than `silence.split_on_silence`, whose cuts are the same.
"""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.config.audio import SilenceConfig
from micfp.recordings.segmentation import Segments

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydub: no ffmpeg, which is not needed here
    import pydub
    import pydub.silence


class _Placed(pydub.AudioSegment):  # type: ignore[misc]
    """A recording of pydub's whose pieces know where they begin."""

    start_sample = 0

    def __getitem__(self, milliseconds: slice) -> "_Placed":
        piece: _Placed = super().__getitem__(milliseconds)
        piece.start_sample = self._parse_position(min(milliseconds.start, len(self)))
        return piece


def split_on_silence(
    blocks: Iterable[NDArray[Any]],
    sample_rate_hz: int,
    full_scale: int,
    config: SilenceConfig,
) -> Segments:
    """Cut as `pydub.silence.split_on_silence` does.

    pydub pads a last segment with zeros where the length rounds up to a whole millisecond; here it
    ends with the audio. Pieces without a sample are left out.

    Parameters
    ----------
    blocks
        Integer samples of one channel, (n,) each, of any length; read once, all held in memory.
    sample_rate_hz
        Rate of the samples, > 0.
    full_scale
        Sample value of 0 dBFS: 128 (8 bit), 32768 (16 bit) or 2**31 (24 and 32 bit).
    config
        Seconds are rounded to whole milliseconds.

    Returns
    -------
    (k, 2) start and stop samples; none for nothing but silence, the whole for no silence.

    Raises
    ------
    TypeError
        Samples are not integers.
    """
    recording = _recording(blocks, sample_rate_hz, full_scale)
    keep = config.keep_silence_s
    pieces = pydub.silence.split_on_silence(
        recording,
        min_silence_len=max(1, round(config.min_silence_s * 1000)),
        silence_thresh=config.threshold_dbfs,
        keep_silence=True if keep == "all" else round(keep * 1000) or False,
        seek_step=config.seek_step_ms,
    )
    starts = np.array([piece.start_sample for piece in pieces], np.int64)
    lengths = np.array([piece.frame_count() for piece in pieces], np.int64)
    stops = np.minimum(starts + lengths, int(recording.frame_count()))
    segments = np.column_stack([starts, stops])
    return segments[segments[:, 0] < segments[:, 1]]


def _recording(blocks: Iterable[NDArray[Any]], sample_rate_hz: int, full_scale: int) -> _Placed:
    """The samples as pydub holds them: 1, 2 or 4 bytes each."""
    dtype = {128: np.int8, 32768: np.int16, 2**31: np.int32}[full_scale]
    data = bytearray()
    for block in blocks:
        if block.dtype.kind != "i":
            raise TypeError(f"split_on_silence needs integer samples, not {block.dtype}")
        data += block.astype(dtype).tobytes()
    return _Placed(
        bytes(data), sample_width=np.dtype(dtype).itemsize, frame_rate=sample_rate_hz, channels=1
    )
