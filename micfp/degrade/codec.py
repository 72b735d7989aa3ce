"""What the codecs share: a file is really written, and read as any recording is.

MP3 (LAME), AAC (FFmpeg), Opus (libopus) and AMR-NB (OpenCORE) by PyAV; Vorbis, G.711 and GSM 6.10
by libsndfile. Rate, length and delay are what `micfp.audio` finds in the file. A sample rate that a
codec does not have goes to one that it has, and stays there.
"""

import io
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from micfp.degrade.kind import Float32, Sound

TELEPHONE_HZ = 8000
_BLOCK_SAMPLES = 1 << 16
# What encoders are given. Opus codes less of what lies near the step of 16 bits if it knows of it,
# and recorders and FFmpeg give it 16 bits.
_FORMATS = {"aac": "fltp", "libmp3lame": "fltp", "libopus": "s16", "libopencore_amrnb": "s16"}


def encoded(
    samples: Float32, sample_rate_hz: int, encoder_name: str, container: str, bit_s: int
) -> bytes:
    """A file of float32 (n,) samples, by FFmpeg's libraries: encoder, container and bit rate."""
    import av

    content = io.BytesIO()
    with av.open(content, "w", format=container) as output:
        stream: Any = output.add_stream(encoder_name, rate=sample_rate_hz)
        stream.layout, stream.bit_rate = "mono", bit_s
        stream.format = _FORMATS[encoder_name]
        for start in range(0, len(samples), _BLOCK_SAMPLES):
            block = np.ascontiguousarray(samples[None, start : start + _BLOCK_SAMPLES])
            frame: Any = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = sample_rate_hz, start
            frame.time_base = Fraction(1, sample_rate_hz)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return content.getvalue()


def written(
    samples: Float32,
    sample_rate_hz: int,
    container: str,
    subtype: str,
    compression: float | None = None,
) -> bytes:
    """A file of float32 (n,) samples, by libsndfile."""
    import soundfile as sf

    content = io.BytesIO()
    with sf.SoundFile(
        content,
        "w",
        sample_rate_hz,
        1,
        subtype=subtype,
        format=container,
        compression_level=compression,
    ) as file:
        for start in range(0, len(samples), _BLOCK_SAMPLES):
            file.write(samples[start : start + _BLOCK_SAMPLES])
    return content.getvalue()


def read_file(content: bytes) -> Sound:
    """The recording in a file of one channel."""
    from micfp.audio import read  # opens audio libraries, which planning does without

    with tempfile.TemporaryDirectory(prefix="micfp-") as folder:
        path = Path(folder) / "recording"
        path.write_bytes(content)
        return Sound(*read(path))


def at_rate(samples: Float32, sample_rate_hz: int, rate_hz: int) -> Float32:
    """float32 (n,) samples at the rate of a codec."""
    from micfp.audio import resample

    return resample(samples, sample_rate_hz, rate_hz)


def rate_that_it_has(sample_rate_hz: int, rates_hz: Sequence[int]) -> int:
    """The rate itself, or the next higher one that a codec has, or its highest."""
    return next((rate for rate in rates_hz if rate >= sample_rate_hz), rates_hz[-1])
