"""Ogg Vorbis."""

from typing import Literal

from pydantic import Field

from micfp.degrade.codec import read_whole, written
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.degrade.rates import at_rate

LEAST_RATE_HZ = 8000
_BISECTIONS = 8


class VorbisConfig(DegradationConfig):
    """Encoded as Ogg Vorbis, and decoded again."""

    kind: Literal["vorbis"]
    kbit_s: int = Field(ge=16, le=320, description="mean bit rate of a channel")


def vorbis(samples: Float32, sample_rate_hz: int, kbit_s: int) -> Float32:
    """Encode as Ogg Vorbis and decode again.

    The codec knows qualities and no bit rates: the quality is looked for that comes nearest to the
    bit rate for these samples. Where even the best or worst does not reach it, that is taken.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: 8000 to 192000; lower ones go to 8 kHz and back.
        kbit_s: mean bit rate in kbit/s of all packets of sound.

    Returns
    -------
        float32 (n,), lined up with `samples`.
    """
    rate_hz = max(sample_rate_hz, LEAST_RATE_HZ)
    return at_rate(
        samples,
        sample_rate_hz,
        rate_hz,
        lambda sent: read_whole(vorbis_file(sent, rate_hz, kbit_s), len(sent)),
    )


def vorbis_file(samples: Float32, sample_rate_hz: int, kbit_s: int) -> bytes:
    """An Ogg Vorbis file of float32 (n,) samples, as `vorbis` encodes them."""
    header = len(written(samples[:0], sample_rate_hz, "OGG", "VORBIS", 0.5))
    wanted = header + kbit_s * 1000 / 8 * len(samples) / sample_rate_hz
    best, worst = 0.0, 1.0  # compression levels: the higher, the smaller
    files = {
        level: written(samples, sample_rate_hz, "OGG", "VORBIS", level) for level in (best, worst)
    }
    for _ in range(_BISECTIONS):
        level = (best + worst) / 2
        files[level] = written(samples, sample_rate_hz, "OGG", "VORBIS", level)
        if len(files[level]) > wanted:
            best = level
        else:
            worst = level
    return min(files.values(), key=lambda file: abs(len(file) - wanted))


KIND = DegradationKind(
    VorbisConfig, lambda x, rate_hz, section, rng: vorbis(x, rate_hz, section.kbit_s)
)
