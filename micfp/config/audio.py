"""Parameters of the way from a corpus to segments: corpus, check, trim, segments."""

from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from micfp.config.base import Section
from micfp.config.population import PopulationConfig
from micfp.errors import MicfpError

ReaderName = Literal[
    "bench", "thesis", "ccnu_mobile", "mobiphone", "folder", "manifest", "virtual_phones"
]
Policy = Literal["keep", "drop", "stop"]


class CorpusConfig(Section):
    """Which recordings go in."""

    name: str = Field("bench", description="name of the corpus in reports and in MLflow")
    reader: ReaderName = Field("bench", description="how folders and names become labels")
    root: Path | None = Field(
        None,
        description="folder (or CSV) of the recordings; none for bench and virtual_phones, which "
        "the run renders",
    )
    population: PopulationConfig | None = Field(
        None, description="of the reader virtual_phones: how many, who speaks, in which rooms"
    )
    channel: Literal["mean"] | Annotated[int, Field(ge=0)] = Field(
        "mean", description="of a recording with several channels: their mean, or one (0 = first)"
    )
    left_out: tuple[str, ...] = Field(
        (), description="devices that were left out of it before: every answer of a model says so"
    )

    @model_validator(mode="after")
    def _phones_are_virtual_or_files(self) -> Self:
        virtual = self.reader == "virtual_phones"
        if virtual and (self.population is None or self.root is not None):
            raise ValueError("reader virtual_phones needs population, and no root")
        if not virtual and self.population is not None:
            raise ValueError(f"population is for reader virtual_phones, not {self.reader}")
        return self


def corpus_at(root: Path, reader: str) -> CorpusConfig:
    """The corpus of a folder or CSV, by the name of a reader.

    Raises
    ------
    MicfpError
        There is no such reader.
    """
    known = [name for name in get_args(ReaderName) if name != "virtual_phones"]
    if reader not in known:
        raise MicfpError(f"no corpus reader {reader!r}; there are {', '.join(known)}")
    return CorpusConfig.model_validate({"name": root.name, "reader": reader, "root": root})


class CheckPolicy(Section):
    """What happens to a recording with a flag: keep it, drop it, or stop the run.

    An unreadable recording cannot be kept; of a duplicate the first copy stays (none, where the
    copies name different devices).
    """

    unreadable: Literal["drop", "stop"] = Field("drop", description="cannot be decoded")
    truncated: Policy = Field("keep", description="ends before its header says")
    not_finite: Policy = Field("keep", description="has samples that are no numbers")
    silent: Policy = Field("keep", description="below silent_dbfs")
    clipped: Policy = Field("keep", description="above max_clipped_share")
    dc_offset: Policy = Field("keep", description="above max_dc_dbfs")
    quiet: Policy = Field("keep", description="below min_level_dbfs")
    low_snr: Policy = Field("keep", description="below min_snr_db")
    zeros: Policy = Field("keep", description="above max_zero_share")
    channels_cancel: Policy = Field("keep", description="above max_mean_loss_db")
    dead_channel: Policy = Field("keep", description="below min_channel_db")
    short: Policy = Field("keep", description="below min_duration_s")
    sample_rate: Policy = Field("keep", description="below min_sample_rate_hz")
    out_of_sync: Policy = Field("keep", description="below min_synchrony")
    duplicate: Literal["drop", "stop"] = Field("drop", description="has the samples of another")


