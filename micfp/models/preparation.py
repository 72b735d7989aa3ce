"""What is done to feature columns before a classifier sees them, fitted on training rows only.

In order: NaN and infinities to 0 (or kept as NaN), constant columns out (both as in the thesis),
scaling, selection by mutual information, a random projection, principal components, discriminants.
The thesis fitted scaling and PCA on all rows before it split them; inside a pipeline that cannot
happen.

Six small transformers are ours: scikit-learn's would hold a Python function, which a model file
may not contain, or refuse to give more than rows, columns or classes allow.
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

    Parameters
    ----------
    seed
        for the noise that mutual information breaks ties with, and the random projection
    """
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    steps: list[tuple[str, Any]] = [
        ("finite", NonFiniteToZero() if config.missing == "zero" else NonFiniteToNan()),
        ("varying", VarianceThreshold()),
    ]
    if config.scaling == "standard":
        steps.append(("scaling", StandardScaler()))
    elif config.scaling == "minmax":
        steps.append(("scaling", MinMaxScaler()))
    if config.select is not None:
        steps.append(("select", MostInformative(config.select, seed)))
    if config.random_projection is not None:
        steps.append(("random_projection", RandomProjection(config.random_projection, seed)))
    if config.pca is not None:
        steps.append(("pca", PrincipalComponents(config.pca)))
    if config.discriminant is not None:
        steps.append(("discriminant", Discriminants(config.discriminant)))
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


class NonFiniteToNan(NonFiniteToZero):
    """Infinities become NaN, which says that a column is not there; every column float64."""

    def transform(self, X: ArrayLike) -> Floats:
        """A copy of X without infinities, float64 (n, p)."""
        return np.nan_to_num(
            np.array(X, dtype=np.float64), nan=np.nan, posinf=np.nan, neginf=np.nan
        )


class MostInformative(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Keep the k columns that tell most about the class, in their old order.

    Mutual information by the nearest-neighbour estimate of Ross (2014), as in scikit-learn's
    `mutual_info_classif`. With k or fewer columns all are kept.

    Parameters
    ----------
    k
        columns to keep, at least 1
    seed
        for the small noise that the estimate adds to the columns
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


class RandomProjection(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Random combinations of the columns; as many as there are columns, where that is fewer.

    Of a mean spectrum these are random spectral features: Zeng, Zhao and Wang 2024, II-A, name
    "Random Spectral Features (RSF) and Labeled Spectral Features (LSF), through unsupervised and
    supervised learning, respectively". Panagakis and Kotropoulos (2012, "Automatic telephone
    handset identification by sparse representation of random spectral features") average the
    spectrogram over time, project it at random, and take a sparse-representation classifier. Our
    mean spectrum is in dB, in bands. The weights are Gaussian with variance 1 / n_components, so
    that distances between rows stay about what they are (Johnson and Lindenstrauss 1984); nothing
    is learned but the number of columns.

    Parameters
    ----------
    n_components
        combinations, at least 1
    seed
        of the weights
    """

    def __init__(self, n_components: int, seed: int) -> None:
        self.n_components = n_components
        self.seed = seed

    def fit(self, X: Floats, y: ArrayLike | None = None) -> Self:
        """Draw the weights for the columns of X (n, p)."""
        self.n_features_in_ = X.shape[1]
        n_components = min(self.n_components, X.shape[1])
        drawn = np.random.default_rng(self.seed).standard_normal((X.shape[1], n_components))
        self.weights_ = drawn / np.sqrt(n_components)
        return self

    def transform(self, X: Floats) -> Floats:
        """X in the combinations, (n, min(n_components, p))."""
        combinations: Floats = X @ self.weights_
        return combinations


class PrincipalComponents(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The first principal components; as many as rows or columns allow, where that is fewer.

    The exact decomposition, so that the same rows give the same components on any run.

    Parameters
    ----------
    n_components
        components to keep, at least 1
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


class Discriminants(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The combinations of columns that set the classes furthest apart, the best first.

    Fisher's discriminants, which learn from the labels of the training rows. Of a mean spectrum
    they stand for the labelled spectral features of Panagakis and Kotropoulos (2012, "Telephone
    handset identification by feature selection and sparse representations"): there, too, labels
    decide what is made of the spectrogram's mean over time. Their way is another one; but the
    linear map from columns to labels by least squares spans the same space as the discriminants
    (Hastie, Tibshirani and Buja 1994). The covariance inside the classes is shrunk (Ledoit and Wolf
    2004), so that there may be more columns than rows. As many as there can be, where that is
    fewer: one less than classes, or as columns.

    Parameters
    ----------
    n_components
        combinations, at least 1
    """

    def __init__(self, n_components: int) -> None:
        self.n_components = n_components

    def fit(self, X: Floats, y: ArrayLike) -> Self:
        """Find the discriminants of X (n, p) with labels y (n,)."""
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

        self.n_features_in_ = X.shape[1]
        n_components = min(self.n_components, X.shape[1], len(np.unique(y)) - 1)
        analysis = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto").fit(X, y)
        self.weights_ = np.ascontiguousarray(analysis.scalings_[:, :n_components])
        return self

    def transform(self, X: Floats) -> Floats:
        """X in the discriminants, (n, min(n_components, p, n_classes - 1))."""
        discriminants: Floats = X @ self.weights_
        return discriminants
