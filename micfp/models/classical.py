"""Classifiers: build, fit, log-probabilities.

Each is a scikit-learn Pipeline of preparation and classifier. Two of the thesis's
eight differ from its program, without changing what is predicted:

- The SVC's own probabilities are deprecated in scikit-learn. Its decision values become
  probabilities by *temperature scaling* (Guo et al. 2017), one number for all classes, so that the
  most probable class stays the one that the SVC decides for (ties between votes aside). The usual
  sigmoid for each class does not, and loses accuracy by it. The temperature is fitted on decision
  values of rows held out in five blocks, in the order of the rows, inside the training part. Where
  a recording lies in two blocks that makes probabilities a little too sure of themselves; no
  decision of a segment depends on it.
- Nearest neighbours are found without a tree, see `classifiers.knn`.

The residuals of sparse-representation classification and the likelihoods of Gaussian discriminant
analysis become probabilities as the decision values of the SVC do, by one temperature.
"""

from __future__ import annotations

import contextlib
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micfp.config.models import PreparationConfig
from micfp.errors import MicfpError
from micfp.models.classifiers import (
    CLASSIFIERS,
    DECLARED_BY_TYPE,
    ClassifierName,
    ClassifiersConfig,
    type_name,
)
from micfp.models.classifiers.classifier import Classifier

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

MIN_PROBABILITY = 1e-4
"""The least probability a segment gives a class, before rows are made to sum to 1 again.

A neighbour vote or a tree says 0 for what it has not seen, and one such segment would rule a device
out for a whole recording. This bounds what one segment can say to about 10 000 : 1.
"""

CALIBRATION_BLOCKS = 5


@dataclass(frozen=True)
class Fitted:
    """A fitted pipeline, what its columns mean, and what was odd about the fitting.

    Parameters
    ----------
    classes
        class of each column of `log_probabilities`, ascending
    warnings
        what scikit-learn warned of while fitting, each once, such as a perceptron that did not
        converge
    """

    pipeline: Pipeline
    classes: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def log_probabilities(self, X: ArrayLike) -> NDArray[np.float64]:
        """Natural log-probability of each class, float64 (n, n_classes); finite, rows sum to 1.

        Parameters
        ----------
        X
            feature columns in the order of fitting, float (n, p); not finite counts as 0

        Raises
        ------
        MicfpError
            where the number of columns is not that of fitting, or the numbers in them cannot be
            computed with
        """
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        rows = np.asarray(X)
        n_columns = self.pipeline.n_features_in_
        if rows.ndim != 2 or rows.shape[1] != n_columns:
            raise MicfpError(
                f"the model was trained on {n_columns} feature columns and was given an array of"
                f" shape {rows.shape}: extract the same feature set as for training"
            )
        if len(rows) == 0:
            return np.empty((0, len(self.classes)))
        kind = type(self.pipeline.named_steps["classifier"]).__name__
        with (
            _what_data_cannot_give(f"{kind} cannot score {len(rows)} segments"),
            threadpool_limits(1),
        ):
            probabilities = self.pipeline.predict_proba(rows)
        return floored_log(probabilities)


def floored_log(probabilities: ArrayLike) -> NDArray[np.float64]:
    """Log of probabilities (n, k) that are at least MIN_PROBABILITY, rows summing to 1 again."""
    floored = np.maximum(np.asarray(probabilities, dtype=np.float64), MIN_PROBABILITY)
    logs: NDArray[np.float64] = np.log(floored / floored.sum(axis=1, keepdims=True))
    return logs


def build(
    name: ClassifierName,
    classifiers: ClassifiersConfig,
    preparation: PreparationConfig,
    n_classes: int,
    seed: int,
) -> Pipeline:
    """An unfitted pipeline: the preparation's steps, then the step `classifier`.

    Parameters
    ----------
    n_classes
        number of classes, the thesis's number of neighbours
    seed
        random_state of everything random (thesis: 42)

    Raises
    ------
    TypeError
        the classifier's declaration names another type than it builds; no MicfpError, which would
        be kept as a result
    """
    from sklearn.pipeline import Pipeline

    from micfp.models.preparation import preparation_steps

    declared = CLASSIFIERS[name]
    classifier = declared.build(getattr(classifiers, name), n_classes, seed)
    if type_name(classifier) != declared.estimator:
        raise TypeError(_wrong_estimator(declared, classifier))
    if declared.calibrated:
        from sklearn.calibration import CalibratedClassifierCV

        classifier = CalibratedClassifierCV(
            classifier, method="temperature", cv=CALIBRATION_BLOCKS, ensemble=False
        )
    return Pipeline([*preparation_steps(preparation, seed), ("classifier", classifier)])


