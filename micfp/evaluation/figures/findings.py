"""What a figure shows, as facts: who does not see it reads them in its alternative text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from micfp.evaluation.metrics import normalise_rows

Facts = dict[str, Any]  # names and numbers


def extremes(names: Sequence[str], values: ArrayLike) -> Facts:
    """Who has the highest and the lowest of some values, of equals the first.

    Parameters
    ----------
    values
        shape (n_names,); NaN is not known

    Returns
    -------
    `highest`, `highest_value`, `lowest`, `lowest_value`; a dash and NaN where nothing is known.
    """
    given = np.asarray(values, np.float64)
    names = [" ".join(name.split()) for name in names]  # a label may have lines
    if np.isnan(given).all():
        nothing = {"highest": "–", "lowest": "–"}
        return {**nothing, "highest_value": float("nan"), "lowest_value": float("nan")}
    high, low = int(np.nanargmax(given)), int(np.nanargmin(given))
    return {
        **{"highest": names[high], "highest_value": float(given[high])},
        **{"lowest": names[low], "lowest_value": float(given[low])},
    }


def extremes_of_table(rows: Sequence[str], columns: Sequence[str], values: ArrayLike) -> Facts:
    """The same of a table, shape (n_rows, n_columns), each cell named by row and column."""
    names = [f"{row}, {column}" for row in rows for column in columns]
    return extremes(names, np.asarray(values, np.float64).ravel())


def confusions(matrix: ArrayLike, classes: Sequence[str]) -> Facts:
    """How much of a confusion matrix is right, and its largest error, in shares of the true class.

    Parameters
    ----------
    matrix
        counts or shares, shape (n_classes, n_classes), rows true

    Returns
    -------
    `right`, the mean share of the classes that are there; `true`, `named` and `wrong_share` of the
    largest error, of equals the first; "none" and 0 where there is none.
    """
    shares = np.nan_to_num(normalise_rows(np.asarray(matrix, np.float64)))
    there = shares.sum(axis=1) > 0
    wrong = shares * (1 - np.eye(len(classes)))
    row, column = divmod(int(wrong.argmax()), len(classes))
    return {
        "right": float(np.diag(shares)[there].mean()) if there.any() else float("nan"),
        "true": classes[row] if wrong.any() else "none",
        "named": classes[column] if wrong.any() else "none",
        "wrong_share": float(wrong[row, column]),
    }


def ends_of_curve(at: Sequence[float], train: ArrayLike, validation: ArrayLike) -> Facts:
    """Where two curves begin and end, as means over folds.

    Parameters
    ----------
    at
        what they are drawn against, shape (n,)
    train, validation
        accuracy, shape (n, n_folds)

    Returns
    -------
    `first`, `last` of `at`; `train_last`, `held_out_first`, `held_out_last`, `held_out_best`, and
    `best_at`, where that is.
    """
    means = [np.asarray(v, np.float64).mean(axis=1) for v in (train, validation)]
    best = int(np.nanargmax(means[1]))
    return {
        **{"first": float(at[0]), "last": float(at[-1]), "train_last": float(means[0][-1])},
        **{"held_out_first": float(means[1][0]), "held_out_last": float(means[1][-1])},
        **{"held_out_best": float(means[1][best]), "best_at": float(at[best])},
    }
