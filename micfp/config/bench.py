"""Parameters of the virtual bench, each with its unit and, where published, its source.

Values without a named source are assumptions.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from micfp.config.base import Section
from micfp.config.bench_microphones import THESIS_MICROPHONES, Curve, MicrophoneConfig


def _safe_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError("may have letters, digits, '.', '_', '-' (it becomes part of file names)")
    return name


SafeName = Annotated[str, AfterValidator(_safe_name)]
ContentKind = Literal["speech", "music", "sweep", "noise", "silence"]


class ContentConfig(Section):
    """One programme that is played, and recorded by every microphone as one file."""

    name: SafeName = Field(description="same name, same sound, whatever the session")
    kind: ContentKind = Field(description="of sound")
    duration_s: float = Field(gt=0, description="length of the recording")


class SessionConfig(Section):
    """One sitting: a room, where things stand in it, and what is played."""

    name: SafeName = Field(description="what splits and the corpus call it")
    contents: tuple[ContentConfig, ...] = Field(min_length=1)
    room_size_m: tuple[float, float, float] = Field(description="length, width, height")
    t60_s: float = Field(0.25, gt=0, description="reverberation time; 0.25 s: a treated room")
    loudspeaker_m: tuple[float, float, float] = Field(description="x, y, z of the loudspeaker")
    facing_deg: float = Field(0.0, description="direction from loudspeaker to semicircle, from +x")
    distance_m: float = Field(
        0.7, gt=0, description="loudspeaker to microphones; arm's length (thesis 4.1.2)"
    )
    ambient_level_dba: float = Field(
        16.0, description="noise in the room, dB(A) SPL; a nearly sound-proof chamber (thesis 4.1)"
    )


class StimuliConfig(Section):
    """What the loudspeaker plays: speech, music and sweeps with silence between the phrases."""

    level_dbfs: float = Field(-20.0, le=0, description="RMS level of a phrase in the played file")
    level_spread_db: float = Field(2.0, ge=0, description="phrases differ by up to this, each way")
    pause_s: tuple[float, float] = Field((0.75, 1.0), description="silence between two phrases")
    long_pause_s: float = Field(
        1.8, gt=0, description="silence between paragraphs; the thesis's shortest is 1.1-1.4 s"
    )
    phrases_per_paragraph: int = Field(4, ge=1, description="before a long pause")
    voices: tuple[str, ...] = Field(
        (
            "en-us",
            "en-us+f2",
            "en-gb-x-rp",
            "en-gb-x-rp+f5",
            "en-us+m3",
            "en-us+f4",
            "en-gb-scotland",
            "en-gb-x-rp+m5",
        ),
        min_length=1,
        description="espeak-ng voices; every paragraph has one, drawn",
    )
    words_per_minute: int = Field(170, ge=80, le=450, description="speaking rate of espeak-ng")
    music_phrase_s: tuple[float, float] = Field((2.0, 3.5), description="length of a phrase")
    sweep_hz: tuple[float, float] = Field(
        (20.0, 20_000.0), description="exponential sine sweep, from and to (thesis 3.2.3)"
    )
    sweep_s: tuple[float, float] = Field((2.0, 3.5), description="length of one sweep")


class LoudspeakerConfig(Section):
    """The one loudspeaker that all microphones hear."""

    level_db_spl: float = Field(80.0, description="of a phrase at stimuli.level_dbfs, at 1 m")
    response_db: Curve = Field(
        ((20, -24), (35, -10), (50, -3), (70, 0), (1000, 0), (10_000, 0), (20_000, -3)),
        description="on axis; a two-way monitor with an 8-inch woofer, assumed",
    )


class PlacementConfig(Section):
    """How exactly things stand, and how the room is computed."""

    position_error_m: float = Field(0.02, ge=0, description="RMS per coordinate, drawn per session")
    aiming_error_deg: float = Field(10.0, ge=0, description="RMS, drawn per session")
    max_order: int = Field(
        20, ge=0, le=60, description="reflections followed (image sources); 0: no room at all"
    )
    ambient_source_m: tuple[float, float, float] = Field(
        (0.3, 0.3, 0.3), description="where the room's noise comes from, from the far corner"
    )
    ambient_shape_db: Curve = Field(
        ((20, 16), (63, 14), (125, 9), (250, 5), (1000, -3), (4000, -12), (20_000, -24)),
        description="relative density of the room's noise; about -4 dB per octave, assumed",
    )


class PreamplifierConfig(Section):
    """Microphone preamplifiers and the mains."""

    noise_dbu: float = Field(
        -128.0, description="equivalent input noise, 20 Hz-20 kHz (TASCAM Model 12: -128 dBu)"
    )
    mains_hz: float = Field(50.0, ge=1, description="of the grid; rounded to 0.1 Hz")
    hum_harmonics_db: tuple[float, ...] = Field(
        (0.0, -4.0, -6.0, -14.0, -12.0, -20.0, -18.0),
        min_length=1,
        description="mains frequency and its multiples, relative to hum_db_spl, assumed",
    )
    hum_spread_db: float = Field(2.0, ge=0, description="RMS of hum a session and microphone")
    level_dbfs: float = Field(
        -23.0, le=0, description="level of a phrase that the gains are set for; peaks stay clear"
    )
    gain_error_db: float = Field(
        1.0, ge=0, description="RMS of the gain set anew, drawn per session and microphone"
    )


class AdcConfig(Section):
    """Analogue-digital converter."""

    sample_rate_hz: int = Field(44_100, ge=8000, le=192_000, description="of the recordings")
    bit_depth: int = Field(16, ge=8, le=24, description="more than 16 are written as 24 bit")
    dither_lsb: float = Field(
        1.0, ge=0, description="half width of the triangular dither; 1: TPDF (Lipshitz 1992)"
    )


class BenchConfounds(Section):
    """What may give a microphone away besides itself; true: it is there, as in a real room."""

    position: bool = Field(True, description="false: all microphones stand in the same place")
    session: bool = Field(
        True, description="false: every session has the first one's room, places, gains and noise"
    )
    level: bool = Field(True, description="false: all gains give the same level")
    noise: bool = Field(True, description="false: no noise or hum at all, only the dither")


class MicrophoneFolder(Section):
    """A folder of measured microphones, and how many of its files are taken."""

    folder: Path = Field(description="of measured responses")
    count: int = Field(ge=1, description="in the order of their names; fewer are an error")


class PartConfig(Section):
    """The part of every measured folder that a bench takes, so that two benches share nothing.

    A folder's files (of speech: its speakers) are numbered 0, 1, .., of - 1, 0, 1, .. by name.
    """

    of: int = Field(ge=2, description="number of parts")
    take: tuple[int, ...] = Field(min_length=1, description="those with these numbers")

    @model_validator(mode="after")
    def _inside(self) -> "PartConfig":
        if not set(self.take) <= set(range(self.of)):
            raise ValueError(f"part.take = {list(self.take)} needs numbers from 0 to {self.of - 1}")
        return self


class MeasuredConfig(Section):
    """Folders of measured data that take the place of the built-in data; null: built in."""

    microphones_from: Path | tuple[MicrophoneFolder, ...] | None = Field(
        None,
        description="impulse responses (WAV) or calibration files (TXT, rows of Hz and dB): a "
        "folder, or several as {folder, count}",
    )
    microphones_exclude: tuple[str, ...] = Field(
        ("*_90deg*",), description="file names left out; UMIK-1 off-axis files are *_90deg.txt"
    )
    microphones_max: int = Field(
        16, ge=1, description="files taken of a single folder, in the order of their names"
    )
    sensitivity_mv_per_pa: float = Field(15.0, gt=0, description="of every measured microphone")
    self_noise_dba: float = Field(18.0, description="of every measured microphone, dB(A)")
    speech_from: Path | None = Field(None, description="recordings of speech (WAV, FLAC, OGG)")
    speaker_until: str | None = Field(
        None,
        min_length=1,
        description="a speech file's name up to this is its speaker (LibriSpeech: -), who is heard "
        "in one content only; null: speakers are not told apart",
    )
    speech_max_s: float | None = Field(
        None, gt=0, description="length of a speech file that is played, from its start; null: all"
    )
    music_from: Path | None = Field(None, description="recordings of music (WAV, FLAC, OGG)")
    rooms_from: Path | None = Field(
        None, description="room impulse responses: a file per session, a channel per microphone"
    )
    rooms_max_s: float = Field(1.0, gt=0, description="length of room response that is used")
    noise_from: Path | None = Field(None, description="recordings of room noise: one a session")
    part: PartConfig | None = Field(
        None,
        description="{of: 3, take: [0, 2]}: of each folder's files (of speech: speakers), numbered "
        "0 1 2 0 1 2 .. by name, those with these numbers; null: all",
    )

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A bench without these has the digest that it had before there were any."""
        content: dict[str, Any] = dump(self)
        for name in ("speaker_until", "speech_max_s", "part"):
            if getattr(self, name) is None:
                content.pop(name, None)
        return content


