"""AAC-LC."""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.codec import at_rate, encoded, rate_that_it_has, read_file
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32, Sound
from micfp.errors import MicfpError

AAC_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


class AacConfig(DegradationConfig):
    """A file of AAC-LC."""

    kind: Literal["aac"]
    kbit_s: int = Field(ge=8, le=320, description="bit rate of a channel")


def aac(samples: Float32, sample_rate_hz: int, kbit_s: int) -> Sound:
    """Encode as an M4A file of AAC-LC (FFmpeg's encoder, one channel), and read it.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0; as of `mp3`.
        kbit_s: bit rate in kbit/s, which the encoder aims at; of the least and the greatest it
            takes more and less.

    Returns
    -------
        float32 (m,) at the rate of the file, lined up with `samples` by its edit list, which takes
        the encoder's 1024 samples off. It counts whole milliseconds, at least one: the file is up
        to one longer or shorter than what was sent.

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
    sent = at_rate(samples, sample_rate_hz, rate_hz)
    lacking = max(0, -(-rate_hz // 1000) - len(sent))
    return read_file(encoded(np.pad(sent, (0, lacking)), rate_hz, "aac", "ipod", kbit_s * 1000))


KIND = DegradationKind(AacConfig, lambda x, section, rng: aac(x.samples, x.rate_hz, section.kbit_s))
