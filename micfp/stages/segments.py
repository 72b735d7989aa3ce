"""Step `segments`: recordings cut into segments.

Reads: audio, or its trimmed copies. Writes: `segments.parquet` with `segment`, `recording`,
`start_sample`, `stop_sample`, positions in the original recording.
"""

from pathlib import Path

from micfp.config.audio import SegmentsConfig
from micfp.engine.task import Spec
from micfp.errors import MicfpError
from micfp.stages.sources import Source, path_of, source_audio
from micfp.tables import write_table


def run(spec: Spec, out: Path) -> None:
    """Cut every recording of the shard; one that cannot be read has no segments."""
    import numpy as np
    import pandas as pd

    from micfp.audio import isolated
    from micfp.recordings.segmentation import Segments
    from micfp.recordings.segmentation.file import segment

    config = SegmentsConfig.model_validate(spec.params["segments"]).only(spec.params["segments"])
    # One table at the end: a small one for each of many short recordings would cost a millisecond.
    of_each: list[tuple[str, Segments]] = []
    sources = source_audio(spec)

    def cut(source: Source) -> Segments:
        return segment(source.path, config, spec.params["channel"]) + source.start_sample

    for source, cuts in zip(sources, isolated(cut, sources, path_of), strict=True):
        if isinstance(cuts, MicfpError):
            print(f"left out: {cuts}")  # the check reports it; the others go on
            continue
        of_each.append((source.recording, cuts))
    positions = np.concatenate([np.empty((0, 2), np.int64), *(cuts for _, cuts in of_each)])
    recordings = [recording for recording, cuts in of_each for _ in cuts]
    names = [
        f"{recording}-{start:010d}-{stop:010d}"
        for recording, (start, stop) in zip(recordings, positions.tolist(), strict=True)
    ]
    table = pd.DataFrame(
        {
            "segment": pd.Series(names, dtype=str),
            "recording": pd.Series(recordings, dtype=str),
            "start_sample": positions[:, 0],
            "stop_sample": positions[:, 1],
        }
    )
    write_table(table, out / "segments.parquet")
