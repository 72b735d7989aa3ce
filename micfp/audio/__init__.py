"""The only package that opens or writes audio.

What a file is, is found by trying, never by its name: libsndfile first (WAV, RF64, Wave64, FLAC,
Ogg Vorbis and Opus, MP3, AIFF...), then FFmpeg (`audio_ffmpeg.py`: M4A/AAC, AMR, the first audio
track of MP4, MKV, WebM). FFmpeg also takes what libsndfile opens but cannot read to the end that
the header promises, and MP3 files whose length is stated nowhere.

Samples are passed on as they are, NaN and infinity too. Of several channels, `channel` is the
index of one (0 is the first), or "mean": the mean of all, as librosa's to_mono. Memory does
not grow with the length of a file, except by what `read` returns.

The rest of the room: `audio_probe.py` (what a file is), `audio_ffmpeg.py`, `audio_header.py`
(chunks) and `audio_wav.py` (writing).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import soundfile as sf

from micfp.audio import header as audio_header
from micfp.audio import wav as audio_wav
from micfp.audio.info import AudioInfo, Source, examine, opened, sound_file
from micfp.errors import MicfpError

__all__ = [
    "AudioInfo",
    "Channel",
    "blocks",
    "copy_wav",
    "full_scale",
    "pcm_blocks",
    "probe",
    "read",
    "read_ranges",
    "resample",
    "write_blocks",
    "write_wav",
]

Channel = int | Literal["mean"]
Float32 = npt.NDArray[np.float32]
Int32 = npt.NDArray[np.int32]

_BLOCK_SAMPLES = 1 << 18


def probe(path: str | Path) -> AudioInfo:
    """Find out what an audio file holds.

    WAV, FLAC, Ogg, MP3 with a length tag, MP4 and M4A take milliseconds; files without an exact
    length (MKV, WebM, AMR, ADTS AAC) are decoded once to count. The answer is remembered until
    the file changes.

    Args:
        path: of any audio file, or of a video with an audio track.

    Raises:
        MicfpError: no such file, a folder, unreadable, empty, not audio, no track, no samples.
    """
    return examine(path).info


def _range(info: AudioInfo, start_sample: int, stop_sample: int | None) -> tuple[int, int]:
    stop = info.n_samples if stop_sample is None else int(stop_sample)
    if not 0 <= start_sample <= stop <= info.n_samples:
        raise MicfpError(
            f"{info.path}: samples {start_sample} to {stop} were asked for, and it has "
            f"{info.n_samples}; ask for a range inside 0 to {info.n_samples}"
        )
    return int(start_sample), stop


def _check_channel(info: AudioInfo, channel: Channel) -> None:
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


def _decoded(
    source: Source, start: int, stop: int, block_samples: int, dtype: str
) -> Iterator[Any]:
    """Blocks of shape (n, channels); FFmpeg gives float32, whatever `dtype`."""
    path = source.info.path
    if source.by_ffmpeg:
        from micfp.audio import ffmpeg as audio_ffmpeg

        yield from _rechunk(audio_ffmpeg.pieces(path, start, stop), block_samples)
        return
    position = start
    try:
        with sound_file(path) as sound:
            # An MP3 frame leans on the frames before it, further than libsndfile goes back.
            run_up = min(start, sound.samplerate) if source.info.codec == "mp3" else 0
            sound.seek(start - run_up)
            sound.read(run_up, "float32")
            # The same values as libsndfile's own conversion, in a third of its time.
            scaled = dtype == "float32" and source.info.codec in ("pcm_s16", "flac_s16")
            stored = "int16" if scaled else dtype
            while position < stop:
                block = sound.read(min(block_samples, stop - position), stored, always_2d=True)
                if not len(block):
                    return
                position += len(block)
                yield block * np.float32(1 / 32768) if scaled else block
    except sf.LibsndfileError as error:
        raise MicfpError(
            f"{path}: damaged behind sample {position} ({error.error_string}); "
            "copy it again, or use the part before"
        ) from None


def _one_channel(block: Any, channel: Channel) -> Any:
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
) -> Iterator[Float32]:
    """Stream a range of a file.

    Args:
        path: audio file.
        block_samples: length of the blocks, > 0; the last one may be shorter.
        start_sample: first sample, from 0.
        stop_sample: the one after the last; None: to the end.
        channel: index from 0, or "mean".

    Returns:
        Iterator over float32 (n,), full scale 1; values as soundfile's. After a seek in a lossy
        file (MP3, AAC, Opus, AMR) the decoder's memory may leave differences below audibility.

    Raises:
        MicfpError: as `probe`; a range or channel the file does not have; damage on the way.
    """
    source = examine(path)
    start, stop = _range(source.info, start_sample, stop_sample)
    _check_channel(source.info, channel)
    return (
        _one_channel(block, channel)
        for block in _decoded(source, start, stop, block_samples, "float32")
    )


def read(
    path: str | Path,
    start_sample: int = 0,
    stop_sample: int | None = None,
    channel: Channel = "mean",
) -> tuple[Float32, int]:
    """Read a range of a file at once.

    Arguments and errors as `blocks`.

    Returns:
        samples float32 (n,), full scale 1, and the sample rate in Hz.
    """
    info = probe(path)
    start, stop = _range(info, start_sample, stop_sample)
    samples = np.empty(stop - start, np.float32)
    position = 0
    for block in blocks(path, _BLOCK_SAMPLES, start, stop, channel):
        samples[position : position + len(block)] = block
        position += len(block)
    return samples[:position], info.sample_rate_hz


def read_ranges(
    path: str | Path, ranges: Iterable[Sequence[int]], channel: Channel = "mean"
) -> Iterator[Float32]:
    """Read many ranges of one file in one pass: the way to the segments of a long recording.

    Args:
        path: audio file.
        ranges: pairs (start, stop) of samples, starts ascending; they may overlap.
        channel: index from 0, or "mean".

    Yields:
        float32 (stop - start,) for each pair, in order. Memory: the longest range and one block.

    Raises:
        MicfpError: as `blocks`; starts that go back.
    """
    info = probe(path)
    pairs = [_range(info, int(start), int(stop)) for start, stop in ranges]
    if any(later[0] < earlier[0] for earlier, later in pairwise(pairs)):
        raise MicfpError(f"{path}: ranges must be asked for in the order of their starts")
    _check_channel(info, channel)
    if not pairs:
        return
    held, position = np.empty(0, np.float32), pairs[0][0]  # held ends at position
    stream = blocks(path, _BLOCK_SAMPLES, position, max(stop for _, stop in pairs), channel)
    for start, stop in pairs:
        parts = [held[len(held) - max(0, position - start) :]]
        while position < stop:
            block = next(stream, None)
            if block is None:
                raise MicfpError(f"{path}: ends at sample {position}, before {stop}; read it again")
            position += len(block)
            parts.append(block[max(0, len(block) - (position - start)) :])
        held = np.concatenate(parts) if len(parts) > 1 else parts[0]
        yield held[: stop - start].copy()


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
) -> Iterator[Int32]:
    """Stream a range as integer samples, as pydub's AudioSegment sees them.

    8 bit: -128..127; 16 bit: -32768..32767; 24 and 32 bit: -2**31..2**31-1; float and lossy files
    are rounded to 16 bit (NaN becomes 0). One channel: the integers are exactly pydub's. Several:
    pydub measures levels over the interleaved samples of all; here `channel` decides, as
    everywhere, and a mean is rounded to the nearest integer.

    Arguments and errors as `blocks`.

    Returns:
        Iterator over int32 (n,); its full scale is `full_scale(probe(path))`.
    """
    source = examine(path)
    codec = source.info.codec
    start, stop = _range(source.info, start_sample, stop_sample)
    _check_channel(source.info, channel)
    integer = codec.startswith(("pcm_", "flac_"))
    dtype = ("int16" if full_scale(source.info) == 32768 else "int32") if integer else "float32"

    def integers(block: Any) -> Any:
        if dtype != "float32":
            return _one_channel(_pydub_integers(block, codec), channel)
        return _pydub_integers(_one_channel(block, channel), codec)

    return (
        integers(block).astype(np.int32, copy=False)
        for block in _decoded(source, start, stop, block_samples, dtype)
    )


def resample(samples: Float32, from_hz: int, to_hz: int) -> Float32:
    """Change the sample rate, band-limited: soxr HQ, as librosa.load's default.

    Args:
        samples: float32 (n,).
        from_hz: rate of `samples`, Hz, > 0.
        to_hz: rate wanted, Hz, > 0.

    Returns:
        float32 (ceil(n * to_hz / from_hz),); `samples` themselves where the rates are equal.
    """
    if from_hz == to_hz:
        return samples
    import soxr

    n_wanted = -(-len(samples) * to_hz // from_hz)
    changed = soxr.resample(samples, from_hz, to_hz, quality="HQ")[:n_wanted]
    if len(changed) < n_wanted:
        changed = np.pad(changed, (0, n_wanted - len(changed)))
    return np.asarray(changed, np.float32)


def write_wav(
    path: str | Path, samples: npt.NDArray[Any], sample_rate_hz: int, subtype: str = "PCM_16"
) -> None:
    """Write a WAV file (RF64 from 4 GiB on): whole, or not at all; same samples, same bytes.

    Args:
        path: file to write; one that exists is replaced.
        samples: float (n,) or (n, channels), full scale 1. Integer subtypes round to the nearest
            step and clip, so that what `read` gave is written back exactly.
        sample_rate_hz: > 0.
        subtype: PCM_U8, PCM_16, PCM_24, PCM_32, FLOAT or DOUBLE.

    Raises:
        MicfpError: nothing to write, NaN in an integer file, no room, no such folder.
    """
    samples = np.asarray(samples)
    if samples.ndim not in (1, 2) or samples.size == 0 or samples.dtype.kind != "f":
        raise MicfpError(
            f"{path}: {samples.dtype} samples of shape {samples.shape} cannot be written; "
            "give floats of shape (n,) or (n, channels)"
        )
    if subtype not in audio_wav.SUBTYPES:
        known = ", ".join(audio_wav.SUBTYPES)
        raise MicfpError(f"{path}: WAV form {subtype!r} is not known; use one of {known}")
    n_channels = 1 if samples.ndim == 1 else samples.shape[1]
    parts = (samples[i : i + _BLOCK_SAMPLES] for i in range(0, len(samples), _BLOCK_SAMPLES))
    _write_parts(path, parts, len(samples), n_channels, sample_rate_hz, subtype)


def write_blocks(
    path: str | Path,
    blocks: Iterable[Float32],
    n_samples: int,
    sample_rate_hz: int,
    subtype: str = "PCM_16",
) -> None:
    """Write a WAV file of one channel block by block, as `write_wav`: memory is that of a block.

    Args:
        path: file to write; one that exists is replaced.
        blocks: float (n,) each, `n_samples` together.
        n_samples: length of the file.
        sample_rate_hz: > 0.
        subtype: as in `write_wav`.

    Raises:
        MicfpError: NaN in an integer file, no room, no such folder.
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
    fmt = audio_wav.wav_fmt(subtype, n_channels, sample_rate_hz)
    audio_wav.write(
        Path(path), fmt, n_samples, (_encoded_finite(path, part, subtype) for part in parts)
    )


