"""Writes the bytes of WAV files: RIFF, or RF64 (EBU Tech 3306) from 4 GiB on, whole or not at all.

libsndfile is not used for this: it stamps the time into float files, so that the same samples
would give different bytes, and a full disk ends in an assertion.
"""

import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from micfp.errors import MicfpError
from micfp.written import beside

_PCM, _FLOAT = 1, 3
_FORMS = {  # subtype: format tag, bits
    "PCM_U8": (_PCM, 8),
    "PCM_16": (_PCM, 16),
    "PCM_24": (_PCM, 24),
    "PCM_32": (_PCM, 32),
    "FLOAT": (_FLOAT, 32),
    "DOUBLE": (_FLOAT, 64),
}
SUBTYPES = tuple(_FORMS)


def wav_fmt(subtype: str, n_channels: int, sample_rate_hz: int) -> bytes:
    """Give the `fmt` chunk of a WAV file (without its head) for one of SUBTYPES."""
    tag, bits = _FORMS[subtype]
    frame = n_channels * bits // 8
    return struct.pack(
        "<HHIIHH", tag, n_channels, sample_rate_hz, sample_rate_hz * frame, frame, bits
    )


def wav_head(fmt: bytes, n_samples: int, data_bytes: int) -> bytes:
    """Everything that stands before the samples: RIFF, or RF64 from 4 GiB on."""
    chunks = struct.pack("<4sI", b"fmt ", len(fmt)) + fmt + b"\0" * (len(fmt) & 1)
    if struct.unpack_from("<H", fmt)[0] != _PCM:
        chunks += struct.pack("<4sII", b"fact", 4, min(n_samples, 0xFFFFFFFF))
    riff_bytes = 4 + len(chunks) + 8 + data_bytes + (data_bytes & 1)
    if riff_bytes <= 0xFFFFFFFE:
        return (
            struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE")
            + chunks
            + struct.pack("<4sI", b"data", data_bytes)
        )
    ds64 = struct.pack("<4sIQQQI", b"ds64", 28, riff_bytes + 36, data_bytes, n_samples, 0)
    return (
        struct.pack("<4sI4s", b"RF64", 0xFFFFFFFF, b"WAVE")
        + ds64
        + chunks
        + struct.pack("<4sI", b"data", 0xFFFFFFFF)
    )


@contextmanager
def _whole_file(target: Path) -> Iterator[BinaryIO]:
    """A file beside `target` that takes its name when all went well, and vanishes otherwise."""
    if target.exists() and not target.is_file():
        raise MicfpError(f"{target}: is not a file; give the name of a WAV file to write")
    try:
        with beside(target) as part, open(part, "xb") as file:
            yield file
    except OSError as error:
        raise MicfpError(
            f"{target}: cannot be written ({error.strerror or error}); "
            "make room, or choose another folder"
        ) from None


def encoded(samples: Any, subtype: str) -> bytes:
    """Little-endian bytes of float samples, or of int32 samples at full scale 2**31."""
    if subtype in ("FLOAT", "DOUBLE"):
        return samples.astype("<f4" if subtype == "FLOAT" else "<f8").tobytes()  # type: ignore[no-any-return]
    bits = int(subtype.removeprefix("PCM_").removeprefix("U"))
    if samples.dtype.kind == "f":
        top = 2 ** (bits - 1)
        # float32 holds every step of 24 bits exactly, not of 32.
        scaled = np.multiply(
            samples, top, dtype=np.result_type(samples, np.float32) if bits <= 24 else np.float64
        )
        samples = np.clip(np.rint(scaled, out=scaled), -top, top - 1, out=scaled).astype(np.int32)
    else:
        samples = samples >> (32 - bits)
    if bits == 8:
        return (samples + 128).astype(np.uint8).tobytes()  # type: ignore[no-any-return]
    if bits == 24:
        four = samples.astype("<i4").reshape(-1).view(np.uint8).reshape(-1, 4)
        return np.ascontiguousarray(four[:, :3]).tobytes()
    return samples.astype(f"<i{bits // 8}").tobytes()  # type: ignore[no-any-return]


def write(target: Path, fmt: bytes, n_samples: int, parts: Iterable[bytes]) -> None:
    """Header, samples and the byte that makes their number even."""
    frame_bytes = int.from_bytes(fmt[12:14], "little")
    with _whole_file(target) as file:
        file.write(wav_head(fmt, n_samples, n_samples * frame_bytes))
        for part in parts:
            file.write(part)
        file.write(b"\0" * (n_samples * frame_bytes & 1))
