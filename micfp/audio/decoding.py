"""Decodes a file, or ranges of it, to float32 samples of one channel."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import soundfile as sf

from micfp.audio.failures import as_sentences
from micfp.audio.info import AudioInfo, Source, examine, probe, sound_file
from micfp.errors import MicfpError

Channel = int | Literal["mean"]
Float32 = npt.NDArray[np.float32]

BLOCK_SAMPLES = 1 << 18


def sample_range(info: AudioInfo, start_sample: int, stop_sample: int | None) -> tuple[int, int]:
    """First sample and end of a range; MicfpError where the file does not have it."""
    stop = info.n_samples if stop_sample is None else int(stop_sample)
    if not 0 <= start_sample <= stop <= info.n_samples:
        raise MicfpError(
            f"{info.path}: samples {start_sample} to {stop} were asked for, and it has "
            f"{info.n_samples}; ask for a range inside 0 to {info.n_samples}"
        )
    return int(start_sample), stop


def check_channel(info: AudioInfo, channel: Channel) -> None:
    """Raise MicfpError where the file does not have the channel."""
    if channel != "mean" and not 0 <= channel < info.n_channels:
        raise MicfpError(
            f"{info.path}: channel {channel} was asked for, and it has {info.n_channels} "
            f'(0 to {info.n_channels - 1}); name one of these, or "mean"'
        )


def _rechunk(pieces: Iterable[Any], block_samples: int) -> Iterator[Any]:
    """Join and cut arrays to one length; the last may be shorter."""
    waiting: list[Any] = []
    n_waiting = 0
    for piece in pieces:
        waiting.append(piece)
        n_waiting += len(piece)
        if n_waiting >= block_samples:
            joined = np.concatenate(waiting)
            whole = len(joined) - len(joined) % block_samples
            for start in range(0, whole, block_samples):
                yield joined[start : start + block_samples]
            waiting, n_waiting = [joined[whole:]], len(joined) - whole
    if n_waiting:
        yield np.concatenate(waiting)


def decoded(source: Source, start: int, stop: int, block_samples: int, dtype: str) -> Iterator[Any]:
    """Blocks of shape (n, channels): `dtype`, but float32 of what FFmpeg has no integers of."""
    info, position = source.info, start
    with as_sentences(info.path):
        for block in _blocks(source, start, stop, block_samples, dtype):
            yield block
            position += len(block)
        if position < stop:
            raise MicfpError(
                f"{info.path}: ends at sample {position}, before {stop}: it has changed since it "
                "was looked at; read it again"
            )


def _blocks(source: Source, start: int, stop: int, block_samples: int, dtype: str) -> Iterator[Any]:
    if source.ffmpeg_track is None:
        return _by_libsndfile(source.info, start, stop, block_samples, dtype)
    from micfp.audio import ffmpeg

    pieces = ffmpeg.pieces(source.info.path, source.ffmpeg_track, start, stop, dtype)
    return _rechunk(pieces, block_samples)


def _by_libsndfile(
    info: AudioInfo, start: int, stop: int, block_samples: int, dtype: str
) -> Iterator[Any]:
    position = start
    try:
        with sound_file(info.path) as sound:
            # An MP3 frame leans on the frames before it, further than libsndfile goes back; in ALAC
            # behind damage its seek and its reading tell of different samples.
            run_up = min(start, sound.samplerate) if info.codec == "mp3" else 0
            run_up = start if info.codec.startswith("alac") else run_up
            sound.seek(start - run_up)
            while run_up and (passed := len(sound.read(min(run_up, block_samples), "float32"))):
                run_up -= passed
            # The same values as libsndfile's own conversion, in a third of its time.
            scaled = dtype == "float32" and info.codec in ("pcm_s16", "flac_s16")
            stored = "int16" if scaled else dtype
            while position < stop:
                block = sound.read(min(block_samples, stop - position), stored, always_2d=True)
                if not len(block):
                    return
                position += len(block)
                yield block * np.float32(1 / 32768) if scaled else block
    except sf.LibsndfileError as error:
        raise MicfpError(
            f"{info.path}: damaged behind sample {position} ({error.error_string}); "
            "copy it again, or use the part before"
        ) from None


def one_channel(block: Any, channel: Channel) -> Any:
    """Of (n, channels), (n,): integers are averaged in float64, exactly, and rounded."""
    if channel != "mean":
        return np.ascontiguousarray(block[:, channel])
    n_channels = block.shape[1]
    if n_channels == 1:
        return block[:, 0]
    floating = block.dtype.kind == "f"
    total = block[:, 0].astype(block.dtype if floating else np.float64)
    for index in range(1, n_channels):
        total += block[:, index]
    total /= n_channels
    return total if floating else np.rint(total).astype(block.dtype)


def blocks(
    path: str | Path,
    block_samples: int,
    start_sample: int = 0,
    stop_sample: int | None = None,
    channel: Channel = "mean",
    track: int | None = None,
) -> Iterator[Float32]:
    """Stream a range of a file.

    Parameters
    ----------
    path
        Audio file.
    block_samples
        Length of the blocks, > 0; the last one may be shorter.
    start_sample
        First sample, from 0.
    stop_sample
        The one after the last; None: to the end.
    channel
        Index from 0, or "mean".
    track
        As in `probe`.

    Returns
    -------
    Iterator over float32 (n,), full scale 1; values as soundfile's. After a seek in a lossy file
    (MP3, AAC, Opus, AMR) the decoder's memory may leave differences below audibility.

    Raises
    ------
    MicfpError
        As `probe`; a range or channel that the file does not have; damage on the way.
    """
    source = examine(path, track)
    start, stop = sample_range(source.info, start_sample, stop_sample)
    check_channel(source.info, channel)
    return (
        one_channel(block, channel)
        for block in decoded(source, start, stop, block_samples, "float32")
    )


def channel_blocks(
    path: str | Path, block_samples: int, stop_sample: int | None = None, track: int | None = None
) -> Iterator[Any]:
    """Stream all channels from the beginning, float32 (n, channels): `one_channel` mixes them.

    Parameters and errors as `blocks`.
    """
    source = examine(path, track)
    start, stop = sample_range(source.info, 0, stop_sample)
    return decoded(source, start, stop, block_samples, "float32")


def read(
    path: str | Path,
    start_sample: int = 0,
    stop_sample: int | None = None,
    channel: Channel = "mean",
    track: int | None = None,
) -> tuple[Float32, int]:
    """Read a range of a file at once; parameters and errors as `blocks`.

    Returns
    -------
    Samples, float32 (n,), full scale 1, and the sample rate in Hz.
    """
    info = probe(path, track)
    start, stop = sample_range(info, start_sample, stop_sample)
    samples = np.empty(stop - start, np.float32)
    position = 0
    for block in blocks(path, BLOCK_SAMPLES, start, stop, channel, track):
        samples[position : position + len(block)] = block
        position += len(block)
    return samples[:position], info.sample_rate_hz


def read_ranges(
    path: str | Path,
    ranges: Iterable[Sequence[int]],
    channel: Channel = "mean",
    track: int | None = None,
) -> Iterator[Float32]:
    """Read many ranges of one file in one pass: the way to the segments of a long recording.

    Parameters
    ----------
    path
        Audio file.
    ranges
        Pairs (start, stop) of samples, starts ascending; they may overlap.
    channel
        Index from 0, or "mean".
    track
        As in `probe`.

    Yields
    ------
    float32 (stop - start,) for each pair, in order. Memory: the longest range and one block.

    Raises
    ------
    MicfpError
        As `blocks`; starts that go back.
    """
    info = probe(path, track)
    pairs = [sample_range(info, int(start), int(stop)) for start, stop in ranges]
    if any(later[0] < earlier[0] for earlier, later in pairwise(pairs)):
        raise MicfpError(f"{path}: ranges must be asked for in the order of their starts")
    check_channel(info, channel)
    if not pairs:
        return
    kept, position = np.empty(0, np.float32), pairs[0][0]  # kept ends at position
    stream = blocks(path, BLOCK_SAMPLES, position, max(stop for _, stop in pairs), channel, track)
    for start, stop in pairs:
        parts = [kept[len(kept) - max(0, position - start) :]]
        while position < stop:
            block = next(stream, None)
            if block is None:
                raise MicfpError(f"{path}: ends at sample {position}, before {stop}; read it again")
            position += len(block)
            parts.append(block[max(0, len(block) - (position - start)) :])
        kept = np.concatenate(parts) if len(parts) > 1 else parts[0]
        yield kept[: stop - start].copy()
