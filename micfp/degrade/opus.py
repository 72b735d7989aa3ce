"""Opus."""

from typing import Literal

from pydantic import Field

from micfp.degrade.codec import at_rate, encoded, read_file
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32, Sound

OPUS_HZ = 48000  # of every Opus file as it is decoded (RFC 7845)


class OpusConfig(DegradationConfig):
    """A file of Opus, at 48 kHz."""

    kind: Literal["opus"]
    kbit_s: int = Field(ge=9, le=256, description="bit rate of a channel")


def opus(samples: Float32, sample_rate_hz: int, kbit_s: int) -> Sound:
    """Encode as an Opus file (libopus, for audio, variable bit rate, frames of 20 ms), and read it.

    Args:
        samples: float32 (n,), finite; beyond full scale they are cut off, the encoder gets 16 bits.
        sample_rate_hz: > 0.
        kbit_s: bit rate in kbit/s, which the encoder keeps to on average; the fewer, the narrower
            the band that it sends.

    Returns
    -------
        float32 (ceil(n 48000 / sample_rate_hz),) at 48 kHz, lined up with `samples`; of low bit
        rates, whose lower bands are coded at 16 kHz, within 0.05 ms, as libopus leaves them.
    """
    sent = at_rate(samples, sample_rate_hz, OPUS_HZ)
    return read_file(encoded(sent, OPUS_HZ, "libopus", "opus", kbit_s * 1000))


KIND = DegradationKind(
    OpusConfig, lambda x, section, rng: opus(x.samples, x.rate_hz, section.kbit_s)
)
