"""Samples as the integers that pydub's AudioSegment sees."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from micfp.audio.decoding import Channel, check_channel, decoded, one_channel, sample_range
from micfp.audio.info import AudioInfo, examine

Int32 = npt.NDArray[np.int32]


def full_scale(info: AudioInfo) -> int:
    """Give the full scale of `pcm_blocks`, 128, 32768 or 2**31 (pydub: max_possible_amplitude)."""
    if info.codec in ("pcm_u8", "pcm_s8", "flac_s8"):
        return 128
    return 2**31 if info.codec.endswith(("_s24", "_s32")) else 32768


def _pydub_integers(block: Any, codec: str) -> Any:
    """Integers as pydub's AudioSegment holds them, of decoded int16, int32 or float32."""
    if block.dtype.kind == "f":
        return np.clip(np.nan_to_num(np.rint(block * 32768)), -32768, 32767).astype(np.int32)
    if codec.endswith("_s24"):
        # pydub widens 24 bit by a lowest byte that repeats the sign: 00 or FF.
        return block | (block >> 31 & 0xFF)
    return block >> 24 if codec.endswith(("u8", "s8")) else block


def pcm_blocks(
    path: str | Path,
    block_samples: int,
    start_sample: int = 0,
    stop_sample: int | None = None,
    channel: Channel = "mean",
    track: int | None = None,
) -> Iterator[Int32]:
    """Stream a range as integer samples, as pydub's AudioSegment sees them.

    8 bit: -128..127; 16 bit: -32768..32767; 24 and 32 bit: -2**31..2**31-1; float and lossy files
    are rounded to 16 bit (NaN becomes 0). One channel: the integers are exactly pydub's. Several:
    pydub measures levels over the interleaved samples of all; here `channel` decides, as
    everywhere, and a mean is rounded to the nearest integer.

    Parameters and errors as `blocks`.

    Returns
    -------
    Iterator over int32 (n,); its full scale is `full_scale(probe(path))`.
    """
    source = examine(path, track)
    codec = source.info.codec
    start, stop = sample_range(source.info, start_sample, stop_sample)
    check_channel(source.info, channel)
    integer = codec.startswith(("pcm_", "flac_"))
    dtype = ("int16" if full_scale(source.info) == 32768 else "int32") if integer else "float32"

    def integers(block: Any) -> Any:
        if dtype != "float32":
            return one_channel(_pydub_integers(block, codec), channel)
        return _pydub_integers(one_channel(block, channel), codec)

    return (
        integers(block).astype(np.int32, copy=False)
        for block in decoded(source, start, stop, block_samples, dtype)
    )
