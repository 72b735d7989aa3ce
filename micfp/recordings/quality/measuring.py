"""Measures one recording in one pass over its blocks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np

from micfp import audio
from micfp.config.audio import CheckConfig
from micfp.errors import MicfpError
from micfp.recordings.quality.channels import ChannelLevels
from micfp.recordings.quality.envelope import Decimator, band_envelope
from micfp.recordings.quality.levels import (
    FRAME_S,
    ClippedRuns,
    FloatArray,
    dbfs,
    frame_statistics,
    loudest_stretch,
    noise_and_snr,
)

FRAMES_PER_BLOCK = 500  # ten seconds
MOST_BLOCK_SAMPLES = 8_000_000  # of all channels: memory does not grow with what a header says


@dataclass(frozen=True)
class Quality:
    """The numbers of one recording; NaN (zero for counts) where `error` says it is unreadable.

    Attributes
    ----------
    level_dbfs
        RMS of the samples about their mean.
    peak_dbfs
        Largest magnitude.
    dc_dbfs
        Level of the offset: the Hann-weighted mean of the means of 20 ms frames, which a tone that
        begins or ends in mid-period moves less than the plain mean.
    clipped_share
        Share of samples in flat tops (see `ClippedRuns`), 0..1.
    zero_share
        Share of samples that are exactly zero, 0..1.
    not_finite
        Number of samples that are NaN or infinite; the other numbers take them as zero.
    noise_floor_dbfs, snr_db
        See `noise_and_snr`.
    truncated
        As in `micfp.audio.AudioInfo`.
    mean_loss_db, weakest_channel_db
        See `ChannelLevels`; NaN of one channel.
    notes
        What a reader must know of how the file was read, with "; " between.
    loudest_s
        Where the loudest three seconds begin (see `loudest_stretch`).
    error
        Why the recording cannot be read; empty where it can.
    envelope
        float32 (n_ms,), see `band_envelope`; of the first `synchrony_minutes`.
    """

    duration_s: float = np.nan
    sample_rate_hz: int = 0
    n_samples: int = 0
    n_channels: int = 0
    codec: str = ""
    level_dbfs: float = np.nan
    peak_dbfs: float = np.nan
    dc_dbfs: float = np.nan
    clipped_share: float = np.nan
    zero_share: float = np.nan
    not_finite: int = 0
    noise_floor_dbfs: float = np.nan
    snr_db: float = np.nan
    truncated: bool = False
    mean_loss_db: float = np.nan
    weakest_channel_db: float = np.nan
    notes: str = ""
    loudest_s: float = np.nan
    error: str = ""
    envelope: FloatArray = field(
        default_factory=lambda: np.zeros(0, np.float32), repr=False, compare=False
    )


NUMBERS = tuple(f.name for f in fields(Quality) if f.name != "envelope")


def measure(
    path: str | Path,
    config: CheckConfig,
    channel: int | Literal["mean"] = "mean",
    track: int | None = None,
) -> Quality:
    """Measure one recording in one pass; memory does not grow with its length.

    Parameters
    ----------
    path
        Any audio file that `micfp.audio` opens.
    config
        Only `synchrony_minutes` is read: how much of the recording gets an envelope.
    channel
        Index from 0, or the mean of all channels.
    track
        As in `micfp.audio.probe`.

    Raises
    ------
    MicfpError
        The file cannot be read as audio (see `measure_each`), or has no such channel.
    """
    info = audio.probe(path, track)
    audio.check_channel(info, channel)
    rate = info.sample_rate_hz
    frame = max(1, round(rate * FRAME_S))
    envelope_samples = round(config.synchrony_minutes * 60 * rate)
    decimator = Decimator(rate)
    clipped = ClippedRuns()
    n = zeros = not_finite = 0
    offset = total = total_squares = peak = 0.0
    means: list[FloatArray] = []
    powers: list[FloatArray] = []
    speech_band: list[FloatArray] = []
    loudest_level, loudest_start = -np.inf, 0

    levels = ChannelLevels(info.n_channels)
    frames_per_block = max(
        1, min(FRAMES_PER_BLOCK, MOST_BLOCK_SAMPLES // (frame * info.n_channels))
    )

    for channels in audio.channel_blocks(path, frame * frames_per_block, track=track):
        if info.n_channels > 1:
            levels.push(channels)
        block = audio.one_channel(channels, channel)
        block_peak = max(float(block.max()), -float(block.min()))
        if not np.isfinite(block_peak):
            finite = np.isfinite(block)
            not_finite += len(block) - int(np.count_nonzero(finite))
            block = np.where(finite, block, np.float32(0))
            block_peak = float(np.abs(block).max())
        if n == 0:
            # Frame powers are differences of sums: without the offset they keep their precision.
            offset = float(block.mean())
        centred = block - np.float32(offset)
        block_means, block_powers = frame_statistics(centred, frame)
        means.append(block_means)
        powers.append(block_powers)
        level, start = loudest_stretch(block_powers, frame)
        if level > loudest_level:
            loudest_level, loudest_start = level, n + start
        if n < envelope_samples:
            speech_band.append(decimator.push(block[: envelope_samples - n]))
        clipped.push(block, block_peak)
        peak = max(peak, block_peak)
        zeros += int(np.count_nonzero(block == 0))
        whole = len(block_means) * frame
        total += frame * float(block_means.sum(dtype=np.float64)) + float(centred[whole:].sum())
        total_squares += float(np.dot(centred, centred))
        n += len(block)

    if n == 0:
        raise MicfpError(f"{path}: holds no samples; record or copy it again")
    speech_band.append(decimator.finish())
    mean = total / n
    frame_means = np.concatenate(means)
    dc = offset + (
        float(np.average(frame_means, weights=np.hanning(len(frame_means) + 2)[1:-1]))
        if len(frame_means)
        else mean
    )
    noise_floor, snr = noise_and_snr(np.concatenate(powers))
    return Quality(
        duration_s=n / rate,
        sample_rate_hz=rate,
        n_samples=n,
        n_channels=info.n_channels,
        codec=info.codec,
        level_dbfs=dbfs(total_squares / n - mean**2),
        peak_dbfs=dbfs(peak**2),
        dc_dbfs=dbfs(dc**2),
        clipped_share=clipped.count() / n,
        # Samples that were not finite are zeros of ours, not of the recording.
        zero_share=(zeros - not_finite) / n,
        not_finite=not_finite,
        noise_floor_dbfs=noise_floor,
        snr_db=snr,
        truncated=info.truncated,
        mean_loss_db=levels.mean_loss_db if info.n_channels > 1 else np.nan,
        weakest_channel_db=levels.weakest_db if info.n_channels > 1 else np.nan,
        notes="; ".join(info.notes),
        loudest_s=loudest_start / rate,
        envelope=band_envelope(np.concatenate(speech_band), decimator.rate_hz),
    )


def measure_each(
    paths: Sequence[str | Path],
    config: CheckConfig,
    channel: int | Literal["mean"] = "mean",
    track: int | None = None,
) -> Iterator[Quality]:
    """`measure` of each file in a process that may die of it (`micfp.audio.isolated`).

    What cannot be read gives a Quality with its sentence in `error`. Parameters as of `measure`.
    """
    for result in audio.isolated(lambda path: measure(path, config, channel, track), paths):
        yield Quality(error=str(result)) if isinstance(result, MicfpError) else result


def quality_row(quality: Quality) -> dict[str, Any]:
    """The numbers of a recording without its arrays: what a table holds."""
    return {name: getattr(quality, name) for name in NUMBERS}
