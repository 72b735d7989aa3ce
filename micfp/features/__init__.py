"""Features of segments: one family a file, librosa's definitions, a table row a segment.

`extract` turns the samples of one segment into one row of numbers; `column_names` names them. A
segment is resampled to the rate of the feature set as `librosa.load` would, cut into frames, and
the chosen families share the frames' spectra. What a family gives a frame is then summarised over
the frames by the aggregates: mean, standard deviation (of the population), quantiles (linear
interpolation). `ltas`, `noise_floor`, `loud_spectrum`, `bed` and `fourier_histogram` are spectra of
the whole segment and have no aggregate; `bed` alone is of the segment at its own rate.

With `engine: librosa` librosa itself resamples and gives the frames' values (`librosa_engine`): the
reference, of the same columns and summarised in the same way, but slower.

A segment that is empty or holds a NaN or an infinity gives NaN in every column; so does a family
that is not defined for it (HNR without a voiced frame, for one). Cleaning, which is fitted on
training rows, decides what becomes of NaN.
"""

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from micfp.audio import resample
from micfp.config.features import Aggregate, FamilyName, FeatureSet
from micfp.errors import MicfpError
from micfp.features import (
    bed,
    delta_mfcc,
    fourier_histogram,
    hnr,
    lfcc,
    librosa_engine,
    loud_spectrum,
    lpcc,
    ltas,
    mfcc,
    noise_floor,
    noise_mfcc,
    non_speech_mfcc,
    rms,
    spectral_bandwidth,
    spectral_centroid,
    spectral_contrast,
    spectral_flatness,
    spectral_rolloff,
    zero_crossing_rate,
)
from micfp.features.spectrum import Block, Float32, Segment

__all__ = ["column_names", "extract", "extract_many", "family_of", "used_columns"]


def extract(samples: Float32, sample_rate_hz: int, settings: FeatureSet) -> Float32:
    """One row of features of one segment, float32 (n_columns,), in the order of `column_names`.

    `samples` (n,) in -1..1, one channel. All NaN for an empty segment or one that is not finite.
    """
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    if samples.size == 0 or not np.isfinite([samples.min(), samples.max()]).all():
        return np.full(len(column_names(settings)), np.nan, np.float32)
    rate_hz = sample_rate_hz if settings.rate_hz == "native" else settings.rate_hz
    if settings.engine == "librosa":
        resampled = librosa_engine.resample(samples, sample_rate_hz, rate_hz)
        by_family = librosa_engine.frame_values(resampled, rate_hz, settings)
        summaries = [_summary(by_family[name], settings.aggregates) for name in settings.families]
        return np.concatenate(summaries).astype(np.float32)
    recorded, samples = samples, resample(samples, sample_rate_hz, rate_hz)
    segment = Segment(samples, rate_hz, settings.n_fft, settings.hop_samples)
    frame_values = _frame_values(segment, settings)
    row: list[NDArray[np.floating]] = []
    for family in settings.families:
        if family == "ltas":
            row.append(_ltas(segment, settings))
        elif family == "noise_floor":
            row.append(_noise_floor(segment, settings))
        elif family == "loud_spectrum":
            row.append(_loud_spectrum(segment, settings))
        elif family == "bed":
            row.append(bed.of_segment(recorded, settings.bed_n_fft))
        elif family == "fourier_histogram":
            row.append(
                fourier_histogram.of_segment(samples, settings.fourier_n_fft, settings.quiet_share)
            )
        elif family == "hnr":
            values = hnr.of_segment(samples, rate_hz, settings.hnr_min_pitch_hz)
            row.append(_summary(values, settings.aggregates))
        else:
            row.append(_summary(frame_values[family], settings.aggregates))
    return np.concatenate(row).astype(np.float32)


def extract_many(
    samples: Float32, sample_rate_hz: int, segments: NDArray[np.int64], settings: FeatureSet
) -> Float32:
    """Rows of features of many segments of one recording, float32 (k, n_columns).

    `segments` (k, 2) holds start and stop samples of each; `extract` of each piece by itself.
    """
    rows = [extract(samples[start:stop], sample_rate_hz, settings) for start, stop in segments]
    return np.array(rows, np.float32).reshape(len(rows), len(column_names(settings)))


def column_names(settings: FeatureSet) -> list[str]:
    """Names of the columns: `<family>_<index>_<aggregate>`, `<family>_<aggregate>`, `ltas_<band>`.

    The index begins at 0 and is that of librosa's rows; families without aggregates other than band
    spectra are `bed_<index>` and `fourier_histogram_<index>`. Quantile 0.25 is `q25`.
    """
    names: list[str] = []
    for family in settings.families:
        if family in ("ltas", "noise_floor", "loud_spectrum"):
            names += [f"{family}_{band}" for band in ltas.band_names(settings.bands)]
            continue
        if family in ("bed", "fourier_histogram"):
            names += _row_names(family, settings)
            continue
        suffixes = [_aggregate_name(aggregate) for aggregate in settings.aggregates]
        names += [f"{row}_{suffix}" for row in _row_names(family, settings) for suffix in suffixes]
    return names


def family_of(column: str) -> FamilyName:
    """The family that a column belongs to. MicfpError for a column of none."""
    for family in get_args(FamilyName):
        if column.startswith(f"{family}_"):
            return family  # type: ignore[no-any-return]
    raise MicfpError(f"{column!r} is no feature column: its name begins with no feature family")


