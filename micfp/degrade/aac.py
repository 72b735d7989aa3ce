"""AAC-LC."""

from typing import Literal

from pydantic import Field

from micfp.degrade.codec import decoded, decoder, encoded, rate_that_it_has, with_silence
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.degrade.rates import at_rate
from micfp.errors import MicfpError

AAC_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
# One frame: a transform reaches back over the frame before it.
AAC_DELAY_SAMPLES = 1024


class AacConfig(DegradationConfig):
    """Encoded as AAC-LC, and decoded again."""

    kind: Literal["aac"]
    kbit_s: int = Field(ge=8, le=320, description="bit rate of a channel")


def aac(samples: Float32, sample_rate_hz: int, kbit_s: int) -> Float32:
    """Encode as AAC-LC (FFmpeg's encoder, one channel) and decode again.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0; as of `mp3`.
        kbit_s: bit rate in kbit/s, which the encoder aims at; of the least and the greatest it
            takes more and less.

    Returns
    -------
        float32 (n,), lined up with `samples`.

    Raises
    ------
        MicfpError: more than the 6144 bits that a frame of one channel may have (ISO/IEC 14496-3).
    """
    rate_hz = rate_that_it_has(sample_rate_hz, AAC_RATES_HZ)
    most = 6 * rate_hz // 1000
    if kbit_s > most:
        raise MicfpError(
            f"AAC at {rate_hz} Hz has no bit rate of {kbit_s} kbit/s; use {most} or less"
        )

    def send(sent: Float32) -> Float32:
        stream, header = encoded(with_silence(sent), rate_hz, "aac", kbit_s * 1000)
        return decoded(stream, decoder("aac", rate_hz, header), len(sent), AAC_DELAY_SAMPLES)

    return at_rate(samples, sample_rate_hz, rate_hz, send)


KIND = DegradationKind(AacConfig, lambda x, rate_hz, section, rng: aac(x, rate_hz, section.kbit_s))
