"""Step `detect`: how far segments lie from what is known of each device.

Reads: a detector, and the data set to judge. Writes: `distances.parquet` (segment, truth, a
distance a device) and `detector.json`, the detector's threshold.
"""

import shutil
from pathlib import Path

from micfp.engine.libraries import CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.stages.fitting import read_data
from micfp.tables import write_table

STAGE = Stage("detect", 2, "micfp.studies.attack.detect", libraries=CLASSIFIERS)


def task(detector: Task, dataset: Task) -> Task:
    """Plan the distances of one data set."""
    settings = {"families": None, "target": detector.params["target"]}
    return Task(STAGE, settings, {"detector": (detector,), "dataset": (dataset,)})


def run(spec: Spec, out: Path) -> None:
    """Measure every row."""
    import numpy as np
    import pandas as pd

    from micfp.attack.detection import Detector

    detector = Detector.load(spec.entry("detector") / "detector.npz")
    asked = read_data(spec.entry("dataset"), spec.params)
    distances = detector.distances(asked.X.astype(np.float64))
    table = pd.DataFrame(distances, columns=[f"d:{name}" for name in detector.classes])
    table.insert(0, "segment", asked.labels["segment"].to_numpy())
    table.insert(1, "truth", asked.y)
    write_table(table, out / "distances.parquet")
    shutil.copyfile(spec.entry("detector") / "detector.json", out / "detector.json")
