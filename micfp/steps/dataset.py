"""Step `dataset`: one feature set of the whole corpus, with labels, ready to be learned from.

Reads: the quality table, segments and features of every shard. Writes: `table.parquet`, one row
a segment, and `about.json`, what a model needs to make the same features of a new recording.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.config import Params
from micfp.errors import MicfpError
from micfp.steps.task import Recording, Spec, Task
from micfp.tables import LABELS, NOT_FEATURES, read_table, write_table

if TYPE_CHECKING:
    import pandas as pd

VERSION = 1


def task(
    params: Params,
    recordings: tuple[Recording, ...],
    quality: Task,
    segments: tuple[Task, ...],
    features: tuple[Task, ...],
    trimmed: tuple[Task, ...],
) -> Task:
    """Plan the table of a feature set."""
    about = {
        "features": features[0].params["set"],
        "segments": segments[0].params["segments"],
        "channel": params.corpus.channel,
    }
    inputs = {
        "quality": (quality,),
        "segments": segments,
        "features": features,
        "trimmed": trimmed,
    }
    return Task("dataset", {"about": about}, inputs, recordings, labels=True)


def run(spec: Spec, out: Path) -> None:
    """Join labels, segments and features; leave out what the check's policy drops."""
    import pandas as pd

    features = pd.concat(
        [read_table(path / "features.parquet") for path in spec.inputs["features"]]
    )
    # Rows keep the order of the labels: a segment has one row here and there.
    table = labelled_segments(spec).merge(features, on="segment", validate="one_to_one")
    write_table(
        table[NOT_FEATURES + [c for c in features if c != "segment"]], out / "table.parquet"
    )
    (out / "about.json").write_text(json.dumps(spec.params["about"], indent=1, sort_keys=True))


def labelled_segments(spec: Spec) -> "pd.DataFrame":
    """The segments of a corpus with their labels, in order, but for what the check drops.

    Raises MicfpError where no segment is left, or the test window holds what training heard.
    """
    import pandas as pd

    from micfp.segmentation import check_test_is_unheard

    if spec.inputs["trimmed"]:
        check_test_is_unheard(
            pd.concat(
                [read_table(path / "trimmed.parquet") for path in spec.inputs["trimmed"]],
                ignore_index=True,
            )
        )

    kept = read_table(spec.entry("quality") / "kept.parquet")
    labels = pd.DataFrame(
        [{"recording": r.recording, **dict(r.labels)} for r in spec.audio],
        columns=["recording", *LABELS],
    ).drop_duplicates("recording")
    labels = labels[labels["recording"].isin(kept["recording"])]
    segments = pd.concat(
        [read_table(path / "segments.parquet") for path in spec.inputs["segments"]]
    )
    table = segments.merge(labels, on="recording", validate="many_to_one").sort_values(
        ["device", "session", "content", "recording", "start_sample"]
    )
    if table.empty:
        raise MicfpError(
            "no segment is left: every recording was dropped by the check, or held nothing but "
            "silence; see check.policy and segments in params.yaml"
        )
    return table
