"""Opus."""

from typing import Literal

from pydantic import Field

from micfp.degrade.codec import decoded, encoded, with_silence
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.degrade.rates import at_rate

OPUS_HZ = 48000
# The header names libopus' look-ahead of 6.5 ms (RFC 7845, pre-skip), and the decoder skips it.
OPUS_DELAY_SAMPLES = 0


class OpusConfig(DegradationConfig):
    """Encoded as Opus, and decoded again."""

    kind: Literal["opus"]
    kbit_s: int = Field(ge=9, le=256, description="bit rate of a channel")


def opus(samples: Float32, sample_rate_hz: int, kbit_s: int) -> Float32:
    """Encode as Opus (libopus, for audio, variable bit rate, frames of 20 ms) and decode again.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0; by way of the codec's 48 kHz.
        kbit_s: bit rate in kbit/s, which the encoder keeps to on average; the fewer, the narrower
            the band that it sends.

    Returns
    -------
        float32 (n,), lined up with `samples`; of low bit rates, whose lower bands are coded at
        16 kHz, within 0.05 ms, as libopus leaves them.
    """
    from micfp.audio.ffmpeg import opus_decoder

    def send(sent: Float32) -> Float32:
        stream, header = encoded(with_silence(sent), OPUS_HZ, "libopus", kbit_s * 1000)
        decoder = opus_decoder(OPUS_HZ, "mono", header)
        return decoded(stream, decoder, len(sent), OPUS_DELAY_SAMPLES)

    return at_rate(samples, sample_rate_hz, OPUS_HZ, send)


KIND = DegradationKind(
    OpusConfig, lambda x, rate_hz, section, rng: opus(x, rate_hz, section.kbit_s)
)
