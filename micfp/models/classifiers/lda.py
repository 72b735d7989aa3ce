"""Linear discriminant analysis with shrinkage (Ledoit and Wolf 2004)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from micfp.config.base import Section
from micfp.models.classifiers.classifier import Classifier, Regularisation

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

# Two centred rows are x and -x: their outer products agree, so that Ledoit and Wolf's rule, which
# goes by how far these differ, shrinks by nothing, and the covariance stays singular.
LEDOIT_WOLF_ROWS = 3


class LdaConfig(Section):
    """Linear discriminant analysis with shrinkage of the covariance."""

    shrinkage: float | Literal["auto"] = Field(
        "auto", description="of the covariance towards a multiple of the identity"
    )


def _build(settings: LdaConfig, n_classes: int, seed: int) -> Any:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage=settings.shrinkage)


def _adapt(pipeline: Pipeline, X: NDArray[Any], y: NDArray[Any]) -> list[str]:
    """Estimate the shrinkage on the rows of all classes together, where one class has too few.

    scikit-learn estimates it in each class, which takes LEDOIT_WOLF_ROWS.
    """
    import numpy as np
    from sklearn.base import clone
    from sklearn.covariance import ledoit_wolf

    _, class_of_row, counts = np.unique(y, return_inverse=True, return_counts=True)
    if counts.min() >= LEDOIT_WOLF_ROWS or pipeline[-1].shrinkage != "auto":
        return []
    prepared = clone(pipeline[:-1]).fit_transform(X, y)
    sums = np.zeros((len(counts), prepared.shape[1]))
    np.add.at(sums, class_of_row, prepared)
    means = sums / counts[:, None]
    shrinkage = float(ledoit_wolf(prepared - means[class_of_row], assume_centered=True)[1])
    pipeline[-1].set_params(shrinkage=shrinkage)
    return [
        f"shrinkage {shrinkage:.3f} estimated on the rows of all classes together: a class has"
        f" fewer than {LEDOIT_WOLF_ROWS} training segments"
    ]


CLASSIFIER = Classifier(
    title="linear discriminant analysis with shrinkage",
    settings=LdaConfig,
    build=_build,
    estimator="sklearn.discriminant_analysis.LinearDiscriminantAnalysis",
    adapt=_adapt,
    regularisation=Regularisation("shrinkage", (0.001, 0.01, 0.1, 0.5, 0.9)),
)
