"""The only room that opens or writes audio (first working form: what libsndfile reads)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import soundfile as sf

from micfp.errors import MicfpError

Channel = int | Literal["mean"]


@dataclass(frozen=True)
class AudioInfo:
    """What a file holds."""

    path: str
    sample_rate_hz: int
    n_samples: int
    n_channels: int
    codec: str
    truncated: bool


_CODECS = {
    "PCM_U8": "pcm_u8",
    "PCM_S8": "pcm_s8",
    "PCM_16": "pcm_s16",
    "PCM_24": "pcm_s24",
    "PCM_32": "pcm_s32",
    "FLOAT": "float32",
    "DOUBLE": "float64",
    "MPEG_LAYER_III": "mp3",
}


def _open(path: str | Path) -> Any:
    try:
        return sf.SoundFile(path)
    except (sf.LibsndfileError, OSError) as error:
        raise MicfpError(f"{path}: cannot be read as audio ({error})") from None


def probe(path: str | Path) -> AudioInfo:
    """Read the header."""
    with _open(path) as file:
        codec = _CODECS.get(file.subtype, file.subtype.lower())
        if file.frames == 0:
            raise MicfpError(f"{path}: holds no samples; record or copy it again")
        return AudioInfo(
            str(path), file.samplerate, file.frames, file.channels, codec, truncated=False
        )


def _one_channel(block: Any, channel: Channel) -> Any:
    if channel != "mean":
        return block[:, channel]
    return block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)


def blocks(
    path: str | Path,
    block_samples: int,
    start_sample: int = 0,
    stop_sample: int | None = None,
    channel: Channel = "mean",
) -> Iterator[Any]:
    """Stream float32 blocks of shape (n,)."""
    with _open(path) as file:
        file.seek(start_sample)
        left = (file.frames if stop_sample is None else stop_sample) - start_sample
        while left > 0:
            block = file.read(min(block_samples, left), dtype="float32", always_2d=True)
            if not len(block):
                return
            left -= len(block)
            yield np.ascontiguousarray(_one_channel(block, channel))


def read(
    path: str | Path,
    start_sample: int = 0,
    stop_sample: int | None = None,
    channel: Channel = "mean",
) -> tuple[Any, int]:
    """Samples float32 (n,) and rate."""
    info = probe(path)
    parts = list(blocks(path, 1 << 20, start_sample, stop_sample, channel))
    return np.concatenate(parts or [np.zeros(0, np.float32)]), info.sample_rate_hz


def full_scale(info: AudioInfo) -> int:
    """Full scale of pcm_blocks."""
    return {"pcm_u8": 128, "pcm_s24": 2**31, "pcm_s32": 2**31}.get(info.codec, 32768)


def pcm_blocks(
    path: str | Path,
    block_samples: int,
    start_sample: int = 0,
    stop_sample: int | None = None,
    channel: Channel = "mean",
) -> Iterator[Any]:
    """Stream int32 blocks of shape (n,)."""
    shift = {128: 24, 2**31: 0}.get(full_scale(probe(path)), 16)
    with _open(path) as file:
        file.seek(start_sample)
        left = (file.frames if stop_sample is None else stop_sample) - start_sample
        while left > 0:
            block = file.read(min(block_samples, left), dtype="int32", always_2d=True)
            if not len(block):
                return
            left -= len(block)
            yield (_one_channel(block, channel).astype(np.int64) >> shift).astype(np.int32)


def resample(samples: Any, from_hz: int, to_hz: int) -> Any:
    """Band-limited rate change (soxr HQ, as librosa.load)."""
    if from_hz == to_hz:
        return samples
    import soxr

    return soxr.resample(samples, from_hz, to_hz, quality="HQ")


def write_wav(path: str | Path, samples: Any, sample_rate_hz: int, subtype: str = "PCM_16") -> None:
    """Write a WAV."""
    sf.write(path, samples, sample_rate_hz, subtype=subtype, format="WAV")


def copy_wav(source: str | Path, target: str | Path, start_sample: int, stop_sample: int) -> None:
    """Copy a range."""
    with _open(source) as file:
        file.seek(start_sample)
        data = file.read(stop_sample - start_sample, dtype="int32", always_2d=True)
        sf.write(target, data, file.samplerate, subtype=file.subtype, format="WAV")
