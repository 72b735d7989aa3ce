"""Codecs: what is left of a recording once it was really encoded and decoded."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from micfp.audio import Float32, resample
from micfp.config.degrade import MP3_KBIT_S
from micfp.errors import MicfpError

MP3_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
# LAME's encoder looks 576 samples ahead; every decoder is 528 and one behind (LAME technical FAQ).
MP3_DELAY_SAMPLES = 576 + 528 + 1
_BLOCK_SAMPLES = 1 << 16


def mp3(samples: Float32, sample_rate_hz: int, kbit_s: int) -> Float32:
    """Encode as MP3 (LAME, constant bit rate, one channel) and decode again (FFmpeg).

    LAME itself turns the level down: by 0.45 dB up to 160 kbit/s, not at all from 256 on.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0. One that MP3 does not have goes to the next higher one that it has,
            or to 48 kHz, and back.
        kbit_s: bit rate in kbit/s, one of MP3's at that rate: 32 to 320 from 32 kHz on, 8 to 160
            from 16 kHz on, 8 to 64 below.

    Returns:
        float32 (n,), lined up with `samples`: the delay of encoder and decoder is taken off.

    Raises:
        MicfpError: a bit rate that MP3 does not have at that rate.
    """
    rate_hz = next((rate for rate in MP3_RATES_HZ if rate >= sample_rate_hz), MP3_RATES_HZ[-1])
    known = _bit_rates(rate_hz)
    if kbit_s not in known:
        raise MicfpError(
            f"MP3 at {rate_hz} Hz has no bit rate of {kbit_s} kbit/s; "
            f"use one of {', '.join(map(str, known))}"
        )
    sent = resample(samples, sample_rate_hz, rate_hz)
    received = np.zeros(MP3_DELAY_SAMPLES + len(sent), np.float32)
    position = 0
    for piece in _decoded(mp3_frames(sent, rate_hz, kbit_s)):
        room = received[position : position + len(piece)]
        room[:] = piece[: len(room)]
        position += len(piece)
    return resample(received[MP3_DELAY_SAMPLES:], rate_hz, sample_rate_hz)[: len(samples)]


def mp3_frames(samples: Float32, sample_rate_hz: int, kbit_s: int) -> Iterator[bytes]:
    """Frames of an MP3 stream, as `mp3` encodes them; the rate is one of MP3_RATES_HZ."""
    import av

    encoder = av.CodecContext.create("libmp3lame", "w")
    encoder.sample_rate, encoder.bit_rate = sample_rate_hz, kbit_s * 1000
    encoder.layout, encoder.format = "mono", "fltp"
    for start in range(0, len(samples), _BLOCK_SAMPLES):
        block = np.ascontiguousarray(samples[None, start : start + _BLOCK_SAMPLES])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
        frame.sample_rate = sample_rate_hz
        yield from map(bytes, encoder.encode(frame))
    yield from map(bytes, encoder.encode(None))


def _decoded(frames: Iterable[bytes]) -> Iterator[Float32]:
    """Samples (n,) of each frame: bare bytes say nothing of a delay, so that none is taken off."""
    import av

    decoder: Any = av.CodecContext.create("mp3float", "r")
    for frame in frames:
        if frame:
            yield from (decoded.to_ndarray()[0] for decoded in decoder.decode(av.Packet(frame)))
    yield from (decoded.to_ndarray()[0] for decoded in decoder.decode(None))


def _bit_rates(rate_hz: int) -> list[int]:
    """Bit rates in kbit/s of MPEG-1 (ISO/IEC 11172-3), MPEG-2 (13818-3), or 2.5 as LAME has it."""
    if rate_hz >= 32000:
        return [rate for rate in MP3_KBIT_S if rate >= 32 and rate != 144]
    return [rate for rate in MP3_KBIT_S if rate <= (160 if rate_hz >= 16000 else 64)]
