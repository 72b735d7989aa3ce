"""Microphones of the virtual bench: what describes one, and the five of the thesis.

Response curves are (frequency_hz, level_db) points, 0 dB at 1 kHz, after the general shape of the
makers' published curves, not digitised from them: expect 1-2 dB of difference, and take measured
responses (`measured.microphones_from`) where a real microphone is meant. Between points they are
interpolated smoothly on a logarithmic frequency axis, beyond the ends they are held. Values without
a named source are assumptions.
"""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from micfp.config.base import Section


def _increasing(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    frequencies_hz = [point[0] for point in points]
    ordered = all(low < high for low, high in pairwise(frequencies_hz))
    if len(points) < 2 or frequencies_hz[0] <= 0 or not ordered:
        raise ValueError("needs at least two [frequency_hz, level_db] points, frequencies rising")
    return points


Curve = Annotated[tuple[tuple[float, float], ...], AfterValidator(_increasing)]
FLAT: tuple[tuple[float, float], ...] = ((20.0, 0.0), (20_000.0, 0.0))


class MicrophoneConfig(Section):
    """One physical microphone and where it stands."""

    device: str = Field(min_length=1, description="name of this unit")
    make: str = Field(description="who makes it")
    model: str = Field(description="make and model")
    unit: str = Field("1", description="tells units of one model apart")
    angle_deg: float = Field(description="place on the semicircle, 0: straight before loudspeaker")
    response_db: Curve = Field(FLAT, description="on-axis free-field response")
    sensitivity_mv_per_pa: float = Field(gt=0, description="at 1 kHz")
    self_noise_dba: float = Field(description="equivalent sound level of its own noise, dB(A)")
    self_noise_shape_db: Curve = Field(FLAT, description="relative density of that noise, a hertz")
    hum_db_spl: float = Field(description="equivalent level of the mains hum it picks up, assumed")
    max_spl_db: float = Field(description="sound level at which distortion reaches thd_percent")
    thd_percent: float = Field(0.5, ge=0, description="total harmonic distortion at max_spl_db")
    distortion: Literal["second", "third"] = Field(
        "second", description="harmonic that dominates; second: one-sided amplifier, assumed"
    )
    cardioid: float = Field(
        0.5, ge=0, le=1, description="1: omnidirectional, 0.5: cardioid, 0: figure of eight"
    )
    off_axis_loss_db: float = Field(
        4.0, ge=0, description="treble lost at 90 degrees and 10 kHz beyond the cardioid, assumed"
    )
    level_offset_db: float = Field(
        0.0, description="how far its gain knob stands from the right place, assumed"
    )


_KM184_RESPONSE: tuple[tuple[float, float], ...] = (
    (20, -6.0), (30, -3.5), (50, -1.5), (100, -0.3), (200, 0.0), (1000, 0.0), (3000, 0.2),
    (5000, 0.8), (7000, 1.8), (9000, 2.8), (11_000, 2.5), (14_000, 0.8), (17_000, -1.5),
    (20_000, -4.0),
)  # fmt: skip
_SM7B_RESPONSE: tuple[tuple[float, float], ...] = (
    (20, -16.0), (40, -7.5), (60, -4.0), (100, -1.0), (200, 0.0), (1000, 0.0),
    (2000, 1.5), (3000, 3.0), (4500, 2.0), (6000, 3.8), (8000, 1.0), (10_000, 1.5),
    (12_500, 2.5), (15_000, -2.5), (20_000, -13.0),
)  # fmt: skip
_MB7_RESPONSE: tuple[tuple[float, float], ...] = (
    (20, -18.0), (50, -7.0), (80, -2.5), (120, 0.0), (250, 1.5), (500, 0.8), (1000, 0.0),
    (2000, 0.5), (3500, 4.0), (5000, 5.5), (6500, 3.0), (8000, 4.5), (10_000, 3.0),
    (12_500, -2.0), (16_000, -10.0), (20_000, -20.0),
)  # fmt: skip
_NT1A_RESPONSE: tuple[tuple[float, float], ...] = (
    (20, -2.5), (40, 0.0), (80, 1.0), (150, 1.5), (300, 0.3), (1000, 0.0), (2500, -0.8),
    (4000, 1.2), (5500, 0.8), (8000, 2.2), (12_000, 4.5), (15_000, 2.5), (20_000, -5.0),
)  # fmt: skip
_CONDENSER_NOISE: tuple[tuple[float, float], ...] = (
    (20, 17), (50, 13), (100, 10), (300, 5), (1000, 0), (3000, -2), (20_000, -2),
)  # fmt: skip


def _km184(unit: str, angle_deg: float, level_offset_db: float) -> MicrophoneConfig:
    """Neumann KM 184: 15 mV/Pa, 13 dB(A), 138 dB at 0.5 % THD (Neumann data sheet)."""
    ordinal = {"1": "1st", "2": "2nd"}[unit]
    return MicrophoneConfig(
        device=f"{ordinal} Neumann KM 184",
        make="Neumann",
        model="Neumann KM 184",
        unit=unit,
        angle_deg=angle_deg,
        response_db=_KM184_RESPONSE,
        sensitivity_mv_per_pa=15.0,
        self_noise_dba=13.0,
        self_noise_shape_db=_CONDENSER_NOISE,
        hum_db_spl=8.0,
        max_spl_db=138.0,
        off_axis_loss_db=2.0,
        level_offset_db=level_offset_db,
    )


THESIS_MICROPHONES: tuple[MicrophoneConfig, ...] = (
    # 1.12 mV/Pa, 150 ohm, 50 Hz-20 kHz (Shure specification, switches flat). A moving coil has the
    # thermal noise of its impedance: 0.22 uV in 20 kHz = 20 dB SPL = 18 dB(A).
    MicrophoneConfig(
        device="Shure SM7B",
        make="Shure",
        model="Shure SM7B",
        angle_deg=-60.0,
        response_db=_SM7B_RESPONSE,
        sensitivity_mv_per_pa=1.12,
        self_noise_dba=18.0,
        hum_db_spl=14.0,
        max_spl_db=140.0,
        thd_percent=1.0,
        distortion="third",
        off_axis_loss_db=5.0,
        level_offset_db=-1.5,
    ),
    # 50 Hz-16 kHz, dynamic (maker's description); sensitivity, noise and curve are assumed, after
    # large-diaphragm dynamic microphones of its price.
    MicrophoneConfig(
        device="t.bone MB 7 Beta",
        make="t.bone",
        model="t.bone MB 7 Beta",
        angle_deg=60.0,
        response_db=_MB7_RESPONSE,
        sensitivity_mv_per_pa=1.6,
        self_noise_dba=19.0,
        hum_db_spl=20.0,
        max_spl_db=135.0,
        thd_percent=1.0,
        distortion="third",
        off_axis_loss_db=7.0,
        level_offset_db=1.5,
    ),
    _km184("1", -30.0, 0.5),
    _km184("2", 30.0, -0.5),
    # 25 mV/Pa, 5 dB(A), 137 dB at 1 % THD (RODE specification).
    MicrophoneConfig(
        device="RODE NT1-A",
        make="RØDE",
        model="RØDE NT1-A",
        angle_deg=0.0,
        response_db=_NT1A_RESPONSE,
        sensitivity_mv_per_pa=25.0,
        self_noise_dba=5.0,
        self_noise_shape_db=_CONDENSER_NOISE,
        hum_db_spl=6.0,
        max_spl_db=137.0,
        thd_percent=1.0,
        off_axis_loss_db=6.0,
        level_offset_db=1.0,
    ),
)
