"""Step `trim`: copies of the windows of the recordings that are used (thesis 3.3.2, Fig. 4C, 4F).

Reads: audio. Writes: one WAV a recording, at its own rate and depth, and `trimmed.parquet` with
`recording`, `path`, `content`, `sample_rate_hz`, `start_sample`, `stop_sample`, `role`.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from micfp.engine.task import Spec
from micfp.stages.sources import path_of
from micfp.tables import rows_of, write_table


def _minutes(ends: Sequence[Any]) -> tuple[float, float]:
    start, stop = ends
    return start, math.inf if stop is None else stop


def run(spec: Spec, out: Path) -> None:
    """Copy the window of every readable recording of the shard."""
    import pandas as pd

    from micfp.audio import copy_wav, isolated, probe
    from micfp.errors import MicfpError, printable
    from micfp.recordings.segmentation.trimming import TrimWindows, cut_windows

    windows = TrimWindows(
        _minutes(spec.params["train"]),
        _minutes(spec.params["test"]),
        tuple(spec.params["test_sessions"]),
    )
    rows = []
    found = isolated(lambda recording: probe(recording.path), spec.audio, path_of)
    for recording, info in zip(spec.audio, found, strict=True):
        if isinstance(info, MicfpError):
            continue  # the check reports it
        rows.append(
            {
                "recording": recording.recording,
                "path": printable(recording.path),
                "session": recording.labels["session"],
                "content": recording.labels["content"],
                "sample_rate_hz": info.sample_rate_hz,
                "n_samples": info.n_samples,
            }
        )
    columns = ["recording", "path", "session", "content", "sample_rate_hz", "n_samples"]
    table = cut_windows(pd.DataFrame(rows, columns=columns), windows)
    paths = {recording.recording: recording.path for recording in spec.audio}

    def copy(row: Any) -> None:
        target = out / f"{row.recording}.wav"
        copy_wav(Path(paths[row.recording]), target, row.start_sample, row.stop_sample)

    for copied in isolated(copy, list(rows_of(table)), path_of):
        if isinstance(copied, MicfpError):
            raise copied
    table["path"] = [f"{name}.wav" for name in table["recording"]]
    write_table(table.drop(columns=["session", "n_samples"]), out / "trimmed.parquet")
