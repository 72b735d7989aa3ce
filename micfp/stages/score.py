"""Step `score`: a fitted model asked about another data set than its own.

Reads: a fit or a training, the data set or matrix that it learned from, and one to score, whose
rows must all belong to the test part of its split. Writes: `scores.parquet`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.models import SplitConfig
from micfp.engine.task import Spec
from micfp.errors import MicfpError
from micfp.evaluation.scores import scores_table
from micfp.stages.fitting import Data, read_data, read_labels
from micfp.tables import write_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def run(spec: Spec, out: Path) -> None:
    """Score every row.

    Raises MicfpError where a row belongs to a group that the model learned from.
    """
    import numpy as np

    from micfp.recordings.copies import make_folds_with_copies
    from micfp.recordings.splits import GROUP_COLUMN, Asked

    params = spec.params
    split = SplitConfig.model_validate(params["split"])
    learned = read_labels(spec.entry("trained"), params["target"])
    rng = np.random.default_rng(params["seed"])
    (fold,) = make_folds_with_copies(learned, split, params["target"], rng, Asked())
    column = GROUP_COLUMN[split.kind]
    data, log_probabilities, classes = _asked(spec)
    own = np.concatenate([fold.train, fold.validation])
    heard = set(learned[column].iloc[own]) & set(data.labels[column])
    if heard:
        raise MicfpError(
            f"{params['model']} learned from {column} {', '.join(sorted(heard))}, which it was to "
            "be tested on"
        )
    log_p = log_probabilities(data.X)
    scores = scores_table(data.labels, log_p, classes, 0, params["model"], params["target"])
    write_table(scores, out / "scores.parquet")


def _asked(
    spec: Spec,
) -> "tuple[Data, Callable[[NDArray[Any]], NDArray[np.float64]], tuple[str, ...]]":
    """What is asked about, who answers, and for which classes."""
    import numpy as np

    model, table = spec.entry("fit") / "model", spec.entry("dataset")
    if (table / "frames.npy").exists():
        from micfp.models.method_files import load_method

        made = load_method(model)
        labels = read_labels(table, spec.params["target"])
        y = labels[spec.params["target"]].to_numpy(str)
        frames = np.load(table / "frames.npy", mmap_mode="r")
        return Data(frames, y, labels), made.log_probabilities, made.classes
    from micfp.models.persistence import load

    fitted = load(model / "model.skops")
    return read_data(table, spec.params), fitted.log_probabilities, fitted.classes
