"""What a classifier declares of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from micfp.config.base import Section

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

Settings = TypeVar("Settings", bound=Section)


@dataclass(frozen=True)
class Regularisation:
    """The setting that bounds a classifier's freedom, and the values that over-fitting is shown at.

    Parameters
    ----------
    setting
        name of a field of the classifier's settings
    values
        by default, ascending
    """

    setting: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Classifier(Generic[Settings]):
    """A classifier: everything that is its own.

    Parameters
    ----------
    title
        its name in words
    settings
        its section of the parameters
    build
        gives it unfitted, from settings, number of classes and seed; what is not a setting is
        scikit-learn's default
    estimator
        module and class of what `build` gives, as Python names them (`sklearn.svm._classes.SVC`),
        which may differ from what one imports (`sklearn.svm.SVC`)
    calibrated
        its decision values become probabilities by temperature scaling
    types
        further types that its model file may hold, by skops' loader
    check
        raises ValueError where the arrays of a fitted one, read from a file, contradict each other
        or the classes; compiled code may use them as addresses
    adapt
        brings settings of a pipeline that ends in it down to what the rows (n, p) of classes (n,)
        allow, and says so
    regularisation
        of those whose over-fitting can be bounded by one setting
    version
        is raised whenever the same settings give another classifier: above 1 it is part of the key
        of every fit
    """

    title: str
    settings: type[Settings]
    build: Callable[[Settings, int, int], Any]
    estimator: str
    calibrated: bool = False
    types: Mapping[str, set[str]] = field(default_factory=dict)
    check: Callable[[Any, list[str]], None] = lambda estimator, classes: None
    adapt: Callable[[Pipeline, NDArray[Any], NDArray[Any]], list[str]] = lambda pipeline, X, y: []
    regularisation: Regularisation | None = None
    version: int = 1
