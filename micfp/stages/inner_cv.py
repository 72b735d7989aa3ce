"""Step `inner_cv`: one classifier judged on folds inside the training part of a split.

All choices are made on these scores; no test row is seen. Reads: a data set. Writes:
`scores.parquet`: of every training row its score by a model that did not see it; `fold` counts the
outer folds.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.config.models import SelectionConfig, SplitConfig
from micfp.engine.task import Spec
from micfp.evaluation.scores import scores_table
from micfp.stages.fitting import build_model, read_data
from micfp.tables import write_table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from micfp.recordings.splits import Fold


def run(spec: Spec, out: Path) -> None:
    """Cross-validate inside the training part of every fold of the split."""
    import numpy as np
    import pandas as pd

    from micfp.models.selection import out_of_fold

    params = spec.params
    data = read_data(spec.entry("dataset"), params)
    tables = []
    for number, (outer, inner) in enumerate(nested_folds(spec, data.labels)):
        X, y = data.X[outer], data.y[outer]
        scored = out_of_fold(X, y, inner, partial(build_model, spec, len(np.unique(y))))
        rows = scored.fold >= 0
        tables.append(
            scores_table(
                data.labels.iloc[outer[rows]],
                scored.log_p[rows],
                scored.classes,
                number,
                params["model"],
                params["target"],
            )
        )
    write_table(pd.concat(tables, ignore_index=True), out / "scores.parquet")


def nested_folds(
    spec: Spec, labels: "pd.DataFrame"
) -> "Iterator[tuple[NDArray[np.int64], list[Fold]]]":
    """Training rows of each outer fold, with the inner folds as row numbers among them."""
    import numpy as np

    from micfp.recordings.copies import make_folds_with_copies
    from micfp.recordings.splits import Asked

    split = SplitConfig.model_validate(spec.params["split"])
    rng = np.random.default_rng(spec.params["seed"])
    target, asked = spec.params["target"], Asked(spec.where)
    for fold in make_folds_with_copies(labels, split, target, rng, asked):
        yield fold.train, inner_folds(spec, labels.iloc[fold.train])


def inner_folds(spec: Spec, labels: "pd.DataFrame") -> "list[Fold]":
    """Folds inside training rows, as row numbers among them; copies are tested like others."""
    import numpy as np

    from micfp.recordings.copies import make_folds_with_copies
    from micfp.recordings.splits import Asked, selection_key, training_part

    split = SelectionConfig.model_validate(spec.params["selection"]).split
    rng = np.random.default_rng(spec.params["seed"])
    asked = Asked(selection_key(spec.where), training_part(spec.where))
    target = spec.params["target"]
    return make_folds_with_copies(labels, split, target, rng, asked, copies_tested=True)