def copy_wav(source: str | Path, target: str | Path, start_sample: int, stop_sample: int) -> None:
    """Copy a range of a file into a WAV file: own rate, depth and channels.

    The bytes of WAV, RF64 and Wave64 samples are copied untouched. Other files are decoded to their
    own depth (FLAC, AIFF...), or to float32 where they have none (MP3, AAC...).

    Args:
        source: audio file.
        target: WAV file to write, whole or not at all; same range, same bytes.
        start_sample: first sample, from 0.
        stop_sample: the one after the last.

    Raises:
        MicfpError: as `blocks` and `write_wav`.
    """
    found = examine(source)
    start, stop = _range(found.info, start_sample, stop_sample)
    if start == stop:
        raise MicfpError(f"{source}: samples {start} to {stop} are none; ask for a longer range")
    with opened(source) as file:
        header = audio_header.read_wav_header(file)
    if header is not None and header.frame_bytes and not found.by_ffmpeg:
        parts = _raw_bytes(source, header, start, stop)
        audio_wav.write(Path(target), header.fmt, stop - start, parts)
        return
    codec = found.info.codec
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
    fmt = audio_wav.wav_fmt(subtype, found.info.n_channels, found.info.sample_rate_hz)
    decoded = _decoded(found, start, stop, _BLOCK_SAMPLES, dtype)
    audio_wav.write(
        Path(target), fmt, stop - start, (audio_wav.encoded(block, subtype) for block in decoded)
    )


def _encoded_finite(path: str | Path, samples: Any, subtype: str) -> bytes:
    if subtype not in ("FLOAT", "DOUBLE") and np.isnan(samples).any():
        raise MicfpError(f"{path}: samples that are not a number fit no {subtype} file; use FLOAT")
    return audio_wav.encoded(samples, subtype)


def _raw_bytes(
    source: str | Path, header: audio_header.WavHeader, start: int, stop: int
) -> Iterator[bytes]:
    with opened(source) as file:
        file.seek(header.data_offset + start * header.frame_bytes)
        left = (stop - start) * header.frame_bytes
        while left:
            part = file.read(min(left, 1 << 20))
            if not part:
                raise MicfpError(f"{source}: became shorter while it was read; try again")
            left -= len(part)
            yield part
