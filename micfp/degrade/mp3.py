"""MP3."""

from typing import Literal

from pydantic import Field, field_validator

from micfp.degrade.codec import at_rate, encoded, rate_that_it_has, read_file
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32, Sound
from micfp.errors import MicfpError

MP3_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
# Every bit rate of MPEG-1, 2 and 2.5 Layer III; see `_bit_rates` for those of a sample rate.
MP3_KBIT_S = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 320)


class Mp3Config(DegradationConfig):
    """A file of MP3 of constant bit rate."""

    kind: Literal["mp3"]
    kbit_s: int = Field(description="bit rate of a channel")

    @field_validator("kbit_s")
    @classmethod
    def _is_one_of_mp3(cls, kbit_s: int) -> int:
        if kbit_s not in MP3_KBIT_S:
            raise ValueError(f"{kbit_s} is no bit rate of MP3: {', '.join(map(str, MP3_KBIT_S))}")
        return kbit_s


def mp3(samples: Float32, sample_rate_hz: int, kbit_s: int) -> Sound:
    """Encode as an MP3 file (LAME, constant bit rate, one channel), and read it.

    LAME itself turns the level down: by 0.45 dB up to 160 kbit/s, not at all from 256 on.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0. One that MP3 does not have goes to the next higher one that it has,
            or to 48 kHz.
        kbit_s: bit rate in kbit/s, one of MP3's at that rate: 32 to 320 from 32 kHz on, 8 to 160
            from 16 kHz on, 8 to 64 below.

    Returns
    -------
        float32 (m,) at the rate of the file, lined up with `samples` by LAME's tag, which states
        delay and padding; where the padding is too short to be stated, up to 529 samples more.

    Raises
    ------
        MicfpError: a bit rate that MP3 does not have at that rate.
    """
    rate_hz = rate_that_it_has(sample_rate_hz, MP3_RATES_HZ)
    known = _bit_rates(rate_hz)
    if kbit_s not in known:
        raise MicfpError(
            f"MP3 at {rate_hz} Hz has no bit rate of {kbit_s} kbit/s; "
            f"use one of {', '.join(map(str, known))}"
        )
    return read_file(mp3_file(at_rate(samples, sample_rate_hz, rate_hz), rate_hz, kbit_s))


def mp3_file(samples: Float32, sample_rate_hz: int, kbit_s: int) -> bytes:
    """An MP3 file as `mp3` writes it; the rate is one of MP3_RATES_HZ."""
    return encoded(samples, sample_rate_hz, "libmp3lame", "mp3", kbit_s * 1000)


def _bit_rates(rate_hz: int) -> list[int]:
    """Bit rates in kbit/s of MPEG-1 (ISO/IEC 11172-3), MPEG-2 (13818-3), or 2.5 as LAME has it."""
    if rate_hz >= 32000:
        return [rate for rate in MP3_KBIT_S if rate >= 32 and rate != 144]
    return [rate for rate in MP3_KBIT_S if rate <= (160 if rate_hz >= 16000 else 64)]


KIND = DegradationKind(Mp3Config, lambda x, section, rng: mp3(x.samples, x.rate_hz, section.kbit_s))
