"""Step `best`: the models of a search's best points, each fitted on all recordings.

Reads: the table of a search, and the data sets of its points. Writes: `<rank>/model/` (what
`micfp identify` loads) and `<rank>/point.json`.
"""

import json
from pathlib import Path

from micfp.config import Params
from micfp.steps.task import Spec, Task

VERSION = 1


def task(params: Params, table: Task, datasets: tuple[Task, ...]) -> Task:
    """Plan the models of the best points."""
    inputs = {"search": (table,), "datasets": datasets}
    return Task("best", {"keep": params.search.keep, "target": params.target}, inputs)


def run(spec: Spec, out: Path) -> None:
    """Fit the best few of the first split, each configuration once."""
    import pandas as pd

    table = spec.entry("search")
    points = pd.read_csv(table / "points.csv")
    ranked = points[points["rank"].notna() & (points["split"] == points["split"][0])]
    best = ranked.sort_values("rank").drop_duplicates("address")
    for rank, address in enumerate(best["address"].head(spec.params["keep"]), 1):
        folder = out / str(rank)
        folder.mkdir()
        content = (table.parents[1] / address / "point.json").read_text()
        (folder / "point.json").write_text(content)
        _fit(spec, json.loads(content), address, folder / "model")


def _fit(spec: Spec, point: dict[str, object], address: str, folder: Path) -> None:
    import numpy as np

    from micfp.models.classical import fit
    from micfp.models.persistence import save
    from micfp.steps.models import build_model, read_data, write_about

    params = point["params"]
    assert isinstance(params, dict)
    step, _, key = address.partition("/")
    dataset = spec.entry("search").parents[1] / str(point["dataset"])
    own = Spec(step, key, params, {"dataset": (dataset,)}, ())
    data = read_data(dataset, params)
    fitted = fit(build_model(own, len(np.unique(data.y))), data.X, data.y)
    folder.mkdir()
    save(fitted, folder / "model.skops")
    write_about(own, data, fitted.classes, folder / "model.json")