class CheckConfig(Section):
    """Thresholds of the sanity check (thesis 4.2.1), each with its unit."""

    max_clipped_share: float = Field(1e-4, ge=0, le=1, description="share of samples at full scale")
    max_dc_dbfs: float = Field(
        -80.0,
        le=0,
        description="offset of the samples from zero (-80 dBFS: three steps of 16 bits; rounding "
        "explains one at most)",
    )
    min_level_dbfs: float = Field(-60.0, le=0, description="RMS level below which it is quiet")
    silent_dbfs: float = Field(
        -90.0, le=0, description="RMS level below which it is silent (16-bit dither: about -96)"
    )
    min_snr_db: float = Field(6.0, description="estimated signal-to-noise ratio")
    max_zero_share: float = Field(0.2, ge=0, le=1, description="share of samples exactly zero")
    min_duration_s: float = Field(1.0, ge=0, description="length below which it is short")
    min_sample_rate_hz: int = Field(8000, gt=0, description="rate below which it is flagged")
    max_mean_loss_db: float = Field(
        10.0,
        ge=0,
        description="how far the mean of the channels may lie below them; two that cancel lose all",
    )
    min_channel_db: float = Field(
        -60.0, le=0, description="level against the strongest channel below which one is dead"
    )
    min_synchrony: float = Field(
        0.5, ge=-1, le=1, description="envelope correlation with others of the same content"
    )
    max_lag_s: float = Field(
        1.5,
        gt=0,
        description="difference of starting times that still counts as synchronous; "
        "devices started by hand differ by about 1 s",
    )
    synchrony_minutes: float = Field(
        10.0, gt=0, description="synchrony is judged on this much from the start of a recording"
    )
    policy: CheckPolicy = CheckPolicy()


class Uniform(Section):
    """A value drawn once a run from a uniform distribution, from the run's seed."""

    uniform: tuple[float, float] = Field(description="lowest and highest value")

    @model_validator(mode="after")
    def _ordered(self) -> "Uniform":
        if not 0 <= self.uniform[0] <= self.uniform[1]:
            raise ValueError(f"uniform: {list(self.uniform)} needs 0 <= low <= high")
        return self


Minutes = Annotated[float, Field(ge=0)] | Uniform


class Window(Section):
    """A piece of a recording's programme, in minutes."""

    start_minute: Minutes = 0.0
    length_minutes: Minutes | None = Field(None, description="null: to the end")


class TrimConfig(Section):
    """Which part of the recordings is used (thesis 3.3.2, Fig. 4F); null: all of it."""

    train: Window | None = None
    test: Window | None = None
    test_sessions: tuple[str, ...] = Field(
        (), description="sessions that the test window is cut from; the others train"
    )
    test_after_training: bool = Field(
        True, description="the test window's start counts from the end of the training window"
    )


class SilenceConfig(Section):
    """Split on silence, with the decisions of pydub's split_on_silence."""

    engine: Literal["fast", "pydub"] = Field(
        "fast",
        description="pydub: by pydub itself; the same cuts, but with a whole recording in memory",
    )
    min_silence_s: float = Field(0.5, ge=0.001, description="shortest silence that is cut at")
    threshold_dbfs: float = Field(-55.0, le=0, description="RMS level below which it is silent")
    keep_silence_s: Annotated[float, Field(ge=0)] | Literal["all"] = Field(
        0.1, description="kept at each side; 0: none"
    )
    seek_step_ms: int = Field(1, ge=1, description="distance of the places that are looked at")


class WindowsConfig(Section):
    """Cut into windows of fixed length."""

    length_s: float = Field(1.0, ge=0.001, description="of a segment")
    hop_s: float = Field(
        1.0, ge=0.001, description="from the start of one segment to that of the next"
    )


class SegmentsConfig(Section):
    """How recordings become segments."""

    method: Literal["silence", "windows", "whole"] = Field(
        "silence", description="split on silence, fixed windows, or a recording as it is"
    )
    silence: SilenceConfig = SilenceConfig()
    windows: WindowsConfig = WindowsConfig()
    min_length_s: float = Field(0.3, ge=0, description="shorter segments are left out")
    max_length_s: float | None = Field(
        30.0, ge=0.001, description="longer ones are cut at this length"
    )

    @model_validator(mode="after")
    def _consistent(self) -> "SegmentsConfig":
        if self.max_length_s is not None and self.max_length_s < self.min_length_s:
            raise ValueError(
                f"max_length_s {self.max_length_s:g} is below min_length_s {self.min_length_s:g}"
            )
        return self