def used_columns(settings: FeatureSet, families: Collection[str] | None) -> list[bool]:
    """Of every column of a feature set, whether it is of these families; None: all are."""
    return [families is None or family_of(name) in families for name in column_names(settings)]


def _row_names(family: FamilyName, settings: FeatureSet) -> list[str]:
    if family in ("mfcc", "delta_mfcc", "lfcc", "non_speech_mfcc", "noise_mfcc"):
        return _numbered(family, settings.n_mfcc, least_digits=2)
    if family == "lpcc":
        return _numbered(family, settings.lpc_order, least_digits=2)
    if family == "spectral_contrast":
        return _numbered(family, settings.contrast_bands + 1)
    if family == "bed":
        return _numbered(family, settings.bed_n_fft // 2 - 1)
    if family == "fourier_histogram":
        return _numbered(family, settings.fourier_n_fft // 2)
    return [family]


def _numbered(family: FamilyName, n_rows: int, least_digits: int = 1) -> list[str]:
    digits = max(least_digits, len(str(n_rows - 1)))
    return [f"{family}_{k:0{digits}d}" for k in range(n_rows)]


def _aggregate_name(aggregate: Aggregate) -> str:
    if isinstance(aggregate, str):
        return aggregate
    percent = f"{100.0 * aggregate:g}"
    return f"q0{percent}" if 100.0 * aggregate < 10.0 else f"q{percent}"


def _frame_values(segment: Segment, settings: FeatureSet) -> dict[FamilyName, Float32]:
    """Values a frame, float32 (frames, rows), of each chosen family that works frame by frame."""
    wanted = settings.families
    # A setting is read where its family is computed: a set holds no others when a step makes it.
    of_block: dict[FamilyName, Callable[[Block], Float32]] = {
        "mfcc": lambda block: mfcc.log_mel(block, settings.n_mels),
        "spectral_centroid": spectral_centroid.of_block,
        "spectral_bandwidth": spectral_bandwidth.of_block,
        "spectral_rolloff": lambda block: spectral_rolloff.of_block(block, settings.rolloff_share),
        "spectral_flatness": spectral_flatness.of_block,
        "spectral_contrast": lambda block: spectral_contrast.peaks_and_valleys(
            block, settings.contrast_bands, settings.contrast_min_hz
        ),
        "zero_crossing_rate": zero_crossing_rate.of_block,
        "rms": rms.of_block,
        "lfcc": lambda block: lfcc.log_linear(block, settings.n_mels),
        "lpcc": lambda block: lpcc.of_block(block, settings.lpc_order),
    }
    if "noise_mfcc" in wanted:
        noise = noise_mfcc.noise_power(segment, settings.quiet_share)
        of_block["noise_mfcc"] = partial(noise_mfcc.log_mel, noise=noise, n_mels=settings.n_mels)
    needed = [
        family
        for family in of_block
        if family in wanted or (family == "mfcc" and "delta_mfcc" in wanted)
    ]
    values = _collect(segment, {family: of_block[family] for family in needed})
    # What depends on the whole segment, not on a block of it.
    for family in ("mfcc", "lfcc", "noise_mfcc"):
        if family in values:
            values[family] = mfcc.cepstra(values[family], settings.n_mfcc)
    if "delta_mfcc" in wanted:
        values["delta_mfcc"] = delta_mfcc.slopes(values["mfcc"], settings.delta_width)
    if "spectral_contrast" in values:
        values["spectral_contrast"] = spectral_contrast.contrast_db(values["spectral_contrast"])
    if "non_speech_mfcc" in wanted:
        values["non_speech_mfcc"] = _non_speech_mfcc(segment, settings)
    return values


def _collect(
    segment: Segment, of_block: dict[FamilyName, Callable[[Block], Float32]]
) -> dict[FamilyName, Float32]:
    """What each function gives for each block, all frames of the segment under one another."""
    values: dict[FamilyName, Float32] = {}
    if not of_block:
        return values
    for block in segment.blocks():
        for family, function in of_block.items():
            part = function(block)
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


def _ltas(segment: Segment, settings: FeatureSet) -> Float32:
    return ltas.of_segment(
        segment.samples,
        segment.sample_rate_hz,
        settings.n_fft,
        settings.hop_samples,
        settings.bands,
    )


def _noise_floor(segment: Segment, settings: FeatureSet) -> Float32:
    return noise_floor.of_segment(
        segment.samples,
        segment.sample_rate_hz,
        settings.n_fft,
        settings.hop_samples,
        settings.bands,
        settings.quiet_share,
    )


def _loud_spectrum(segment: Segment, settings: FeatureSet) -> Float32:
    return loud_spectrum.of_segment(
        segment.samples,
        segment.sample_rate_hz,
        settings.n_fft,
        settings.hop_samples,
        settings.bands,
        settings.loud_share,
    )


def _non_speech_mfcc(segment: Segment, settings: FeatureSet) -> Float32:
    return non_speech_mfcc.of_segment(
        segment.samples,
        segment.sample_rate_hz,
        settings.n_fft,
        settings.hop_samples,
        settings.n_mels,
        settings.n_mfcc,
        settings.quiet_share,
    )
