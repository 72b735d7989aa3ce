"""Step `overfit`: looks for over-fitting of one classifier, inside the training part of a split.

Three looks, as the thesis asks (5.2, 8): a learning curve, regularisation strength, and a control
with shuffled labels, which must fall to chance. Reads: a data set. Writes: `overfit.json`.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.engine.task import Spec
from micfp.models.classifiers import REGULARISATIONS
from micfp.stages.fitting import Data, build_model, read_data
from micfp.stages.inner_cv import nested_folds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from micfp.recordings.splits import Fold


def run(spec: Spec, out: Path) -> None:
    """Look three times; accuracies are means over the inner folds."""
    import numpy as np

    data = read_data(spec.entry("dataset"), spec.params)
    outer, inner = next(iter(nested_folds(spec, data.labels)))
    part = Data(data.X[outer], data.y[outer], data.labels.iloc[outer])
    rng = np.random.default_rng(spec.params["seed"])
    content: dict[str, Any] = {
        "learning_curve": [
            {"share": share, **_accuracies(spec, part, _thinned(part, inner, share, rng))}
            for share in spec.params["shares"]
        ],
        "regularisation": [
            {"strength": strength, **_accuracies(_with_strength(spec, strength), part, inner)}
            for strength in spec.params["strengths"]
        ],
        "strength_name": _strength_name(spec),
        "shuffled_labels": [
            float(np.mean(_accuracies(spec, part, inner, shuffle=rng)["validation"]))
            for _ in range(spec.params["shuffles"])
        ],
        "n_validation": int(sum(len(fold.test) for fold in inner)),
        "n_classes": len(np.unique(part.y)),
    }
    (out / "overfit.json").write_text(json.dumps(content, indent=1))


def _accuracies(
    spec: Spec,
    data: Data,
    folds: "list[Fold]",
    shuffle: "np.random.Generator | None" = None,
) -> dict[str, list[float]]:
    """Training and validation accuracy of every fold, and the rows that trained."""
    import numpy as np

    from micfp.models.classical import Fitted, fit

    def accuracy(fitted: Fitted, rows: "NDArray[np.int64]") -> float:
        named = np.asarray(fitted.classes)[fitted.log_probabilities(data.X[rows]).argmax(axis=1)]
        return float(np.mean(named == data.y[rows]))

    found: dict[str, list[float]] = {"n_train": [], "train": [], "validation": []}
    for fold in folds:
        y = data.y[fold.train]
        if shuffle is not None:
            y = shuffle.permutation(y)
        fitted = fit(build_model(spec, len(np.unique(y))), data.X[fold.train], y)
        found["n_train"].append(len(fold.train))
        found["train"].append(accuracy(fitted, fold.train))
        found["validation"].append(accuracy(fitted, fold.test))
    return found


def _thinned(
    data: Data, folds: "list[Fold]", share: float, rng: "np.random.Generator"
) -> "list[Fold]":
    """The folds with a share of each class's training rows, at least two a class."""
    import numpy as np

    from micfp.recordings.splits import Fold

    thin = []
    for fold in folds:
        kept = []
        for name in np.unique(data.y[fold.train]):
            rows = fold.train[data.y[fold.train] == name]
            kept.append(rng.permutation(rows)[: max(2, round(share * len(rows)))])
        thin.append(Fold(np.sort(np.concatenate(kept)), fold.test))
    return thin


def _with_strength(spec: Spec, strength: float) -> Spec:
    hyperparameters = {**spec.params["hyperparameters"], _strength_name(spec): strength}
    params = {**spec.params, "hyperparameters": hyperparameters}
    return Spec(spec.step, spec.key, params, spec.inputs, spec.audio)


def _strength_name(spec: Spec) -> str:
    """The setting that bounds the classifier's freedom; empty where there is none."""
    regularisation = REGULARISATIONS.get(spec.params["classifier"])
    return "" if regularisation is None else regularisation.setting
