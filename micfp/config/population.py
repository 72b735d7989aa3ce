"""Parameters of the population of virtual phones: how far devices and sessions differ.

Pairs are drawn evenly from the first value to the second. The defaults are those of a trial whose
models, trained on such phones alone, recognised real ones; where a trial gave no figure, the
description says "assumed".
"""

from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from micfp.config.base import Section

Share = Annotated[float, Field(ge=0, le=1)]
Range = tuple[float, float]
Limits = TypeVar("Limits", tuple[float, float], tuple[int, int])


def _within(least: float, most: float) -> AfterValidator:
    """Of a pair: the first value is not above the second, and both are sound for the signal."""

    def check(limits: Limits) -> Limits:
        if not least <= limits[0] <= limits[1] <= most:
            raise ValueError(f"{list(limits)} needs {least:g} <= first <= second <= {most:g}")
        return limits

    return AfterValidator(check)


Levels = Annotated[Range, _within(-200, 200)]
Spreads = Annotated[Range, _within(0, 40)]
Slopes = Annotated[Range, _within(-20, 20)]
Frequencies = Annotated[Range, _within(1, 24_000)]
Times = Annotated[Range, _within(0.001, 10)]


class VirtualResponseConfig(Section):
    """Frequency responses of the devices, minimum phase."""

    broad_db: Spreads = Field(
        (2.0, 4.0), description="sd of a smooth curve, correlated over 1 octave"
    )
    fine_db: Spreads = Field((1.0, 2.5), description="sd of one correlated over 0.25 octave")
    tilt_db: float = Field(1.0, ge=0, le=10, description="sd of the slope, dB per octave")
    peaks: Annotated[tuple[int, int], _within(0, 20)] = Field(
        (1, 5), description="number of resonances"
    )
    peak_db: float = Field(5.0, ge=0, le=40, description="sd of their height")
    peak_q: Annotated[Range, _within(0.1, 100)] = Field(
        (1.0, 6.0), description="how narrow they are"
    )
    peak_hz: Frequencies = Field((300.0, 14_000.0), description="even on a logarithmic axis")
    high_pass_hz: Frequencies = Field((50.0, 200.0), description="even on a logarithmic axis")
    orders: Annotated[tuple[int, int], _within(1, 20)] = Field(
        (1, 4), description="of high-pass and low-pass (Butterworth)"
    )
    low_pass_share: Share = Field(0.5, description="share of devices with a low-pass")
    low_pass_hz: Frequencies = Field((6500.0, 16_000.0), description="even on a logarithmic axis")


class VirtualNoiseConfig(Section):
    """Noise of the devices themselves."""

    snr_db: Levels = Field((22.0, 55.0), description="active level over noise")
    tilt_db: Slopes = Field((-4.0, 1.5), description="dB per octave")
    curve_db: float = Field(3.0, ge=0, le=40, description="sd of a smooth curve, as of `broad_db`")
    tone_share: Share = Field(0.15, description="share of devices that whistle")
    tone_db: Levels = Field((-60.0, -40.0), description="against active level; assumed")


class VirtualProcessingConfig(Section):
    """What the devices do with the samples."""

    agc_share: Share = Field(0.5, description="share of devices with a gain control")
    agc_exponent: Annotated[Range, _within(0, 1)] = Field(
        (0.3, 0.9), description="dB of gain taken per dB of level"
    )
    agc_attack_s: Times = Field((0.005, 0.05), description="time constant of turning down")
    agc_release_s: Times = Field((0.1, 1.0), description="time constant of turning up")
    noise_reduction_share: Share = Field(0.35, description="share of devices that reduce noise")
    noise_reduction_floor_db: Annotated[Range, _within(0, 100)] = Field(
        (6.0, 25.0), description="most that a band is lowered"
    )
    clipping_share: Share = Field(0.5, description="share of devices with soft clipping (tanh)")
    clipping_below_peak_db: Levels = Field((-6.0, 6.0), description="where it bends; assumed")
    level_dbfs: Annotated[Range, _within(-100, 0)] = Field(
        (-35.0, -15.0), description="active level of a recording; assumed"
    )