def _wrong_estimator(declared: Classifier[Any], classifier: object) -> str:
    """What to do about a declaration whose model file could not be read."""
    file = declared.build.__module__.replace(".", "/") + ".py"
    return (
        f"{file}: estimator is {declared.estimator!r}, and build gives a "
        f"{type_name(classifier)}; set estimator to that"
    )


def fit(pipeline: Pipeline, X: ArrayLike, labels: ArrayLike) -> Fitted:
    """Fit a pipeline of `build` on training rows, with one BLAS thread: same rows, same model.

    Parameters
    ----------
    X
        feature columns, float (n, p)
    labels
        class of each row, str (n,)

    Raises
    ------
    MicfpError
        fewer than two classes, only constant columns, or too few rows to fit on
    """
    from threadpoolctl import threadpool_limits

    rows, classes_of_rows = np.asarray(X), np.asarray(labels, dtype=str)
    classes, counts = np.unique(classes_of_rows, return_counts=True)
    classifier = pipeline.named_steps["classifier"]
    kind = type(classifier).__name__
    if rows.ndim != 2 or len(rows) != len(classes_of_rows):
        raise MicfpError(
            f"cannot train {kind}: features of shape {rows.shape} with {len(classes_of_rows)}"
            " labels; there must be one row of features a label"
        )
    if len(classes) < 2:
        raise MicfpError(
            f"cannot train {kind} on {len(rows)} segments of {len(classes)} class: training needs"
            " at least two classes"
        )
    odd = []
    if kind == "CalibratedClassifierCV" and counts.min() < CALIBRATION_BLOCKS:
        odd.append(
            _calibrate_on_fewer(classifier, str(classes[counts.argmin()]), int(counts.min()))
        )
    what = (
        f"cannot train {kind} on {len(rows)} segments of {len(classes)} classes with"
        f" {rows.shape[1]} feature columns"
    )
    with (
        _what_data_cannot_give(what),
        warnings.catch_warnings(record=True) as caught,
        threadpool_limits(1),
    ):
        warnings.simplefilter("always")
        if (declared := DECLARED_BY_TYPE.get(type_name(classifier))) is not None:
            odd += declared.adapt(pipeline, rows, classes_of_rows)
        pipeline.fit(rows, classes_of_rows)
    odd += [f"{warning.category.__name__}: {_first_line(warning.message)}" for warning in caught]
    return Fitted(pipeline, tuple(classes.tolist()), tuple(dict.fromkeys(odd)))


@contextlib.contextmanager
def _what_data_cannot_give(what: str) -> Iterator[None]:
    """What scikit-learn, numpy or scipy refuse of data and settings becomes one sentence.

    They raise ValueError, of which LinAlgError is one. One that arises in a line of micfp itself,
    such as arrays that do not fit together, is a fault of ours and stays what it is.
    """
    try:
        yield
    except ValueError as error:
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        if frame.f_globals["__name__"].startswith("micfp."):
            raise
        raise MicfpError(f"{what}: {_first_line(error)}") from error


def _calibrate_on_fewer(classifier: Any, smallest_class: str, n_smallest: int) -> str:
    """Calibrate on as many blocks as the smallest class has rows; says so."""
    if n_smallest < 2:
        kind = type(classifier.estimator).__name__
        raise MicfpError(
            f"cannot train {kind}: the class {smallest_class!r} has {n_smallest} training segment,"
            " and its probabilities need at least 2; add recordings or use shorter segments, such"
            " as segments.method: windows"
        )
    classifier.set_params(cv=n_smallest)
    return (
        f"probabilities calibrated on {n_smallest} blocks instead of {CALIBRATION_BLOCKS}: the"
        f" class {smallest_class!r} has {n_smallest} training segments"
    )


def _first_line(message: object) -> str:
    return str(message).strip().split("\n")[0]
