"""Writes samples, or a range of another file, as WAV."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from micfp.audio.decoding import BLOCK_SAMPLES, Float32, decoded, sample_range
from micfp.audio.header import WavHeader, read_wav_header
from micfp.audio.info import examine, opened
from micfp.audio.wav import SUBTYPES, encoded, wav_fmt, write
from micfp.errors import MicfpError


def write_wav(
    path: str | Path, samples: npt.NDArray[Any], sample_rate_hz: int, subtype: str = "PCM_16"
) -> None:
    """Write a WAV file (RF64 from 4 GiB on): whole, or not at all; same samples, same bytes.

    Parameters
    ----------
    path
        File to write; one that exists is replaced.
    samples
        Float (n,) or (n, channels), full scale 1. Integer subtypes round to the nearest step and
        clip, so that what `read` gave is written back exactly.
    sample_rate_hz
        > 0.
    subtype
        PCM_U8, PCM_16, PCM_24, PCM_32, FLOAT or DOUBLE.

    Raises
    ------
    MicfpError
        Nothing to write, NaN in an integer file, no room, no such folder.
    """
    samples = np.asarray(samples)
    if samples.ndim not in (1, 2) or samples.size == 0 or samples.dtype.kind != "f":
        raise MicfpError(
            f"{path}: {samples.dtype} samples of shape {samples.shape} cannot be written; "
            "give floats of shape (n,) or (n, channels)"
        )
    if subtype not in SUBTYPES:
        known = ", ".join(SUBTYPES)
        raise MicfpError(f"{path}: WAV form {subtype!r} is not known; use one of {known}")
    n_channels = 1 if samples.ndim == 1 else samples.shape[1]
    parts = (samples[i : i + BLOCK_SAMPLES] for i in range(0, len(samples), BLOCK_SAMPLES))
    _write_parts(path, parts, len(samples), n_channels, sample_rate_hz, subtype)


def write_blocks(
    path: str | Path,
    blocks: Iterable[Float32],
    n_samples: int,
    sample_rate_hz: int,
    subtype: str = "PCM_16",
) -> None:
    """Write a WAV file of one channel block by block, as `write_wav`: memory is that of a block.

    Parameters
    ----------
    path
        File to write; one that exists is replaced.
    blocks
        Float (n,) each, `n_samples` together.
    n_samples
        Length of the file.
    sample_rate_hz
        > 0.
    subtype
        As in `write_wav`.

    Raises
    ------
    MicfpError
        NaN in an integer file, no room, no such folder.
    """
    _write_parts(path, blocks, n_samples, 1, sample_rate_hz, subtype)


def _write_parts(
    path: str | Path,
    parts: Iterable[npt.NDArray[Any]],
    n_samples: int,
    n_channels: int,
    sample_rate_hz: int,
    subtype: str,
) -> None:
    fmt = wav_fmt(subtype, n_channels, sample_rate_hz)
    write(Path(path), fmt, n_samples, (_encoded_finite(path, part, subtype) for part in parts))


def copy_wav(source: str | Path, target: str | Path, start_sample: int, stop_sample: int) -> None:
    """Copy a range of a file into a WAV file: own rate, depth and channels.

    The bytes of WAV, RF64 and Wave64 samples are copied untouched. Other files are decoded to their
    own depth (FLAC, AIFF...), or to float32 where they have none (MP3, AAC...).

    Parameters
    ----------
    source
        Audio file.
    target
        WAV file to write, whole or not at all; same range, same bytes.
    start_sample
        First sample, from 0.
    stop_sample
        The one after the last.

    Raises
    ------
    MicfpError
        As `blocks` and `write_wav`.
    """
    examined = examine(source)
    start, stop = sample_range(examined.info, start_sample, stop_sample)
    if start == stop:
        raise MicfpError(f"{source}: samples {start} to {stop} are none; ask for a longer range")
    with opened(source) as file:
        header = read_wav_header(file)
    if header is not None and header.frame_bytes and not examined.by_ffmpeg:
        parts = _raw_bytes(source, header, start, stop)
        write(Path(target), header.fmt, stop - start, parts)
        return
    codec = examined.info.codec
    subtype = {
        "u8": "PCM_U8",
        "s8": "PCM_U8",
        "s16": "PCM_16",
        "s24": "PCM_24",
        "s32": "PCM_32",
    }.get(
        codec.removeprefix("pcm_").removeprefix("flac_"),
        "DOUBLE" if codec == "float64" else "FLOAT",
    )
    dtype = {"FLOAT": "float32", "DOUBLE": "float64"}.get(subtype, "int32")
    fmt = wav_fmt(subtype, examined.info.n_channels, examined.info.sample_rate_hz)
    blocks = decoded(examined, start, stop, BLOCK_SAMPLES, dtype)
    write(Path(target), fmt, stop - start, (encoded(block, subtype) for block in blocks))


def _encoded_finite(path: str | Path, samples: Any, subtype: str) -> bytes:
    if subtype not in ("FLOAT", "DOUBLE") and np.isnan(samples).any():
        raise MicfpError(f"{path}: samples that are not a number fit no {subtype} file; use FLOAT")
    return encoded(samples, subtype)


def _raw_bytes(source: str | Path, header: WavHeader, start: int, stop: int) -> Iterator[bytes]:
    with opened(source) as file:
        file.seek(header.data_offset + start * header.frame_bytes)
        left = (stop - start) * header.frame_bytes
        while left:
            part = file.read(min(left, 1 << 20))
            if not part:
                raise MicfpError(f"{source}: became shorter while it was read; try again")
            left -= len(part)
            yield part