class VirtualRecorderConfig(Section):
    """How the devices keep a recording."""

    rates_hz: tuple[Annotated[int, Field(ge=8000, le=48_000)], ...] = Field(
        (
            8000,
            16_000,
            32_000,
            44_100,
            48_000,
        ),
        description="sample rates",
    )
    rate_shares: tuple[Share, ...] = Field(
        (0.04, 0.16, 0.15, 0.40, 0.25), description="share of devices with each of them"
    )
    aac_share: Share = Field(0.4, description="share of devices that save AAC")
    aac_kbit_s: tuple[Annotated[int, Field(ge=8, le=320)], ...] = Field(
        (32, 48, 64, 96, 128), min_length=1, description="its bit rates"
    )
    opus_share: Share = Field(0.1, description="share of devices that save Opus")
    opus_kbit_s: tuple[Annotated[int, Field(ge=9, le=256)], ...] = Field(
        (16, 24, 32, 64), min_length=1, description="assumed"
    )
    amr_share: Share = Field(0.6, description="of the devices with 8 kHz")

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        if len(self.rates_hz) != len(self.rate_shares) or abs(sum(self.rate_shares) - 1) > 1e-8:
            raise ValueError("rate_shares needs a share for each of rates_hz, and a sum of 1")
        if self.aac_share + self.opus_share > 1:
            raise ValueError("aac_share and opus_share are more than 1 together")
        return self


class VirtualSessionConfig(Section):
    """Rooms and what is heard in them."""

    live_share: Share = Field(0.4, description="of sessions where a person speaks")
    live_db: float = Field(1.0, ge=0, le=40, description="sd of the curve of mouth and place")
    loudspeaker_db: float = Field(2.5, ge=0, le=40, description="sd of the curve of a loudspeaker")
    rt60_s: Annotated[Range, _within(0.01, 10)] = Field(
        (0.15, 0.6), description="reverberation times"
    )
    direct_to_reverberant_db: Levels = Field(
        (-2.0, 15.0), description="level of the direct sound over the rest"
    )
    ambient_snr_db: Levels = Field((28.0, 60.0), description="active level over the room's noise")
    ambient_tilt_db: Slopes = Field((-5.0, -1.0), description="dB per octave; assumed")


class PopulationConfig(Section):
    """Virtual phones, each in some sessions with some speakers."""

    name: str = Field(
        "training",
        pattern=r"^[\w .,()+/-]{1,100}$",
        description="populations of other names share no device",
    )
    n_devices: int = Field(500, ge=1, le=100_000, description="how many phones")
    sessions: int = Field(2, ge=1, le=1000, description="of each device, in a room of its own")
    speakers: int = Field(2, ge=1, le=1000, description="in each session")
    sessions_with_same_speakers: int = Field(
        2, ge=1, le=1000, description="after so many, others speak"
    )
    common_sessions: bool = Field(
        False, description="all devices in the same rooms with the same speech, as in a corpus"
    )
    take_s: float = Field(5.0, ge=0.5, le=600, description="length of a recording")
    speech_from: Path | None = Field(
        None, description="folder of SPEAKER-*.flac or the like; null: voices of espeak-ng"
    )
    speaker_part: tuple[int, int] = Field(
        (0, 1), description="K, N: the K-th of N equal parts of the speakers"
    )
    response: VirtualResponseConfig = VirtualResponseConfig()
    noise: VirtualNoiseConfig = VirtualNoiseConfig()
    processing: VirtualProcessingConfig = VirtualProcessingConfig()
    recorder: VirtualRecorderConfig = VirtualRecorderConfig()
    session: VirtualSessionConfig = VirtualSessionConfig()

    @model_validator(mode="after")
    def _part_is_one_of_them(self) -> Self:
        part, n_parts = self.speaker_part
        if not 0 <= part < n_parts:
            raise ValueError(f"speaker_part {[part, n_parts]} needs 0 <= K < N")
        return self
