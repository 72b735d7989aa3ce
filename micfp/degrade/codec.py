"""What the codecs share: recordings are really encoded and decoded.

MP3 (LAME), AAC (FFmpeg), Opus (libopus) and AMR-NB (OpenCORE) by PyAV; Vorbis, G.711 and GSM 6.10
by libsndfile. The delay of encoder and decoder is taken off and the length kept. A sample rate that
a codec does not have goes to one that it has, and back.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from micfp.degrade.kind import Float32

TELEPHONE_HZ = 8000
_BLOCK_SAMPLES = 1 << 16
_LOOK_AHEAD_SAMPLES = 2048


def with_silence(samples: Float32) -> Float32:
    """Samples with silence after them, for an encoder that looks ahead."""
    return np.pad(samples, (0, _LOOK_AHEAD_SAMPLES))


def encoded(
    samples: Float32, sample_rate_hz: int, encoder_name: str, bit_s: int
) -> tuple[list[bytes], bytes | None]:
    """Packets of a stream, and what its decoder must know before them."""
    import av

    encoder: Any = av.CodecContext.create(encoder_name, "w")
    encoder.sample_rate, encoder.bit_rate = sample_rate_hz, bit_s
    encoder.layout = "mono"
    encoder.format = "s16" if encoder_name == "libopencore_amrnb" else _format_of(encoder)
    packets: list[bytes] = []
    for start in range(0, len(samples), _BLOCK_SAMPLES):
        block = np.ascontiguousarray(samples[None, start : start + _BLOCK_SAMPLES])
        frame: Any = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
        frame.sample_rate = sample_rate_hz
        packets += map(bytes, encoder.encode(frame))
    packets += map(bytes, encoder.encode(None))
    return [packet for packet in packets if packet], encoder.extradata


def _format_of(encoder: Any) -> str:
    """The sample format in floating point that an encoder takes."""
    names = [str(form.name) for form in encoder.codec.audio_formats]
    return "fltp" if "fltp" in names else "flt"


def decoder(name: str, sample_rate_hz: int, header: bytes | None = None) -> Any:
    """FFmpeg's decoder of one channel; header: what the encoder gave for it."""
    import av

    decoder: Any = av.CodecContext.create(name, "r")
    decoder.sample_rate, decoder.layout = sample_rate_hz, "mono"
    if header is not None:
        decoder.extradata = header
    return decoder


def decoded(packets: Sequence[bytes], decoder: Any, n_samples: int, delay_samples: int) -> Float32:
    """So many samples after the delay, which bare packets do not tell the decoder."""
    received = np.zeros(delay_samples + n_samples, np.float32)
    position = 0
    for piece in _pieces(packets, decoder):
        room = received[position : position + len(piece)]
        room[:] = piece[: len(room)]
        position += len(piece)
    return received[delay_samples:]


def _pieces(packets: Sequence[bytes], decoder: Any) -> Iterator[Float32]:
    import av

    for packet in [*(av.Packet(content) for content in packets), None]:
        for frame in decoder.decode(packet):
            samples = frame.to_ndarray().reshape(-1)
            whole = samples.dtype == np.int16
            yield samples.astype(np.float32) / np.float32(32768) if whole else samples


def through_file(samples: Float32, sample_rate_hz: int, container: str, subtype: str) -> Float32:
    """Written to a file in memory and read again, as long as before."""
    return read_whole(
        written(np.clip(samples, -1, 1), sample_rate_hz, container, subtype), len(samples)
    )


def written(
    samples: Float32,
    sample_rate_hz: int,
    container: str,
    subtype: str,
    compression: float | None = None,
) -> bytes:
    """A file of samples, in memory."""
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


def read_whole(content: bytes, n_samples: int) -> Float32:
    """So many samples of a file in memory, with silence after them where it has fewer."""
    import soundfile as sf

    read: Float32 = sf.read(io.BytesIO(content), dtype="float32")[0][:n_samples]
    return np.pad(read, (0, n_samples - len(read)))


def rate_that_it_has(sample_rate_hz: int, rates_hz: Sequence[int]) -> int:
    """The rate itself, or the next higher one that a codec has, or its highest."""
    return next((rate for rate in rates_hz if rate >= sample_rate_hz), rates_hz[-1])
