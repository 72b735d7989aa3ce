"""Step `trim`: copies of the windows of the recordings that are used (thesis 3.3.2, Fig. 4C, 4F).

Reads: audio. Writes: one WAV a recording, at its own rate and depth, and `trimmed.parquet` with
`recording`, `path`, `start_sample`, `stop_sample`, `role`.
"""

from collections.abc import Iterator, Sequence

from micfp.config import Params
from micfp.steps.task import Recording, Task

VERSION = 1


def tasks(params: Params, shards: Sequence[tuple[Recording, ...]]) -> Iterator[Task | None]:
    """Plan the windows of every shard; None where recordings are used whole."""
    for _ in shards:
        yield None
