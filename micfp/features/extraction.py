"""The values of a feature set: a row of numbers for each segment."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.features import librosa_engine
from micfp.features.columns import column_names
from micfp.features.family import Family
from micfp.features.registry import FAMILIES, Aggregate, FeatureSet
from micfp.features.spectrum import Float32, Segment


def extract(samples: Float32, sample_rate_hz: int, settings: FeatureSet) -> Float32:
    """One row of features of one segment, float32 (n_columns,), in the order of `column_names`.

    `samples` (n,) in -1..1, one channel. All NaN for an empty segment or one that is not finite.
    """
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    if samples.size == 0 or not np.isfinite([samples.min(), samples.max()]).all():
        return np.full(len(column_names(settings)), np.nan, np.float32)
    rate_hz = sample_rate_hz if settings.rate_hz == "native" else settings.rate_hz
    values = _by_librosa if settings.engine == "librosa" else _by_fast_engine
    return np.concatenate(values(samples, sample_rate_hz, rate_hz, settings)).astype(np.float32)


def extract_many(
    samples: Float32, sample_rate_hz: int, segments: NDArray[np.int64], settings: FeatureSet
) -> Float32:
    """Rows of features of many segments of one recording, float32 (k, n_columns).

    `segments` (k, 2) holds start and stop samples of each; `extract` of each piece by itself.
    """
    rows = [extract(samples[start:stop], sample_rate_hz, settings) for start, stop in segments]
    return np.array(rows, np.float32).reshape(len(rows), len(column_names(settings)))


def _by_librosa(
    samples: Float32, sample_rate_hz: int, rate_hz: int, settings: FeatureSet
) -> list[NDArray[np.floating]]:
    resampled = librosa_engine.resample(samples, sample_rate_hz, rate_hz)
    segment = Segment(resampled, rate_hz, settings.n_fft, settings.hop_samples)
    by_family = librosa_engine.frame_values(segment, settings)
    return [_summary(by_family[name], settings.aggregates) for name in settings.families]


def _by_fast_engine(
    samples: Float32, sample_rate_hz: int, rate_hz: int, settings: FeatureSet
) -> list[NDArray[np.floating]]:
    from micfp.audio import resample  # opens audio libraries, which planning does without

    recorded = Segment(samples, sample_rate_hz, settings.n_fft, settings.hop_samples)
    resampled = Segment(
        resample(samples, sample_rate_hz, rate_hz), rate_hz, settings.n_fft, settings.hop_samples
    )
    families = [FAMILIES[name] for name in settings.families]
    by_frame = _frame_values(resampled, families, settings)
    row: list[NDArray[np.floating]] = []
    for family in families:
        segment = recorded if family.at_recorded_rate else resampled
        if family.spectrum is not None:
            row.append(family.spectrum(segment, settings))
        elif family.of_segment is not None:
            row.append(_summary(family.of_segment(segment, settings), settings.aggregates))
        else:
            row.append(_summary(by_frame[family], settings.aggregates))
    return row


def _frame_values(
    segment: Segment, families: Sequence[Family[Any]], settings: FeatureSet
) -> dict[Family[Any], Float32]:
    """Values of every frame, float32 (frames, rows), of each family that goes block by block."""
    needed = dict.fromkeys(family.base or family for family in families)
    values = _collect(segment, [family for family in needed if family.of_block], settings)
    derived = [family for family in families if family.base is not None]
    for family in [*values, *derived]:
        if family.finish is not None:
            values[family] = family.finish(values[family.base or family], settings)
    return values


def _collect(
    segment: Segment, families: Sequence[Family[Any]], settings: FeatureSet
) -> dict[Family[Any], Float32]:
    """What each family gives for each block, all frames of the segment under one another."""
    values: dict[Family[Any], Float32] = {}
    if not families:
        return values
    for block in segment.blocks():
        for family in families:
            assert family.of_block is not None
            part = family.of_block(block, settings)
            if family not in values:
                values[family] = np.empty((segment.n_frames, part.shape[1]), np.float32)
            values[family][block.first : block.stop] = part
    return values


def _summary(values: NDArray[np.floating], aggregates: Iterable[Aggregate]) -> NDArray[np.float64]:
    """Aggregates over frames of (frames, rows), all of a row together; NaN where no frame is."""
    columns = []
    for aggregate in aggregates:
        if len(values) == 0:
            columns.append(np.full(values.shape[1], np.nan))
        elif aggregate == "mean":
            columns.append(values.mean(axis=0, dtype=np.float64))
        elif aggregate == "std":
            columns.append(values.std(axis=0, dtype=np.float64))
        else:
            columns.append(np.quantile(values, float(aggregate), axis=0))
    return np.stack(columns, axis=1).ravel()
