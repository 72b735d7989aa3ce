"""Deals groups to folds, evenly over the strata."""

import numpy as np
from numpy.typing import NDArray


def strata_of(
    group_of_row: NDArray[np.intp], n_groups: int, classes: NDArray[np.str_]
) -> tuple[NDArray[np.str_], bool]:
    """The class of each group, (k,), and True; where one has several, one stratum, and False.

    Parameters
    ----------
    group_of_row
        (n,) number of the group that each row belongs to, 0..k-1.
    n_groups
        k.
    classes
        (n,) class of each row.
    """
    strata = np.empty(n_groups, dtype=classes.dtype)
    strata[group_of_row] = classes
    if (strata[group_of_row] == classes).all():
        return strata, True
    return np.full(n_groups, ""), False


def stratified_folds(strata: NDArray[np.str_], n_folds: int, seed: int) -> NDArray[np.intp]:
    """The fold of each member: even over the folds, of every stratum and of all together.

    Just what scikit-learn's StratifiedKFold does with `shuffle`, draws included; it is not asked
    because its import takes a second of every plan.

    Parameters
    ----------
    strata
        (k,) stratum of each member.
    n_folds
        At least 2.
    seed
        0..2**32 - 1.

    Returns
    -------
    (k,) 0..n_folds - 1.
    """
    _, first, stratum = np.unique(strata, return_index=True, return_inverse=True)
    stratum = np.argsort(np.argsort(first))[stratum]  # numbered as they come
    in_order = np.sort(stratum)
    draws = np.random.RandomState(seed)
    fold_of = np.empty(len(strata), dtype=np.intp)
    for number in range(len(first)):
        counts = [np.count_nonzero(in_order[fold::n_folds] == number) for fold in range(n_folds)]
        folds = np.repeat(np.arange(n_folds), counts)
        draws.shuffle(folds)
        fold_of[stratum == number] = folds
    return fold_of


def hold_out(strata: NDArray[np.str_], share: float, seed: int) -> NDArray[np.intp]:
    """Of each stratum the share of its members, rounded, at least one and never all.

    Not scikit-learn's StratifiedShuffleSplit: it fixes the total and then refuses 30 devices with
    four recordings each at a share of 0.2, because 24 recordings cannot hold 30 classes.

    Parameters
    ----------
    strata
        (k,) stratum of each member; at least two of each.
    share
        0..1.
    seed
        >= 0.

    Returns
    -------
    Numbers of the members held out, ascending.
    """
    rng = np.random.default_rng(seed)
    chosen = []
    for stratum in np.unique(strata):
        members = rng.permutation(np.flatnonzero(strata == stratum))
        n_test = int(np.clip(np.round(share * len(members)), 1, len(members) - 1))
        chosen.append(members[:n_test])
    return np.sort(np.concatenate(chosen))
