"""Parameters of what happens to every recording before anything else: noise, codecs, telephone."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from micfp.config.base import Section

# Every bit rate of MPEG-1, 2 and 2.5 Layer III; which of them a sample rate has, see degrade/codec.
MP3_KBIT_S = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 320)


class NoiseConfig(Section):
    """White noise."""

    kind: Literal["noise"]
    snr_db: float = Field(
        ge=-100, le=200, description="active level over noise, both of the whole band"
    )


class Mp3Config(Section):
    """Encoded as MP3 of constant bit rate, and decoded again."""

    kind: Literal["mp3"]
    kbit_s: int = Field(description="bit rate of a channel")

    @field_validator("kbit_s")
    @classmethod
    def _is_one_of_mp3(cls, kbit_s: int) -> int:
        if kbit_s not in MP3_KBIT_S:
            raise ValueError(f"{kbit_s} is no bit rate of MP3: {', '.join(map(str, MP3_KBIT_S))}")
        return kbit_s


class TelephoneConfig(Section):
    """The telephone band, 300-3400 Hz."""

    kind: Literal["telephone"]


Degradation = Annotated[NoiseConfig | Mp3Config | TelephoneConfig, Field(discriminator="kind")]
