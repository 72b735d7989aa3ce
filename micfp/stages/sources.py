"""Where a step finds the audio of a recording: the original, or its trimmed copy."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from micfp.engine.task import Spec
from micfp.errors import MicfpError
from micfp.tables import read_table, rows_of


@dataclass(frozen=True)
class Source:
    """A file to read, and where it starts in the original recording."""

    recording: str
    path: Path
    start_sample: int


def source_audio(spec: Spec) -> Iterator[Source]:
    """The readable recordings of a step's shard, in order."""
    if "trim" in spec.inputs:
        folder = spec.entry("trim")
        table = read_table(folder / "trimmed.parquet")
        for row in rows_of(table):
            yield Source(row.recording, folder / row.path, row.start_sample)
        return
    from micfp.audio import probe

    for recording in spec.audio:
        path = Path(recording.path)
        try:
            probe(path)
        except MicfpError:
            continue  # the check reports it
        yield Source(recording.recording, path, 0)