_DAYS: tuple[SessionConfig, ...] = (
    SessionConfig(
        name="day-1",
        contents=(
            ContentConfig(name="speech-a", kind="speech", duration_s=105),
            ContentConfig(name="speech-b", kind="speech", duration_s=105),
            ContentConfig(name="music-a", kind="music", duration_s=75),
            ContentConfig(name="sweep-a", kind="sweep", duration_s=30),
        ),
        room_size_m=(4.2, 3.4, 2.6),
        t60_s=0.25,
        loudspeaker_m=(1.1, 1.6, 1.2),
        facing_deg=8.0,
        distance_m=0.70,
        ambient_level_dba=15.0,
    ),
    SessionConfig(
        name="day-2",
        contents=(
            ContentConfig(name="speech-c", kind="speech", duration_s=105),
            ContentConfig(name="speech-d", kind="speech", duration_s=105),
            ContentConfig(name="music-b", kind="music", duration_s=75),
            ContentConfig(name="sweep-b", kind="sweep", duration_s=30),
        ),
        room_size_m=(4.9, 3.9, 2.5),
        t60_s=0.30,
        loudspeaker_m=(2.9, 2.1, 1.1),
        facing_deg=197.0,
        distance_m=0.75,
        ambient_level_dba=18.0,
    ),
)


