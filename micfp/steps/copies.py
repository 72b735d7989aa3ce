"""Step `copies`: a data set and degraded copies of its training part, as one data set.

Reads: data sets of one feature set, that of the originals first. Writes: `table.parquet` and
`about.json`, as `dataset` does. A recording and its copies follow one another, so that what holds
out neighbouring rows to calibrate on holds out all of them.
"""

import shutil
from pathlib import Path

from micfp.errors import MicfpError
from micfp.steps.task import Spec, Task
from micfp.tables import read_table, write_table

VERSION = 1


def task(originals: Task, copies: tuple[Task, ...]) -> Task:
    """Plan the joined table; of what is tested there must be no copies."""
    return Task("copies", {"about": originals.params["about"]}, {"datasets": (originals, *copies)})


def run(spec: Spec, out: Path) -> None:
    """Join the tables."""
    import pandas as pd

    parts = [read_table(folder / "table.parquet") for folder in spec.inputs["datasets"]]
    for number, part in enumerate(parts):
        part["copy"] = number
    order = ["device", "session", "content", "start_sample", "copy"]
    table = pd.concat(parts, ignore_index=True).sort_values(order, kind="stable")
    twice = table["segment"].duplicated()
    if twice.any():
        raise MicfpError(
            f"segment {table.loc[twice, 'segment'].iloc[0]} is in two of the joined data sets: two "
            "conditions of robustness.trained do the same"
        )
    write_table(table.drop(columns="copy"), out / "table.parquet")
    shutil.copyfile(spec.inputs["datasets"][0] / "about.json", out / "about.json")
