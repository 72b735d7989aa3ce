"""Where a step finds the audio of a recording: the original, or its trimmed copy."""

from dataclasses import dataclass
from pathlib import Path

from micfp.engine.task import Recording, Spec
from micfp.tables import read_table, rows_of


@dataclass(frozen=True)
class Source:
    """A file to read, and where it starts in the original recording."""

    recording: str
    path: Path
    start_sample: int


def path_of(source: Source | Recording) -> str:
    """What is read, for a sentence."""
    return str(source.path)


def source_audio(spec: Spec) -> list[Source]:
    """The recordings of a step's shard, in order; originals are perhaps unreadable."""
    if "trim" not in spec.inputs:
        return [Source(r.recording, Path(r.path), 0) for r in spec.audio]
    folder = spec.entry("trim")
    return [
        Source(row.recording, folder / row.path, row.start_sample)
        for row in rows_of(read_table(folder / "trimmed.parquet"))
    ]
