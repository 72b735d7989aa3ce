"""Ogg Vorbis."""

from typing import Literal

from pydantic import Field

from micfp.degrade.codec import at_rate, read_file, written
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32, Sound

LEAST_RATE_HZ = 8000
_BISECTIONS = 8


class VorbisConfig(DegradationConfig):
    """A file of Ogg Vorbis."""

    kind: Literal["vorbis"]
    kbit_s: int = Field(ge=16, le=320, description="mean bit rate of a channel")


def vorbis(samples: Float32, sample_rate_hz: int, kbit_s: int) -> Sound:
    """Encode as an Ogg Vorbis file, and read it.

    The codec knows qualities and no bit rates: the quality is looked for that comes nearest to the
    bit rate for these samples. Where even the best or worst does not reach it, that is taken.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: 8000 to 192000; lower ones go to 8 kHz.
        kbit_s: mean bit rate in kbit/s of all packets of sound.

    Returns
    -------
        float32 (n,) at the rate of the file, lined up with `samples`.
    """
    rate_hz = max(sample_rate_hz, LEAST_RATE_HZ)
    return read_file(vorbis_file(at_rate(samples, sample_rate_hz, rate_hz), rate_hz, kbit_s))


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
    VorbisConfig, lambda x, section, rng: vorbis(x.samples, x.rate_hz, section.kbit_s)
)
