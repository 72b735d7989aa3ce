"""Step `frames`: the frame matrices of the segments of a shard.

Reads: segments, audio. Writes: `frames.npy`, float32 (segments, T, F), and `segments.parquet` with
`segment`, in its order.
"""

from pathlib import Path

from micfp.engine.task import Spec
from micfp.errors import MicfpError
from micfp.stages.sources import source_audio
from micfp.tables import read_table, write_table


def run(spec: Spec, out: Path) -> None:
    """Make the matrix of every segment.

    Raises MicfpError that names a segment which has too few frames.
    """
    import numpy as np
    import pandas as pd

    from micfp.audio import probe, read_ranges
    from micfp.features.frames import FrameSet, frame_matrix, width

    settings = FrameSet.model_validate(spec.params["set"]).only(spec.params["set"])
    segments = read_table(spec.entry("segments") / "segments.parquet")
    rows_of = segments.groupby("recording", sort=False).indices
    positions = segments[["start_sample", "stop_sample"]].to_numpy()
    shape = (len(segments), settings.n_frames, width(settings))
    matrices = np.lib.format.open_memmap(out / "frames.npy", "w+", np.float32, shape)
    names: list[str] = []
    for source in source_audio(spec):
        own = rows_of.get(source.recording, ())
        if not len(own):
            continue
        cuts = positions[own] - source.start_sample
        rate_hz = probe(source.path).sample_rate_hz
        pieces = read_ranges(source.path, cuts.tolist(), spec.params["channel"])
        for row, samples in zip(own, pieces, strict=True):
            name = str(segments["segment"].iat[row])
            try:
                matrices[len(names)] = frame_matrix(samples, rate_hz, settings)
            except MicfpError as error:
                raise MicfpError(f"segment {name} of {source.path}: {error}") from None
            names.append(name)
    matrices.flush()
    if len(names) < len(segments):
        raise MicfpError(
            f"{len(segments) - len(names)} of {len(segments)} segments have no audio any more: run "
            "`micfp store verify`"
        )
    write_table(pd.DataFrame({"segment": pd.Series(names, dtype=str)}), out / "segments.parquet")
