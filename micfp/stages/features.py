"""Step `features`: one feature set of the segments of a shard.

Reads: segments, audio. Writes: `features.parquet` with `segment` and the families' columns.
"""

from pathlib import Path
from typing import Any

from micfp.config import FeatureSet
from micfp.config.features import FamilyName
from micfp.engine.task import Spec
from micfp.stages.sources import source_audio
from micfp.tables import read_table, write_table

# What each family reads of a feature set beside rate, frames and aggregates. A family that reads
# another setting fails: `run` gives it these alone.
SETTINGS_OF: dict[FamilyName, frozenset[str]] = {
    "mfcc": frozenset({"n_mfcc", "n_mels"}),
    "delta_mfcc": frozenset({"n_mfcc", "n_mels", "delta_width"}),
    "spectral_centroid": frozenset(),
    "spectral_bandwidth": frozenset(),
    "spectral_rolloff": frozenset({"rolloff_share"}),
    "spectral_flatness": frozenset(),
    "spectral_contrast": frozenset({"contrast_bands", "contrast_min_hz"}),
    "zero_crossing_rate": frozenset(),
    "rms": frozenset(),
    "hnr": frozenset({"hnr_min_pitch_hz"}),
    "ltas": frozenset({"bands"}),
    "noise_floor": frozenset({"bands", "quiet_share"}),
    "bed": frozenset({"bed_n_fft"}),
    "lfcc": frozenset({"n_mfcc", "n_mels"}),
    "lpcc": frozenset({"lpc_order"}),
    "fourier_histogram": frozenset({"fourier_n_fft", "quiet_share"}),
    "non_speech_mfcc": frozenset({"n_mfcc", "n_mels", "quiet_share"}),
    "noise_mfcc": frozenset({"n_mfcc", "n_mels", "quiet_share"}),
    "loud_spectrum": frozenset({"bands", "loud_share"}),
}


def settings_read(features: FeatureSet) -> dict[str, Any]:
    """Return the settings that the families of a set read: a change of another changes no result.

    Raises KeyError for a family that is not in `SETTINGS_OF`.
    """
    optional = frozenset().union(*SETTINGS_OF.values())
    used = frozenset().union(*(SETTINGS_OF[family] for family in features.families))
    later = {"content_normalised"}  # done where the recordings of a corpus come together
    return features.model_dump(mode="json", exclude=set(optional - used | later))


def run(spec: Spec, out: Path) -> None:
    """Extract the set from every segment."""
    import numpy as np
    import pandas as pd

    from micfp.audio import probe, read_ranges
    from micfp.features import column_names, extract

    settings = FeatureSet.model_validate(spec.params["set"]).only(spec.params["set"])
    segments = read_table(spec.entry("segments") / "segments.parquet")
    # Plain arrays: looking into a table for each of many short recordings would cost milliseconds.
    rows_of = segments.groupby("recording", sort=False).indices
    positions = segments[["start_sample", "stop_sample"]].to_numpy()
    segment_names = segments["segment"].tolist()
    names: list[str] = []
    rows = []
    for source in source_audio(spec):
        own = rows_of.get(source.recording, ())
        if not len(own):
            continue
        cuts = positions[own] - source.start_sample
        pieces = read_ranges(source.path, cuts.tolist(), spec.params["channel"])
        rate_hz = probe(source.path).sample_rate_hz
        names += [segment_names[row] for row in own]
        rows += [extract(samples, rate_hz, settings) for samples in pieces]
    columns = column_names(settings)
    values = np.vstack(rows) if rows else np.empty((0, len(columns)), np.float32)
    table = pd.DataFrame(values.astype(np.float32), columns=columns)
    table.insert(0, "segment", pd.Series(names, dtype=str))
    write_table(table, out / "features.parquet")
