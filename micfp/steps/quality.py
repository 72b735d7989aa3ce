"""Step `quality`: flags of the whole corpus, and which recordings stay.

Reads: the measurements of every shard, labels. Writes: `quality.parquet` (numbers and flags),
`kept.parquet` (recordings that the policy keeps), `recordings.parquet` (the recordings table).
"""

from pathlib import Path

from micfp.config import CheckConfig, Params
from micfp.steps.task import Recording, Spec, Task

VERSION = 1


def task(params: Params, recordings: tuple[Recording, ...], checks: tuple[Task, ...]) -> Task:
    """Plan the quality table."""
    config = params.check.model_dump(mode="json")
    return Task("quality", {"check": config}, {"check": checks}, recordings, labels=True)
