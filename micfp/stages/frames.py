"""Step `frames`: the frame matrices of the segments of a shard.

Reads: segments, audio. Writes: `frames.npy`, float32 (segments, T, F), and `segments.parquet` with
`segment`, in its order.
"""

from pathlib import Path

from micfp.engine.task import Spec
from micfp.errors import MicfpError
from micfp.stages.sources import Source, path_of, source_audio
from micfp.tables import read_table, write_table


def run(spec: Spec, out: Path) -> None:
    """Make the matrix of every segment.

    Raises MicfpError that names a segment which has too few frames.
    """
    import numpy as np
    import pandas as pd

    from micfp.audio import isolated, probe, read_ranges
    from micfp.features.frames import FrameSet, frame_matrix, width

    settings = FrameSet.model_validate(spec.params["set"]).only(spec.params["set"])
    segments = read_table(spec.entry("segments") / "segments.parquet")
    rows_of = segments.groupby("recording", sort=False).indices
    positions = segments[["start_sample", "stop_sample"]].to_numpy()
    shape = (len(segments), settings.n_frames, width(settings))
    matrices = np.lib.format.open_memmap(out / "frames.npy", "w+", np.float32, shape)
    names: list[str] = []
    sources = [source for source in source_audio(spec) if source.recording in rows_of]

    counts = [len(rows_of[source.recording]) for source in sources]
    ends = np.cumsum(counts)
    first_row = {s.recording: int(e - n) for s, e, n in zip(sources, ends, counts, strict=True)}

    def write_frames(source: Source) -> list[str]:
        """Write the matrices of a recording's segments into the shared file; their names."""
        rows = rows_of[source.recording]
        cuts = positions[rows] - source.start_sample
        rate_hz = probe(source.path).sample_rate_hz
        pieces = read_ranges(source.path, cuts.tolist(), spec.params["channel"])
        own_names = []
        for row, samples in zip(rows, pieces, strict=True):
            own_names.append(str(segments["segment"].iat[row]))
            try:
                matrix = frame_matrix(samples, rate_hz, settings)
            except MicfpError as error:
                raise MicfpError(f"segment {own_names[-1]} of {source.path}: {error}") from None
            matrices[first_row[source.recording] + len(own_names) - 1] = matrix
        return own_names

    for own_names in isolated(write_frames, sources, path_of):
        if isinstance(own_names, MicfpError):
            raise own_names
        names += own_names
    matrices.flush()
    if len(names) < len(segments):
        raise MicfpError(
            f"{len(segments) - len(names)} of {len(segments)} segments have no audio any more: run "
            "`micfp store verify`"
        )
    write_table(pd.DataFrame({"segment": pd.Series(names, dtype=str)}), out / "segments.parquet")
