"""Step `features`: one feature set of the segments of a shard.

Reads: segments, audio. Writes: `features.parquet` with `segment` and the families' columns.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from micfp.engine.task import Spec
from micfp.errors import MicfpError
from micfp.features import FeatureSet, column_names, extract
from micfp.stages.sources import Source, path_of, source_audio
from micfp.tables import read_table, write_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def run(spec: Spec, out: Path) -> None:
    """Extract the set from every segment."""
    import numpy as np
    import pandas as pd

    from micfp.audio import isolated, probe, read_ranges

    settings = FeatureSet.model_validate(spec.params["set"]).only(spec.params["set"])
    segments = read_table(spec.entry("segments") / "segments.parquet")
    # Plain arrays: looking into a table for each of many short recordings would cost milliseconds.
    rows_of = segments.groupby("recording", sort=False).indices
    positions = segments[["start_sample", "stop_sample"]].to_numpy()
    segment_names = segments["segment"].tolist()
    names: list[str] = []
    rows: list[NDArray[np.float32]] = []
    sources = [source for source in source_audio(spec) if source.recording in rows_of]

    def features_of(source: Source) -> "list[NDArray[np.float32]]":
        cuts = positions[rows_of[source.recording]] - source.start_sample
        pieces = read_ranges(source.path, cuts.tolist(), spec.params["channel"])
        rate_hz = probe(source.path).sample_rate_hz
        return [extract(samples, rate_hz, settings) for samples in pieces]

    for source, values in zip(sources, isolated(features_of, sources, path_of), strict=True):
        if isinstance(values, MicfpError):
            raise values
        names += [segment_names[row] for row in rows_of[source.recording]]
        rows += values
    columns = column_names(settings)
    matrix = np.vstack(rows) if rows else np.empty((0, len(columns)), np.float32)
    table = pd.DataFrame(matrix.astype(np.float32), columns=columns)
    table.insert(0, "segment", pd.Series(names, dtype=str))
    write_table(table, out / "features.parquet")
