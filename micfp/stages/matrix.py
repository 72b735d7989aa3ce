"""Step `matrix`: the frame matrices of the whole corpus, with labels, ready to be learned from.

Reads: the quality table, segments and frames of every shard. Writes: `frames.npy`, float32
(n, T, F), which is read by memory mapping, rows in any order; `table.parquet`, the labels of its
rows; `about.json`, what a method needs to make the same of a new recording.
"""

from pathlib import Path

from micfp.engine.task import Spec
from micfp.stages.dataset import labelled_segments, not_features, write_about_data
from micfp.tables import read_table, write_table


def run(spec: Spec, out: Path) -> None:
    """Join labels and frames; leave out what the check's policy drops."""
    import numpy as np

    table = labelled_segments(spec)
    place = {
        segment: (number, row)
        for number, folder in enumerate(spec.inputs["frames"])
        for row, segment in enumerate(read_table(folder / "segments.parquet")["segment"])
    }
    shards = [np.load(folder / "frames.npy", mmap_mode="r") for folder in spec.inputs["frames"]]
    shape = (len(table), *shards[0].shape[1:])
    matrices = np.lib.format.open_memmap(out / "frames.npy", "w+", np.float32, shape)
    for row, segment in enumerate(table["segment"]):
        number, own = place[segment]
        matrices[row] = shards[number][own]
    matrices.flush()
    write_table(table[not_features(spec.audio)], out / "table.parquet")
    write_about_data(spec, table["recording"], out / "about.json")