class BenchConfig(Section):
    """The virtual bench: the thesis's experiment as a simulation."""

    sessions: tuple[SessionConfig, ...] = Field(_DAYS, min_length=1)
    stimuli: StimuliConfig = StimuliConfig()
    loudspeaker: LoudspeakerConfig = LoudspeakerConfig()
    microphones: tuple[MicrophoneConfig, ...] = Field(THESIS_MICROPHONES, min_length=1)
    unit_deviation_db: float = Field(
        0.6, ge=0, description="RMS difference of two units of a model, 20 Hz-20 kHz"
    )
    unit_deviation_octaves: float = Field(
        1.0, gt=0, description="how smooth it is: correlation length on the frequency axis"
    )
    placement: PlacementConfig = PlacementConfig()
    preamplifier: PreamplifierConfig = PreamplifierConfig()
    adc: AdcConfig = AdcConfig()
    confounds: BenchConfounds = BenchConfounds()
    measured: MeasuredConfig = MeasuredConfig()
    deconvolve_s: float | None = Field(
        None,
        gt=0,
        description="each so many seconds of a recording are divided by what was played, and give "
        "a response of a second; null: recordings as they are",
    )

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A bench of recordings as they are has the digest that it had before this could be."""
        content: dict[str, Any] = dump(self)
        if self.deconvolve_s is None:
            content.pop("deconvolve_s", None)
        return content

    @model_validator(mode="after")
    def _consistent(self) -> "BenchConfig":
        for what, names in (
            ("microphones.device", [microphone.device for microphone in self.microphones]),
            ("sessions.name", [session.name for session in self.sessions]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what}: {twice[0]!r} is there twice; give each its own name")
        known: dict[str, ContentConfig] = {}
        for session in self.sessions:
            names = [content.name for content in session.contents]
            for content in session.contents:
                if names.count(content.name) > 1 or known.get(content.name, content) != content:
                    raise ValueError(
                        f"sessions.contents: {content.name!r} is there twice in one session, or "
                        "with another kind or duration; give each content its own name"
                    )
                known[content.name] = content
            x, y, z = session.loudspeaker_m
            length, width, height = session.room_size_m
            if not (0 < x < length and 0 < y < width and 0 < z < height):
                raise ValueError(
                    f"sessions: the loudspeaker of {session.name!r} at {session.loudspeaker_m} m "
                    f"is not inside the room of {session.room_size_m} m"
                )
        low_hz, high_hz = self.stimuli.sweep_hz
        if not 0 < low_hz < high_hz <= self.adc.sample_rate_hz / 2:
            raise ValueError(
                f"stimuli.sweep_hz = {list(self.stimuli.sweep_hz)} needs 0 < from < to <= half of "
                f"adc.sample_rate_hz"
            )
        for name in ("pause_s", "music_phrase_s", "sweep_s"):
            low, high = getattr(self.stimuli, name)
            if not 0 < low <= high:
                raise ValueError(f"stimuli.{name} = {[low, high]} needs 0 < low <= high")
        return self
