"""What the functions of this package are given, and the check of it.

Conventions
-----------
y
    true class of each row, shape (n,): indices into `classes` (int) or the labels (str)
log_p
    natural log-probability of each class, float64, shape (n, n_classes); -inf is allowed. Rows
    need not be normalised where only their order counts.
classes
    the labels, in the order of the columns of `log_p`
recording
    the recording that each row was cut from, shape (n,)

The decision is the class of the highest log-probability; of equals the first, as numpy.argmax.
Every function that takes these raises MicfpError for what `validate` refuses, and those that pool
recordings for a recording with two true labels.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micfp.errors import MicfpError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def validate(y: ArrayLike, log_p: ArrayLike, classes: Sequence[str]) -> tuple[IntArray, FloatArray]:
    """Check true labels and scores.

    Returns
    -------
    Class indices, shape (n,), and log-probabilities, shape (n, n_classes).

    Raises
    ------
    MicfpError
        for no rows, shapes that do not fit, NaN or +inf, and true labels that are none of the
        classes
    """
    scores = np.asarray(log_p, dtype=np.float64)
    labels = np.asarray(y)
    if labels.ndim != 1 or scores.shape != (len(labels), len(classes)):
        raise MicfpError(
            f"scores of shape {scores.shape} do not fit {labels.size} true labels and"
            f" {len(classes)} classes: one row per label and one column per class are needed"
        )
    if len(labels) == 0:
        raise MicfpError("there are no scores to evaluate: the test part is empty")
    wrong = np.isnan(scores) | (scores == np.inf)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise MicfpError(
            f"the log-probability of row {row} for {classes[column]!r} is {scores[row, column]}:"
            " a score must be a number; check the model and the features it was given"
        )
    return _class_indices(labels, classes), scores


def _class_indices(labels: NDArray[Any], classes: Sequence[str]) -> IntArray:
    if labels.dtype.kind in "iu":
        outside = labels[(labels < 0) | (labels >= len(classes))]
        if outside.size:
            raise MicfpError(f"true class {outside[0]} is not one of 0..{len(classes) - 1}")
        return np.asarray(labels, dtype=np.int64)
    position = {name: index for index, name in enumerate(classes)}
    try:
        return np.array([position[str(label)] for label in labels], dtype=np.int64)
    except KeyError as unknown:
        raise MicfpError(
            f"the true label {unknown} is none of the model's {len(classes)} classes:"
            " score only recordings of classes the model was trained on"
        ) from None


def group_recordings(
    recording: ArrayLike, n: int
) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.intp]]:
    """Order n rows by recording.

    Returns
    -------
    The recordings, sorted; the first row of each among the ordered rows; and that order of the
    rows, shape (n,).

    Raises
    ------
    MicfpError
        if `recording` has another shape than (n,)
    """
    rows = np.asarray(recording)
    if rows.shape != (n,):
        raise MicfpError(f"{rows.size} recordings named for {n} scored rows: one per row is needed")
    names, inverse = np.unique(rows, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    start = np.searchsorted(inverse[order], np.arange(len(names)))
    return names, start, order
