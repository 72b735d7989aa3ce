"""Nearest neighbours.

They are found by comparing with every training row instead of by a tree: the same neighbours, and
nothing in a model file that compiled code would follow without looking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from micfp.config.base import Section
from micfp.models.classifiers.checks import in_range, require
from micfp.models.classifiers.classifier import Classifier

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline


class KnnConfig(Section):
    """Nearest neighbours; null: k = number of classes, as in the thesis's program (its text: 5)."""

    n_neighbors: int | None = Field(None, ge=1, description="how many neighbours vote")
    weights: Literal["uniform", "distance"] = Field("uniform", description="of the votes")


def _build(settings: KnnConfig, n_classes: int, seed: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(
        settings.n_neighbors or n_classes, weights=settings.weights, algorithm="brute"
    )


def _adapt(pipeline: Pipeline, X: NDArray[Any], y: NDArray[Any]) -> list[str]:
    """Ask for no more neighbours than there are rows."""
    knn = pipeline[-1]
    n_asked, n_rows = knn.n_neighbors, len(X)
    if n_asked <= n_rows:
        return []
    knn.set_params(n_neighbors=n_rows)
    return [f"{n_asked} neighbours asked for and {n_rows} training segments: used {n_rows}"]


def _check(knn: Any, classes: list[str]) -> None:
    """Neighbours' labels are used as columns, k as a number of rows, jobs as one of threads."""
    n_rows = len(knn._fit_X)
    require(
        knn._fit_method == "brute"
        and knn.metric == "minkowski"
        and knn._fit_X.shape == (n_rows, knn.n_features_in_)
        and knn._y.shape == (n_rows,)
        and in_range(knn._y, 0, len(classes))
        and 1 <= knn.n_neighbors <= n_rows == knn.n_samples_fit_
        and knn.n_jobs is None
    )


CLASSIFIER = Classifier(
    title="nearest neighbours",
    settings=KnnConfig,
    build=_build,
    estimator="sklearn.neighbors._classification.KNeighborsClassifier",
    check=_check,
    adapt=_adapt,
)
