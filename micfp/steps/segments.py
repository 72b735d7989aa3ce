"""Step `segments`: recordings cut into segments.

Reads: audio, or its trimmed copies. Writes: `segments.parquet` with `segment`, `recording`,
`start_sample`, `stop_sample`, positions in the original recording.
"""

from pathlib import Path

from micfp.config import Params, SegmentsConfig
from micfp.errors import MicfpError
from micfp.steps.sources import source_audio
from micfp.steps.task import Recording, Spec, Task
from micfp.tables import write_table

VERSION = 1


def task(params: Params, shard: tuple[Recording, ...], trimmed: Task | None) -> Task:
    """Plan the segments of a shard."""
    config = params.segments.model_dump(mode="json")
    unused = {"silence": "windows", "windows": "silence"}[params.segments.method]
    del config[unused]
    return Task(
        "segments",
        {"segments": config, "channel": params.corpus.channel},
        {} if trimmed is None else {"trim": (trimmed,)},
        shard,
    )


def run(spec: Spec, out: Path) -> None:
    """Cut every recording of the shard; one that cannot be read has no segments."""
    import numpy as np
    import pandas as pd

    from micfp.segmentation import segment

    config = SegmentsConfig.model_validate(spec.params["segments"])
    tables = []
    for source in source_audio(spec):
        try:
            cuts = segment(source.path, config, spec.params["channel"]) + source.start_sample
        except MicfpError as error:
            print(f"left out: {error}")  # the check reports it; the others go on
            continue
        tables.append(
            pd.DataFrame(
                {
                    "segment": [f"{source.recording}-{a:010d}-{b:010d}" for a, b in cuts],
                    "recording": source.recording,
                    "start_sample": cuts[:, 0].astype(np.int64),
                    "stop_sample": cuts[:, 1].astype(np.int64),
                }
            )
        )
    columns = {"segment": str, "recording": str, "start_sample": np.int64, "stop_sample": np.int64}
    empty = pd.DataFrame(columns=list(columns)).astype(columns)
    write_table(pd.concat([empty, *tables], ignore_index=True), out / "segments.parquet")
