"""What is done to feature columns before a classifier sees them, fitted on training rows only.

In order: NaN and infinities to 0 and constant columns out (both as in the thesis), scaling,
selection by mutual information, principal components. The thesis fitted scaling and PCA on all rows
before it split them; inside a pipeline that cannot happen.

Three small transformers are ours because scikit-learn has none that does the same without holding a
Python function, which a model file may not contain.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from micfp.config.models import PreparationConfig

Floats = NDArray[np.float64]


def preparation_steps(config: PreparationConfig, seed: int) -> list[tuple[str, Any]]:
    """The named, unfitted steps of a scikit-learn Pipeline, without the classifier.

    :param seed: for the noise that mutual information breaks ties with
    """
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    steps: list[tuple[str, Any]] = [
        ("finite", NonFiniteToZero()),
        ("varying", VarianceThreshold()),
    ]
    if config.scaling == "standard":
        steps.append(("scaling", StandardScaler()))
    elif config.scaling == "minmax":
        steps.append(("scaling", MinMaxScaler()))
    if config.select is not None:
        steps.append(("select", MostInformative(config.select, seed)))
    if config.pca is not None:
        steps.append(("pca", PrincipalComponents(config.pca)))
    return steps


class NonFiniteToZero(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """NaN and infinities become 0; every column becomes float64."""

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Remember the number of columns, which is all there is to learn."""
        self.n_features_in_ = np.shape(X)[1]
        return self

    def transform(self, X: ArrayLike) -> Floats:
        """A finite copy of X, float64 (n, p)."""
        return np.nan_to_num(np.array(X, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)


class MostInformative(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Keep the k columns that tell most about the class, in their old order.

    Mutual information by the nearest-neighbour estimate of Ross (2014), as in scikit-learn's
    `mutual_info_classif`. With k or fewer columns all are kept.

    :param k: columns to keep, at least 1
    :param seed: for the small noise that the estimate adds to the columns
    """

    def __init__(self, k: int, seed: int) -> None:
        self.k = k
        self.seed = seed

    def fit(self, X: Floats, y: ArrayLike) -> Self:
        """Rank the columns of X (n, p) by their mutual information with y (n,)."""
        from sklearn.feature_selection import mutual_info_classif

        information = mutual_info_classif(X, y, random_state=self.seed)
        best_first = np.argsort(-information, kind="stable")
        self.columns_ = np.sort(best_first[: self.k])
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Floats) -> Floats:
        """The kept columns of X, (n, min(k, p))."""
        return X[:, self.columns_]


class PrincipalComponents(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The first principal components; as many as rows or columns allow, where that is fewer.

    The exact decomposition, so that the same rows give the same components on any run.

    :param n_components: components to keep, at least 1
    """

    def __init__(self, n_components: int) -> None:
        self.n_components = n_components

    def fit(self, X: Floats, y: ArrayLike | None = None) -> Self:
        """Find the components of X (n, p): min(n_components, n, p) of them."""
        from sklearn.decomposition import PCA

        self.n_features_in_ = X.shape[1]
        self.pca_ = PCA(min(self.n_components, *X.shape), svd_solver="full").fit(X)
        return self

    def transform(self, X: Floats) -> Floats:
        """X in the components, (n, min(n_components, n_training, p))."""
        components: Floats = self.pca_.transform(X)
        return components
