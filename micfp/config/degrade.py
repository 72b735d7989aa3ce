"""Parameters of what happens to a recording on its way: a section a kind, in chains."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from micfp.config.base import Section

# Every bit rate of MPEG-1, 2 and 2.5 Layer III; which of them a sample rate has, see degrade/codec.
MP3_KBIT_S = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 320)
AMR_NB_KBIT_S = (4.75, 5.15, 5.9, 6.7, 7.4, 7.95, 10.2, 12.2)  # 3GPP TS 26.071
SnrDb = Annotated[float, Field(ge=-100, le=200, description="active level over noise, in dB")]


class NoiseConfig(Section):
    """Noise at a distance from what is spoken: drawn, or out of recordings."""

    kind: Literal["noise"]
    snr_db: SnrDb
    colour: Literal["white", "pink", "recorded", "babble"] = "white"
    recordings_from: str | None = Field(
        None, description="folder of noise (recorded) or of speech (babble)"
    )
    n_voices: int = Field(6, ge=2, description="of babble")

    @model_serializer(mode="wrap")
    def _without_what_it_does_not_use(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """White noise has the digest that it had before there was any other."""
        content: dict[str, Any] = dump(self)
        if self.colour != "babble":
            content.pop("n_voices", None)
        if self.recordings_from is None:
            content.pop("recordings_from", None)
        if self.colour == "white":
            content.pop("colour", None)
        return content

    @model_validator(mode="after")
    def _has_recordings(self) -> Self:
        if self.colour in ("recorded", "babble") and self.recordings_from is None:
            raise ValueError(f"{self.colour} noise needs recordings_from, a folder of recordings")
        return self


class HumConfig(Section):
    """Mains hum: a fundamental and its harmonics, each weaker by 6 dB an octave."""

    kind: Literal["hum"]
    snr_db: SnrDb
    frequency_hz: float = Field(50.0, gt=0, le=1000)
    n_harmonics: int = Field(10, ge=1, description="the fundamental among them")


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


class AacConfig(Section):
    """Encoded as AAC-LC, and decoded again."""

    kind: Literal["aac"]
    kbit_s: int = Field(ge=8, le=320, description="bit rate of a channel")


class VorbisConfig(Section):
    """Encoded as Ogg Vorbis, and decoded again."""

    kind: Literal["vorbis"]
    kbit_s: int = Field(ge=16, le=320, description="mean bit rate of a channel")


class OpusConfig(Section):
    """Encoded as Opus, and decoded again."""

    kind: Literal["opus"]
    kbit_s: int = Field(ge=9, le=256, description="bit rate of a channel")


class AmrNbConfig(Section):
    """Encoded as AMR-NB, the speech codec of mobile telephones, at 8 kHz, and decoded again."""

    kind: Literal["amr_nb"]
    kbit_s: float = 12.2

    @field_validator("kbit_s")
    @classmethod
    def _is_a_mode(cls, kbit_s: float) -> float:
        if kbit_s not in AMR_NB_KBIT_S:
            raise ValueError(f"{kbit_s} is no mode of AMR-NB: {', '.join(map(str, AMR_NB_KBIT_S))}")
        return kbit_s


class G711Config(Section):
    """G.711, the codec of digital telephones, at 8 kHz: eight bits on a logarithmic scale."""

    kind: Literal["g711"]
    law: Literal["a", "mu"] = "a"


class GsmConfig(Section):
    """GSM 6.10 full rate, at 8 kHz."""

    kind: Literal["gsm"]


class TelephoneConfig(Section):
    """The telephone band, 300-3400 Hz."""

    kind: Literal["telephone"]


class ResampleConfig(Section):
    """Through a lower sample rate, and back."""

    kind: Literal["resample"]
    rate_hz: int = Field(ge=1000)


class BandConfig(Section):
    """A band-limit; with one edge a high-pass or low-pass filter."""

    kind: Literal["band"]
    low_hz: float | None = Field(None, gt=0)
    high_hz: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _has_a_band(self) -> Self:
        if self.low_hz is None and self.high_hz is None:
            raise ValueError("a band needs low_hz, high_hz or both")
        if self.low_hz is not None and self.high_hz is not None and self.low_hz >= self.high_hz:
            raise ValueError(f"low_hz {self.low_hz:g} is not below high_hz {self.high_hz:g}")
        return self


class EqualiserConfig(Section):
    """A smooth curve of gains over the logarithm of frequency, drawn a recording."""

    kind: Literal["equaliser"]
    deviation_db: float = Field(ge=0, le=40, description="RMS of the curve")


class GainConfig(Section):
    """A volume slider."""

    kind: Literal["gain"]
    gain_db: float = Field(ge=-120, le=120)


class AgcConfig(Section):
    """Automatic gain control: a feed-back envelope, fast down and slow up."""

    kind: Literal["agc"]
    target_dbfs: float = Field(-20.0, le=0)
    most_gain_db: float = Field(30.0, ge=0)
    attack_s: float = Field(0.01, gt=0)
    release_s: float = Field(0.5, gt=0)


class ClippingConfig(Section):
    """Cut off at a level below the peak, as an overdriven input does."""

    kind: Literal["clipping"]
    below_peak_db: float = Field(ge=0, le=60)


class BitDepthConfig(Section):
    """Rounded to so many bits of full scale."""

    kind: Literal["bit_depth"]
    bits: int = Field(ge=2, le=24)
    dither: bool = Field(False, description="triangular, of two steps, before rounding")


class PacketLossConfig(Section):
    """Packets lost in bursts (Gilbert's channel), and concealed."""

    kind: Literal["packet_loss"]
    share: float = Field(ge=0, lt=1, description="of packets that are lost")
    packet_ms: float = Field(20.0, gt=0)
    mean_burst: float = Field(1.5, ge=1, description="packets lost in a row, on average")
    concealment: Literal["silence", "repeat"] = "repeat"


class TimeStretchConfig(Section):
    """Slower or faster at the same pitch: the recording's length changes."""

    kind: Literal["time_stretch"]
    percent: float = Field(ge=-20, le=20, description="longer by")


class PitchShiftConfig(Section):
    """Higher or lower at the same speed."""

    kind: Literal["pitch_shift"]
    percent: float = Field(ge=-20, le=20, description="higher by")


class NoiseReductionConfig(Section):
    """Spectral gating, as editors have it."""

    kind: Literal["noise_reduction"]
    share: float = Field(1.0, gt=0, le=1, description="of the noise that is taken off")


class MeasuredRoomConfig(Section):
    """Played in a room whose response was measured: one file of a folder a recording."""

    kind: Literal["measured_room"]
    rooms_from: str
    max_s: float = Field(1.0, gt=0, description="length of room response that is used")


class SimulatedRoomConfig(Section):
    """Played in a shoebox room (image sources), its size and places drawn a recording."""

    kind: Literal["simulated_room"]
    rt60_s: float = Field(0.4, ge=0.1, le=2, description="reverberation time")


class ReplayConfig(Section):
    """A recording of a recording: loudspeaker, simulated room, a second microphone."""

    kind: Literal["replay"]
    loudspeaker_low_hz: float = Field(200.0, gt=0, description="below it falls by 12 dB an octave")
    distortion: float = Field(0.01, ge=0, le=0.5, description="of the loudspeaker at its peaks")
    rt60_s: float = Field(0.3, ge=0.1, le=2)
    microphones_from: str | None = Field(
        None, description="measured responses, one drawn a recording; null: a drawn smooth curve"
    )
    microphone_snr_db: float = Field(40.0, description="of the second microphone's own noise")


Degradation = Annotated[
    NoiseConfig
    | HumConfig
    | Mp3Config
    | AacConfig
    | VorbisConfig
    | OpusConfig
    | AmrNbConfig
    | G711Config
    | GsmConfig
    | TelephoneConfig
    | ResampleConfig
    | BandConfig
    | EqualiserConfig
    | GainConfig
    | AgcConfig
    | ClippingConfig
    | BitDepthConfig
    | PacketLossConfig
    | TimeStretchConfig
    | PitchShiftConfig
    | NoiseReductionConfig
    | MeasuredRoomConfig
    | SimulatedRoomConfig
    | ReplayConfig,
    Field(discriminator="kind"),
]
