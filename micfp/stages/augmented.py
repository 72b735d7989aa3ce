"""Step `augmented`: a data set or matrix and degraded copies of its recordings, as one.

Reads: data sets of one feature set, or matrices of one frame set, that of the originals first.
Writes: `table.parquet` and `about.json`, as `dataset` does, and of matrices `frames.npy`. Segments
of a recording and of its copies follow one another by their numbers, so that what holds out
neighbouring rows to calibrate on holds out all of them. Where it is told what each copy is a copy
of, because recordings that are tested have copies, too: `copies.parquet`, a row for each of the
table, by which folds keep them together. Without it every copy must be of the training part.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.engine.task import Spec
from micfp.errors import MicfpError
from micfp.recordings.copies import COPY, with_originals
from micfp.stages.fitting import write_copies
from micfp.tables import read_table, write_table

if TYPE_CHECKING:
    import pandas as pd


def run(spec: Spec, out: Path) -> None:
    """Join the tables."""
    import pandas as pd

    folders = spec.inputs["datasets"]
    parts = [read_table(folder / "table.parquet") for folder in folders]
    for number, part in enumerate(parts):
        part[COPY], part["row"] = number, range(len(part))
        # Not their first samples: a copy may have another rate.
        part["piece"] = part.groupby("recording", sort=False).cumcount()
    order = ["device", "session", "content", "piece", COPY]
    table = pd.concat(parts, ignore_index=True).sort_values(order, kind="stable")
    twice = table["segment"].duplicated()
    if twice.any():
        raise MicfpError(
            f"segment {table.loc[twice, 'segment'].iloc[0]} is in two of the joined data sets: two "
            "conditions of augment.copies or robustness.trained do the same"
        )
    if "originals" in spec.params:
        by_number = spec.params["about"]["segments"]["method"] == "windows"
        write_copies(with_originals(table, spec.params["originals"], by_number), out)
    write_table(table.drop(columns=[COPY, "row", "piece"]), out / "table.parquet")
    if (folders[0] / "frames.npy").exists():
        _join_frames(folders, table, out / "frames.npy")
    abouts = [json.loads((folder / "about.json").read_text()) for folder in folders]
    both = {
        name: sorted({value for about in abouts for value in about[name]})
        for name in ("sample_rates_hz", "codecs")
    }
    (out / "about.json").write_text(json.dumps(abouts[0] | both, indent=1, sort_keys=True))


def _join_frames(folders: Sequence[Path], table: "pd.DataFrame", path: Path) -> None:
    import numpy as np

    arrays = [np.load(folder / "frames.npy", mmap_mode="r") for folder in folders]
    shape = (len(table), *arrays[0].shape[1:])
    joined = np.lib.format.open_memmap(path, "w+", np.float32, shape)
    for number, (copy, row) in enumerate(zip(table[COPY], table["row"], strict=True)):
        joined[number] = arrays[copy][row]
    joined.flush()
